"""What is remembered of a discussion, for the comments that come next."""

from dataclasses import replace

from bot.domain.comment import Comment
from bot.domain.ids import PlaceId
from bot.intake.surroundings import Surroundings
from bot.moderation.context import PRESENT, contexts_of
from tests.fakes.threads import a_comment, a_thread


def test_live_contexts_are_those_of_a_replay() -> None:
    said = [
        a_comment(1, "ann", "hi"),
        a_comment(2, "bob", "hi", answers=1),
        a_comment(3, "cy", "no", answers=2),
        a_comment(4, "ann", "yes"),
    ]
    live = Surroundings()
    replayed = contexts_of(a_thread(*said))
    assert [live.add(comment) for comment in said] == [replayed[comment] for comment in said]


def test_what_a_comment_answers_is_known_though_it_was_never_seen() -> None:
    parent = a_comment(1, "ann", "hi")
    context = Surroundings().add(a_comment(2, "bob", "hi", answers=1), parent)
    assert context.parent == parent
    assert [author.name for author in context.present] == ["ann"]


def test_an_edit_replaces_what_was_remembered() -> None:
    here = Surroundings()
    first = a_comment(1, "ann", "hi")
    here.add(first)
    here.add(replace(first, text="hello", revision=5))
    context = here.add(a_comment(2, "bob", "hi", answers=1), first)
    assert context.parent is not None
    assert context.parent.text == "hello"


def test_only_the_last_comments_and_threads_are_kept() -> None:
    here = Surroundings(comments=2, threads=1)
    said = [a_comment(n, f"m{n}", "hi") for n in range(3)]
    for comment in said:
        here.add(comment)
    assert [here.knows(comment.id) for comment in said] == [False, True, True]
    elsewhere = replace(said[2].place, thread=PlaceId("t2"))
    here.add(replace(said[2], place=elsewhere))
    assert here.add(a_comment(9, "cy", "hi")).present == ()


def test_speakers_of_long_ago_are_not_present() -> None:
    here = Surroundings()
    for n in range(PRESENT + 1):
        here.add(a_comment(n, f"m{n}", "hi"))
    last: Comment = a_comment(99, "cy", "hi")
    assert "m0" not in {author.name for author in here.add(last).present}

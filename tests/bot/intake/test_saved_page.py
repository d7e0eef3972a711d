from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.comment import Thread
from bot.errors import BadThreadError
from bot.intake.saved_page import read_saved_page
from bot.intake.source_text import SourceText

SAMPLE = Path(__file__).parent / "samples" / "page.txt"
DEMO = Path(__file__).parents[3] / "docs" / "sample-thread.txt"


def read(text: str) -> Thread:
    return read_saved_page(SourceText("page.txt", text))


def sample() -> Thread:
    return read(SAMPLE.read_text(encoding="utf-8"))


def parents(thread: Thread) -> list[int | None]:
    """Whom each comment answers, as a position counted from 1."""
    positions = {comment.id: comment.position for comment in thread.comments}
    return [c.parent_id and positions[c.parent_id] for c in thread.comments]


def render(depths: Sequence[int], texts: Sequence[str] = ()) -> str:
    lines = ["Headline", "", "", "The article.", ""]
    for n, depth in enumerate(depths):
        indent = "  " * (depth + 1)
        text = texts[n] if texts else f"text {n}"
        lines += [f"{indent}• author {n % 3}", "", *([f"{indent}  {text}", ""] if text else [])]
    return "\n".join(lines)


def test_every_author_is_found_and_no_list_item_is_taken_for_one():
    assert [c.author.name for c in sample().comments] == [
        "Ada Brook", "first_in", "Όλγα", "Ada Brook", "Deep D.", "Ada Brook", "first_in",
        "Ada Brook", "Ada Brook",
    ]  # fmt: skip


def test_a_reply_answers_the_nearest_comment_above_that_stands_further_left():
    thread = sample()
    assert [c.depth for c in thread.comments] == [0, 0, 0, 1, 4, 3, 1, 0, 0]
    assert parents(thread) == [None, None, None, 3, 4, 4, 3, None, None]


def test_the_headline_is_the_title_and_not_the_date_above_it():
    thread = sample()
    assert thread.title == "Swimming Pool To Open On Sundays"
    assert thread.article.startswith("12 MAY 2023\n\nThe pool last summer.")
    assert thread.article.endswith("• warmer water\n\nThe council voted on Friday.")


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("Pool Opens\n\nBy the desk\n\nText.", "Pool Opens"),
        ("POOL OPENS\n\n\nText.", "POOL OPENS"),
        ("OPINION\n\nPool Opens\n\n\nText.", "Pool Opens"),
        ("March 3, 2024\n\nPool Opens\n\nText.", "Pool Opens"),
        ("2024-03-01\n\nPool Opens", "Pool Opens"),
        ("March of the swimmers\n\nText.", "March of the swimmers"),
        ("3 March 2024", "3 March 2024"),
        ("", "Untitled discussion"),
    ],
)
def test_the_headline_is_found_under_other_labels_and_without_any(head: str, title: str):
    assert read(f"{head}\n\n  • Ada\n\n    Hello.\n").title == title


def test_text_keeps_its_paragraphs_quotes_lists_and_links():
    comments = sample().comments
    assert comments[0].text == "At last.\n\nBring towels, there are none."
    assert comments[1].text == ""
    assert comments[2].text == (
        "My three wishes:\n\n• soap\n• a clock\n  that works\n\nAnd one more:\n\n"
        "• silence\n\n• shade\n\nThat is all."
    )
    assert comments[3].text == "> a clock that works\n\nHear, hear! (Part 1)"
    assert comments[5].text == "See https://pool.example/hours or page 41:"


def test_the_footer_of_the_page_belongs_to_nobody():
    assert sample().comments[-1].text == "At last."
    assert not any("Imprint" in c.text for c in sample().comments)


def test_equal_words_of_one_author_are_two_comments():
    # Ada says "At last." three times at the top level, once with a second paragraph.
    thread = sample()
    assert len({c.id for c in thread.comments}) == 9
    assert thread.comments[7].text == thread.comments[8].text


def test_the_order_stands_in_for_times_one_minute_a_comment():
    thread = sample()
    assert not thread.has_times
    assert thread.comments[0].created_at == datetime(2000, 1, 1, 0, 1, tzinfo=UTC)
    assert thread.comments[8].created_at == datetime(2000, 1, 1, 0, 9, tzinfo=UTC)
    assert [c.position for c in thread.comments] == list(range(1, 10))


def test_a_member_is_known_by_name_alone():
    first = sample().comments[0]
    assert first.author.id == first.author.name == "Ada Brook"
    assert first.place.guild == first.place.thread


def test_a_page_without_article_or_indent_is_read():
    thread = read("• Ada\n\nHello.\n\n  • Ben\n\n  Hello back.\n")
    assert [c.text for c in thread.comments] == ["Hello.", "Hello back."]
    assert parents(thread) == [None, 1]


def test_comments_without_text_at_the_start_and_the_end_are_found():
    thread = read("Pool\n\n\n  • Ada\n\n  • Ben\n\n    Hi.\n\n    • Cleo")
    assert [(c.author.name, c.text) for c in thread.comments] == [
        ("Ada", ""), ("Ben", "Hi."), ("Cleo", ""),
    ]  # fmt: skip


def test_a_page_of_nothing_but_names_is_read():
    assert parents(read("Pool\n\n  • Ada\n\n  • Ben\n")) == [None, None]


def test_a_bullet_between_two_levels_and_a_bullet_of_a_sentence_are_text():
    sentence = "• " + "word " * 60
    thread = read(f"Pool\n\n  • Ada\n\n    One.\n\n   • odd\n\n    {sentence}\n\n    Two.\n")
    assert len(thread.comments) == 1
    assert thread.comments[0].text == f"One.\n\n• odd\n\n{sentence.strip()}\n\nTwo."


def test_words_between_comments_that_stand_left_of_them_all_are_left_out():
    thread = read("Pool\n\n  • Ada\n\n    One.\n\nADVERTISEMENT\n\n  • Ben\n\n    Two.\n")
    assert [c.text for c in thread.comments] == ["One.", "Two."]


def test_non_breaking_spaces_indent_like_spaces():
    thread = read("Pool\n\n\u00a0\u00a0•\u00a0Ada\n\n    One.\n\n\u00a0 \u00a0 • Ben\n\n      Two.")
    assert parents(thread) == [None, 1]


def test_an_article_without_comments_is_refused():
    with pytest.raises(BadThreadError, match=r"page\.txt: shows no comments, expected .*  • Marta"):
        read("Headline\n\nText with a list:\n• one\n• two\n")


def test_a_comment_over_the_limit_is_refused_at_its_bullet():
    # Ada's bullet is on line 3, her text on line 5, one empty line below it, then Ben's bullet.
    page = f"Pool\n\n  • Ada\n\n    Hi.\n  \n  • Ben\n\n    {'x' * 10_000_000}\n"
    with pytest.raises(
        BadThreadError, match=r"line 7: .* 10,000,000 characters long, expected at most 100,000"
    ):
        read(page)


trees = st.lists(st.integers(0, 7), min_size=1, max_size=40).map(lambda depths: [0, *depths])


def nearest_shallower(depths: Sequence[int]) -> list[int | None]:
    """The rule of the format, said plainly and slowly."""
    return [
        next((m + 1 for m in range(n - 1, -1, -1) if depths[m] < depth), None)
        for n, depth in enumerate(depths)
    ]


@given(trees)
def test_any_tree_written_as_a_page_is_read_back(depths: list[int]):
    thread = read(render(depths))
    assert [c.depth for c in thread.comments] == depths
    assert parents(thread) == nearest_shallower(depths)
    assert [c.text for c in thread.comments] == [f"text {n}" for n in range(len(depths))]


@given(trees, st.data())
def test_comments_without_text_change_no_parent(depths: list[int], data: st.DataObject):
    texts = [data.draw(st.sampled_from(["", "words"])) for _ in depths]
    thread = read(render(depths, texts))
    assert [c.text for c in thread.comments] == texts
    assert parents(thread) == nearest_shallower(depths)


@given(trees, st.integers(0, 7))
def test_ids_and_guild_stay_when_the_page_grows(depths: list[int], added: int):
    before, after = read(render(depths)), read(render([*depths, added, 0]))
    assert [c.id for c in before.comments] == [c.id for c in after.comments[: len(depths)]]
    assert len({c.id for c in after.comments}) == len(after.comments)
    assert {c.place for c in before.comments} == {c.place for c in after.comments}


def test_a_reply_added_in_the_middle_changes_no_other_id():
    before = read(render([0, 1, 0], ["same", "same", "same"]))
    after = read(render([0, 1, 1, 0], ["same", "same", "other", "same"]))
    assert {c.id for c in before.comments} - {c.id for c in after.comments} == {
        # Author names are numbered in order here, so only the last comment has a new author.
        before.comments[2].id
    }


def test_a_thousand_levels_are_read():
    thread = read(render(list(range(1000))))
    assert thread.comments[-1].depth == 999
    assert parents(thread) == [None, *range(1, 1000)]


def test_the_bundled_sample_has_what_a_newcomer_should_see():
    thread = read(DEMO.read_text(encoding="utf-8"))
    assert thread.title == "Mill Bridge To Lose A Car Lane To Bicycles"
    assert len(thread.comments) == 47
    assert len({c.author.name for c in thread.comments}) == 21
    # Its marks: a comment without text, a skipped level (1 to 4), a list inside a comment.
    assert [c.author.name for c in thread.comments if not c.text] == ["oakapple"]
    assert [c.position for c in thread.comments if c.depth == 4] == [8, 44]
    assert "• somebody who moves that van" in thread.comments[28].text

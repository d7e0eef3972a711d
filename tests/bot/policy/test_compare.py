"""Two policies over the same comments: what is counted, what is shown, what must be confirmed."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.case import CaseKey
from bot.domain.comment import Author, Place
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId
from bot.domain.journal import Entry
from bot.domain.verdict import Addressee, Decision
from bot.policy.compare import BINS, MOST_EXAMPLES, Preview, compare
from bot.policy.edits import with_exempt, with_mode, with_threshold
from config.labels import Label
from config.policy import Category, Mode, Policy
from tests.bot.policy.policies import BALANCED, MODEL, NOON, PLACE, an_author, policies

HARASSMENT = Category.HARASSMENT
ENFORCING = with_mode(BALANCED, Mode.ENFORCE)
SOMEBODY = Addressee(MemberId("77"), "Zed", "a mention")


def an_entry(
    number: int,
    insult: float,
    *,
    author: Author | None = None,
    text: str | None = "words",
    place: Place = PLACE,
) -> Entry:
    return Entry(
        key=CaseKey(place.guild, CommentId(str(number)), 0),
        place=place,
        author=author or an_author(f"m{number}"),
        text=text,
        created_at=NOON,
        judged_at=NOON + timedelta(seconds=1),
        values={Label.INSULT: insult},
        model=MODEL,
        decision=Decision.ALLOW,
        policy_version="-",
        addressee=SOMEBODY,
        case=None,
    )


entries = st.lists(st.floats(0, 1), max_size=12).map(
    lambda scores: [an_entry(n, score) for n, score in enumerate(scores)]
)


@given(policies(overridden=True), policies(overridden=True), entries)
def test_the_counts_agree_with_each_other(before: Policy, after: Policy, said: list[Entry]) -> None:
    seen = compare(said, before, after)
    assert seen.compared == len(said)
    assert seen.enforced_before <= seen.acted_before
    assert seen.enforced_after <= seen.acted_after
    assert seen.flagged_after + seen.acted_after <= seen.compared
    assert len(seen.examples) == min(seen.changed, MOST_EXAMPLES)
    back = compare(said, after, before)
    assert (back.acted_before, back.acted_after) == (seen.acted_after, seen.acted_before)
    assert back.changed == seen.changed
    for shift in seen.shifts:
        assert len(shift.counts) == BINS
        assert 0 < sum(shift.counts) <= len(said)


@given(policies(overridden=True), entries)
def test_nothing_changes_where_nothing_is_changed(policy: Policy, said: list[Entry]) -> None:
    seen = compare(said, policy, policy)
    assert (seen.changed, seen.examples, seen.shifts) == (0, (), ())
    assert not seen.needs_confirmation


def test_members_who_are_never_acted_on_count_as_allowed() -> None:
    said = [
        an_entry(1, 0.9, author=an_author("Bot", is_bot=True)),
        an_entry(2, 0.9, author=an_author("Eve", "Elder")),
        an_entry(3, 0.9, author=Author(MemberId("s"), "Sam", immune="moderates this server")),
        an_entry(4, 0.9),
    ]
    exempting = with_exempt(ENFORCING, ["Elder"])
    assert compare(said, ENFORCING, exempting).acted_after == 1
    assert compare(said, exempting, ENFORCING).acted_after == 2


def test_harsher_and_milder_changes_are_shown_by_turns_and_erased_words_last() -> None:
    # Act goes down in harassment, so 0.7 becomes harsher; mode off in forum x makes 0.9 milder.
    elsewhere = Place(PLACE.guild, PlaceId("t2"), PlaceId("x"))
    after = with_threshold(ENFORCING, HARASSMENT, "act", 0.65)
    after = with_mode(after, Mode.OFF, forum="x")
    said = [
        an_entry(1, 0.70, text=None),
        an_entry(2, 0.70),
        an_entry(3, 0.90, place=elsewhere),
        an_entry(4, 0.80),
    ]
    shown = [example.entry.key.comment for example in compare(said, ENFORCING, after).examples]
    assert shown == ["4", "3", "2", "1"]


def test_one_member_does_not_fill_the_examples() -> None:
    loud = an_author("Loud")
    said = [*(an_entry(n, 0.80, author=loud) for n in range(5)), an_entry(9, 0.70)]
    after = with_threshold(ENFORCING, HARASSMENT, "act", 0.65)
    shown = [example.entry.author.name for example in compare(said, ENFORCING, after).examples]
    assert shown[:3] == ["Loud", "m9", "Loud"]


def test_a_forums_change_is_drawn_from_that_forums_comments() -> None:
    elsewhere = Place(GuildId("g"), PlaceId("t2"), PlaceId("x"))
    after = with_threshold(ENFORCING, HARASSMENT, "act", 0.7, forum="x")
    said = [an_entry(1, 0.2), an_entry(2, 0.2), an_entry(3, 0.9, place=elsewhere)]
    [shift] = compare(said, ENFORCING, after).shifts
    assert (shift.category, shift.act_before, shift.act_after) == (HARASSMENT, 0.85, 0.7)
    assert [n for n, count in enumerate(shift.counts) if count] == [36]  # 0.9 of 40 bins


def test_a_change_of_mode_alone_draws_every_judged_category_with_scores() -> None:
    shifts = compare([an_entry(1, 0.9)], with_mode(BALANCED, Mode.SHADOW), ENFORCING).shifts
    assert [shift.category for shift in shifts] == [HARASSMENT]


def a_preview(compared: int, before: int, after: int) -> Preview:
    return Preview(compared, 0, 0, after, after, before, after, 0, (), ())


def test_more_than_a_twentieth_must_be_confirmed_unless_it_is_less_than_now() -> None:
    assert not a_preview(100, 0, 5).needs_confirmation
    assert a_preview(100, 0, 6).needs_confirmation
    assert not a_preview(100, 7, 6).needs_confirmation
    assert not a_preview(0, 0, 0).needs_confirmation

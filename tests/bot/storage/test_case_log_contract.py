"""What every case log must do: the same tests on the fake and on the real ones."""

import asyncio
from dataclasses import replace
from itertools import count, product

import pytest
from hypothesis import HealthCheck, given, settings

from bot.domain.action import Applied, Failed, Outcome, Shadowed
from bot.domain.case import Case, CaseDraft, CaseKey, CaseState, Draft, HandDraft, Strike
from bot.domain.ids import CommentId, GuildId, MemberId
from bot.errors import StorageError
from bot.moderation.ports import CaseFilter
from bot.storage.case_log import SqlCaseLog
from config.policy import Mode
from tests.bot.storage.conftest import SETTLED
from tests.bot.storage.drafts import NOON, a_draft, drafts, hand_drafts
from tests.fakes.memory_case_log import MemoryCaseLog

CaseLog = MemoryCaseLog | SqlCaseLog
G1, MALLORY = GuildId("g1"), MemberId("mallory")
NUMBERS = count(1)


async def all_of(cases: CaseLog) -> list[Case]:
    """List a guild's cases in the order of their numbers."""
    return (await cases.list_cases(G1, CaseFilter(limit=1000)))[::-1]


def as_opened(number: int, draft: Draft) -> Case:
    state = CaseState.PENDING if draft.action else CaseState.REVIEW
    return Case(number, draft, state, draft.action, draft.strike)


async def points_of(cases: CaseLog, *, rehearsed: bool = False) -> list[float]:
    return [s.points for s in await cases.strikes(G1, MALLORY, rehearsed=rehearsed)]


async def test_an_unknown_comment_has_no_case(cases: CaseLog) -> None:
    assert await cases.find(CaseKey(G1, CommentId("c1"), 0)) is None
    assert await all_of(cases) == []
    assert await cases.strikes(G1, MALLORY, rehearsed=True) == []
    assert await cases.get(G1, 1) is None
    assert await cases.of_comment(G1, CommentId("c1")) == []
    assert await cases.timeline(G1, 1) == []
    assert await cases.pending() == []


async def test_a_case_with_an_action_opens_pending_and_one_without_for_review(
    cases: CaseLog,
) -> None:
    acted, flagged = a_draft("c1"), a_draft("c2", action=None)
    for number, draft in [(1, acted), (2, flagged)]:
        assert await cases.open(draft) == as_opened(number, draft)
        assert await cases.find(draft.key) == as_opened(number, draft)
        assert await cases.get(G1, number) == as_opened(number, draft)
    assert [case.state for case in await all_of(cases)] == [CaseState.PENDING, CaseState.REVIEW]


async def test_numbers_count_from_one_within_each_guild(cases: CaseLog) -> None:
    opened = [
        await cases.open(a_draft(comment, guild=guild))
        for guild, comment in [("g1", "a"), ("g2", "a"), ("g1", "b"), ("g2", "b"), ("g1", "c")]
    ]
    assert [case.number for case in opened] == [1, 1, 2, 2, 3]
    assert await all_of(cases) == [opened[0], opened[2], opened[4]]


@given(draft=drafts() | hand_drafts())
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_any_draft_comes_back_equal(cases: CaseLog, draft: Draft) -> None:
    # Every example in one database: a comment id of its own, however small the example.
    own_id = CommentId(f"{next(NUMBERS)} {draft.key.comment}")
    match draft:
        case CaseDraft():
            draft = replace(draft, comment=replace(draft.comment, id=own_id))
        case HandDraft():
            draft = replace(draft, comment=own_id)
    opened = await cases.open(draft)
    assert opened.draft == draft
    assert await cases.find(draft.key) == opened
    if draft.strike is not None and draft.mode is Mode.ENFORCE:
        guild, member = draft.key.guild, draft.member.id
        assert draft.strike in await cases.strikes(guild, member, rehearsed=False)


async def test_opening_a_comment_again_returns_its_first_case_unchanged(cases: CaseLog) -> None:
    first = await cases.open(a_draft(points=2.0))
    assert await cases.open(a_draft(points=9.0)) == first
    settled = await cases.settle(first, Applied())
    assert await cases.open(a_draft(points=9.0)) == settled
    assert await all_of(cases) == [settled]


async def test_an_edited_comment_is_a_case_of_its_own(cases: CaseLog) -> None:
    await cases.open(a_draft(revision=0))
    edited = await cases.open(a_draft(revision=1_772_366_400_000))
    assert edited.number == 2
    assert await cases.find(edited.draft.key) == edited


async def test_opening_one_comment_many_times_at_once_makes_one_case(cases: CaseLog) -> None:
    opened = await asyncio.gather(*(cases.open(a_draft(points=float(n))) for n in range(8)))
    assert len(set(map(repr, opened))) == 1
    assert await all_of(cases) == [opened[0]]


async def test_opening_many_comments_at_once_leaves_no_gap_in_the_numbers(cases: CaseLog) -> None:
    opened = await asyncio.gather(*(cases.open(a_draft(f"c{n}")) for n in range(8)))
    assert sorted(case.number for case in opened) == list(range(1, 9))


@pytest.mark.parametrize(
    ("outcome", "state", "failure"),
    [
        (Applied(), CaseState.APPLIED, None),
        (Failed("the member is gone"), CaseState.FAILED, "the member is gone"),
        (Shadowed(), CaseState.SHADOW, None),
    ],
)
async def test_settling_records_how_and_when_the_action_ended(
    cases: CaseLog, outcome: Outcome, state: CaseState, failure: str | None
) -> None:
    pending = await cases.open(a_draft())
    settled = await cases.settle(pending, outcome)
    assert settled == replace(pending, state=state, settled_at=SETTLED, failure=failure)
    assert await cases.find(pending.draft.key) == settled


async def test_settling_a_settled_case_is_an_error(cases: CaseLog) -> None:
    outcomes = (Applied(), Failed("the member is gone"), Shadowed())
    for n, (outcome, again) in enumerate(product(outcomes, repeat=2)):
        pending = await cases.open(a_draft(f"c{n}"))
        settled = await cases.settle(pending, outcome)
        with pytest.raises(StorageError):
            await cases.settle(pending, again)
        assert await cases.find(pending.draft.key) == settled


async def test_settling_a_case_under_review_or_never_opened_is_an_error(cases: CaseLog) -> None:
    review = await cases.open(a_draft(action=None))
    with pytest.raises(StorageError):
        await cases.settle(review, Applied())
    assert await cases.find(review.draft.key) == review
    with pytest.raises(StorageError):
        await cases.settle(as_opened(9, a_draft("never")), Applied())
    assert await all_of(cases) == [review]


async def test_strikes_come_oldest_first_whatever_the_order_of_opening(cases: CaseLog) -> None:
    for comment, minutes in [("c1", 30), ("c2", 10), ("c3", 20)]:
        case = await cases.open(a_draft(comment, minutes=minutes, points=float(minutes)))
        await cases.settle(case, Applied())
    assert await points_of(cases) == [10.0, 20.0, 30.0]


async def test_a_strike_comes_back_whole(cases: CaseLog) -> None:
    strike = Strike(NOON.replace(microsecond=123_456), NOON.replace(hour=11), 0.1 + 0.2)
    await cases.open(replace(a_draft(), strike=strike))
    assert await cases.strikes(G1, MALLORY, rehearsed=False) == [strike]


async def test_strikes_are_of_one_member_in_one_guild(cases: CaseLog) -> None:
    await cases.open(a_draft("c1", points=1.0))
    await cases.open(a_draft("c2", author="alice", points=2.0))
    await cases.open(a_draft("c1", guild="g2", points=4.0))
    assert await points_of(cases) == [1.0]


async def test_failed_and_flagged_cases_leave_no_strike(cases: CaseLog) -> None:
    failed = await cases.open(a_draft("c1"))
    await cases.settle(failed, Failed("the member is gone"))
    await cases.open(a_draft("c2", action=None))
    assert await points_of(cases) == []
    assert await points_of(cases, rehearsed=True) == []


async def test_a_strike_below_the_first_step_of_the_ladder_counts(cases: CaseLog) -> None:
    await cases.open(replace(a_draft("c1"), action=None))
    assert await points_of(cases) == [2.0]


async def test_shadow_strikes_count_only_when_rehearsed(cases: CaseLog) -> None:
    shadow = await cases.open(a_draft("c1", mode=Mode.SHADOW, points=1.0))
    # Between opening and settling, too: a crash there must not make a rehearsal real.
    assert await points_of(cases) == []
    assert await points_of(cases, rehearsed=True) == [1.0]
    await cases.settle(shadow, Shadowed())
    real = await cases.open(a_draft("c2", minutes=1, points=2.0))
    assert await points_of(cases) == [2.0]
    await cases.settle(real, Applied())
    assert await points_of(cases) == [2.0]
    assert await points_of(cases, rehearsed=True) == [1.0, 2.0]

"""What every case log must do for people: cases by hand, decisions, timelines and searches."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.action import Action, Applied, Failed, Shadowed
from bot.domain.case import (
    MOVES,
    Case,
    CaseEvent,
    CaseState,
    EventKind,
    Origin,
    Strike,
)
from bot.domain.comment import Place
from bot.domain.effect import EffectKind, PlannedEffect
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId
from bot.errors import StaleCaseError, StorageError
from bot.moderation.ports import CaseFilter, Lift
from bot.storage.storage import Storage
from config.policy import Mode, StepKind
from tests.bot.storage.conftest import SETTLED
from tests.bot.storage.drafts import NOON, WARN, a_draft, a_hand_draft
from tests.fakes.memory_storage import MemoryStorage

Store = MemoryStorage | Storage
G1, MALLORY, MO = GuildId("g1"), MemberId("mallory"), MemberId("mo")
LATER = NOON + timedelta(hours=2)
DELETE, LOG = PlannedEffect(EffectKind.DELETE), PlannedEffect(EffectKind.LOG)
KICK = Action(StepKind.KICK)


def an_event(kind: EventKind, text: str = "because", minutes: int = 0) -> CaseEvent:
    return CaseEvent(LATER + timedelta(minutes=minutes), kind, MO, text)


async def a_case_in(storage: Store, state: CaseState, comment: str = "c1") -> Case:
    """Bring a case to a state by the moves it may make."""
    cases = storage.cases
    if state in {CaseState.REVIEW, CaseState.DISMISSED}:
        case = await cases.open(a_draft(comment, action=None))
        event = an_event(EventKind.DISMISSED)
        return await cases.decide(case, state, event=event) if state in MOVES[case.state] else case
    case = await cases.open(a_draft(comment))
    match state:
        case CaseState.APPLIED:
            return await cases.settle(case, Applied())
        case CaseState.FAILED:
            return await cases.settle(case, Failed("the member is gone"))
        case CaseState.SHADOW:
            return await cases.settle(case, Shadowed())
        case CaseState.OVERTURNED:
            applied = await cases.settle(case, Applied())
            return await cases.decide(applied, state, event=an_event(EventKind.OVERTURNED))
        case _:
            return case


async def test_a_step_by_hand_comes_back_as_it_was_opened(storage: Store) -> None:
    place = Place(G1, PlaceId("t1"), PlaceId("f1"), PlaceId("k1"))
    whole = a_hand_draft("command:2", place=place, text="what was said", action=KICK)
    for number, draft in enumerate([a_hand_draft("command:1"), whole], start=1):
        opened = await storage.cases.open(draft)
        assert opened == Case(number, draft, CaseState.PENDING, draft.action, draft.strike)
        assert await storage.cases.find(draft.key) == opened


async def test_a_report_waits_for_a_human(storage: Store) -> None:
    report = await storage.cases.open(
        a_hand_draft("m1", action=None, origin=Origin.REPORT, moderator=None, text="rude")
    )
    assert (report.state, report.strike) == (CaseState.REVIEW, None)


async def test_what_discord_did_already_is_recorded_as_applied(storage: Store) -> None:
    draft = a_hand_draft("audit:1", origin=Origin.OUTSIDE, is_done=True)
    case = await storage.cases.open(draft, [LOG])
    assert (case.state, case.settled_at) == (CaseState.APPLIED, NOON)
    assert await storage.cases.find(draft.key) == case
    assert [e.kind for e in await storage.ledger.effects(G1, 1)] == [EffectKind.LOG]
    assert await storage.cases.timeline(G1, 1) == [
        CaseEvent(NOON, EventKind.OPENED, MO, draft.reason),
        CaseEvent(NOON, EventKind.APPLIED, MO, ""),
    ]


async def test_effects_are_planned_once_with_their_case(storage: Store) -> None:
    await storage.cases.open(a_draft(), [DELETE, LOG])
    await storage.cases.open(a_draft(), [DELETE, LOG])
    effects = await storage.ledger.effects(G1, 1)
    assert [(e.kind, e.position, e.planned_at) for e in effects] == [
        (EffectKind.DELETE, 0, SETTLED),
        (EffectKind.LOG, 1, SETTLED),
    ]


async def test_the_timeline_tells_how_a_case_went(storage: Store) -> None:
    case = await storage.cases.open(a_draft())
    await storage.cases.note(G1, 1, an_event(EventKind.NOTE, "look at that", minutes=-110))
    applied = await storage.cases.settle(case, Applied())
    await storage.cases.decide(
        applied, CaseState.OVERTURNED, event=an_event(EventKind.OVERTURNED, "not meant so")
    )
    # Opened at noon, noted at 12:10, settled at 13:00 (the clock's), overturned at 14:00.
    assert await storage.cases.timeline(G1, 1) == [
        CaseEvent(NOON, EventKind.OPENED, None, case.draft.reason),
        an_event(EventKind.NOTE, "look at that", minutes=-110),
        CaseEvent(SETTLED, EventKind.APPLIED, None, ""),
        an_event(EventKind.OVERTURNED, "not meant so"),
    ]


async def test_a_failure_stands_in_the_timeline_and_a_rehearsal_does_not(storage: Store) -> None:
    await a_case_in(storage, CaseState.FAILED, "c1")
    await a_case_in(storage, CaseState.SHADOW, "c2")
    failed = (await storage.cases.timeline(G1, 1))[1:]
    assert failed == [CaseEvent(SETTLED, EventKind.FAILED, None, "the member is gone")]
    assert len(await storage.cases.timeline(G1, 2)) == 1


async def test_a_note_on_no_case_is_refused(storage: Store) -> None:
    with pytest.raises(StaleCaseError, match="no case 1"):
        await storage.cases.note(G1, 1, an_event(EventKind.NOTE))


async def test_ordering_an_action_puts_a_flagged_case_on_its_way(storage: Store) -> None:
    flagged = await a_case_in(storage, CaseState.REVIEW)
    strike = Strike(NOON, NOON, 4.0)
    ordered = await storage.cases.decide(
        flagged,
        CaseState.PENDING,
        event=an_event(EventKind.ORDERED),
        action=KICK,
        strike=strike,
        effects=[DELETE, LOG],
    )
    expected = replace(flagged, state=CaseState.PENDING, action=KICK, strike=strike, decided_by=MO)
    assert ordered == expected
    assert await storage.cases.get(G1, 1) == expected
    assert [e.kind for e in await storage.ledger.effects(G1, 1)] == [
        EffectKind.DELETE,
        EffectKind.LOG,
    ]
    assert await storage.cases.strikes(G1, MALLORY, rehearsed=False) == [strike]
    settled = await storage.cases.settle(ordered, Applied())
    assert settled == replace(expected, state=CaseState.APPLIED, settled_at=SETTLED)
    # What the draft proposed stays as it was: nothing.
    assert settled.draft.action is None


async def test_another_try_of_a_failed_case_forgets_the_failure(storage: Store) -> None:
    failed = await a_case_in(storage, CaseState.FAILED)
    again = await storage.cases.decide(
        failed, CaseState.PENDING, event=an_event(EventKind.ORDERED), effects=[LOG]
    )
    assert (again.failure, again.settled_at, again.action) == (None, None, WARN)
    assert await storage.cases.get(G1, 1) == again


async def test_a_dismissed_case_is_settled_by_that_and_an_overturned_one_was(
    storage: Store,
) -> None:
    dismissed = await a_case_in(storage, CaseState.DISMISSED, "c1")
    overturned = await a_case_in(storage, CaseState.OVERTURNED, "c2")
    assert (dismissed.settled_at, overturned.settled_at) == (LATER, SETTLED)
    assert (dismissed.decided_by, overturned.decided_by) == (MO, MO)
    assert await storage.cases.get(G1, 1) == dismissed
    assert await storage.cases.get(G1, 2) == overturned


@pytest.mark.parametrize("state", CaseState)
async def test_a_case_goes_where_it_may_and_nowhere_else(storage: Store, state: CaseState) -> None:
    for n, wanted in enumerate(CaseState):
        case = await a_case_in(storage, state, f"c{n}")
        if wanted in MOVES[state]:
            moved = await storage.cases.decide(case, wanted, event=an_event(EventKind.NOTE))
            assert moved.state is wanted
            continue
        with pytest.raises(StaleCaseError):
            await storage.cases.decide(case, wanted, event=an_event(EventKind.NOTE), effects=[LOG])
        assert await storage.cases.find(case.draft.key) == case
        assert await storage.ledger.effects(G1, case.number) == []


async def test_who_is_slower_is_told_so_and_changes_nothing(storage: Store) -> None:
    flagged = await a_case_in(storage, CaseState.REVIEW)
    first = await storage.cases.decide(
        flagged, CaseState.DISMISSED, event=an_event(EventKind.DISMISSED)
    )
    with pytest.raises(StaleCaseError, match="dismissed by now: somebody was quicker"):
        await storage.cases.decide(
            flagged, CaseState.PENDING, event=an_event(EventKind.ORDERED), effects=[LOG]
        )
    assert await storage.cases.get(G1, 1) == first
    assert await storage.ledger.effects(G1, 1) == []
    assert [e.kind for e in await storage.cases.timeline(G1, 1)] == [
        EventKind.OPENED,
        EventKind.DISMISSED,
    ]


async def test_a_decision_on_a_case_that_is_not_there_is_refused(storage: Store) -> None:
    case = Case(7, a_draft(), CaseState.REVIEW, None, None)
    with pytest.raises(StaleCaseError, match="no case 7"):
        await storage.cases.decide(case, CaseState.DISMISSED, event=an_event(EventKind.DISMISSED))


async def test_a_decision_lifts_what_it_says_of_later_cases(storage: Store) -> None:
    first = await a_case_in(storage, CaseState.APPLIED, "c1")
    later = await a_case_in(storage, CaseState.APPLIED, "c2")
    lifted = an_event(EventKind.LIFTED, "case 1 was overturned")
    unban = PlannedEffect(EffectKind.UNBAN)
    await storage.cases.decide(
        first,
        CaseState.OVERTURNED,
        event=an_event(EventKind.OVERTURNED),
        lifts=[Lift(later.number, lifted, (unban,))],
    )
    assert (await storage.cases.timeline(G1, 2))[-1] == lifted
    assert [e.kind for e in await storage.ledger.effects(G1, 2)] == [EffectKind.UNBAN]
    assert await storage.cases.get(G1, 2) == later


@pytest.mark.parametrize("state", CaseState)
async def test_void_cases_leave_no_strike(storage: Store, state: CaseState) -> None:
    case = await a_case_in(storage, state)
    counts = case.strike is not None and state not in {CaseState.FAILED, CaseState.OVERTURNED}
    strikes = await storage.cases.strikes(G1, MALLORY, rehearsed=True)
    assert strikes == ([case.strike] if counts else [])


async def test_the_versions_of_a_comment_come_oldest_first(storage: Store) -> None:
    edited = await storage.cases.open(a_draft("c1", revision=1_772_366_400_000))
    first = await storage.cases.open(a_draft("c1"))
    await storage.cases.open(a_draft("c2"))
    await storage.cases.open(a_draft("c1", guild="g2"))
    assert await storage.cases.of_comment(G1, CommentId("c1")) == [first, edited]


async def test_pending_cases_of_all_servers_come_oldest_first(storage: Store) -> None:
    late = await storage.cases.open(a_draft("c1", minutes=9))
    early = await storage.cases.open(a_draft("c1", guild="g2", minutes=1, mode=Mode.SHADOW))
    await a_case_in(storage, CaseState.APPLIED, "c2")
    await a_case_in(storage, CaseState.REVIEW, "c3")
    assert await storage.cases.pending() == [early, late]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (CaseFilter(), [5, 4, 3, 2, 1]),
        (CaseFilter(limit=2), [5, 4]),
        (CaseFilter(member=MemberId("alice")), [3]),
        (CaseFilter(states=frozenset({CaseState.REVIEW})), [2]),
        (CaseFilter(states=frozenset({CaseState.REVIEW, CaseState.APPLIED})), [5, 2]),
        (CaseFilter(states=frozenset()), []),
        (CaseFilter(since=NOON + timedelta(minutes=3)), [5, 4]),
        (CaseFilter(automatic=True), [3, 2, 1]),
        (CaseFilter(automatic=False), [5, 4]),
        (CaseFilter(words="RUDE in"), [5, 4]),
        (CaseFilter(words="rude", limit=1), [5]),
        (CaseFilter(words="ALICE"), [3]),
        (CaseFilter(words="idiot"), []),
        (CaseFilter(words="%"), []),
        (CaseFilter(words="", member=MALLORY, automatic=True), [2, 1]),
    ],
)
async def test_cases_are_found_by_what_is_asked(
    storage: Store, wanted: CaseFilter, numbers: list[int]
) -> None:
    for n, draft in enumerate(
        [
            a_draft("c0"),
            a_draft("c1", action=None),
            a_draft("c2", author="alice"),
            a_hand_draft("command:1"),
            a_hand_draft("audit:1", origin=Origin.OUTSIDE, is_done=True),
        ]
    ):
        await storage.cases.open(replace(draft, opened_at=NOON + timedelta(minutes=n)))
    await storage.cases.open(a_draft("c0", guild="g2"))
    found = await storage.cases.list_cases(G1, wanted)
    assert [case.number for case in found] == numbers


async def test_words_are_found_whatever_their_case_in_any_script(storage: Store) -> None:
    for n, reason in enumerate(["Grobe БРАНЬ", "Straße", "ÇA SUFFIT"]):
        await storage.cases.open(replace(a_draft(f"c{n}"), reason=reason))
    for n, words in enumerate(["брань", "STRASSE", "ça suffit"], start=1):
        found = await storage.cases.list_cases(G1, CaseFilter(words=words))
        assert [case.number for case in found] == [n]


async def test_automatic_cases_are_those_the_model_opened_to_act(storage: Store) -> None:
    await storage.cases.open(a_draft("c0", minutes=-1))  # too early
    await storage.cases.open(a_draft("c1"))
    await storage.cases.open(a_draft("c2", mode=Mode.SHADOW))
    flagged = await storage.cases.open(a_draft("c3", action=None))
    await storage.cases.open(a_draft("c4", guild="g2"))
    await storage.cases.open(replace(a_draft("c5"), moderator=MO))
    await storage.cases.open(a_hand_draft())
    assert await storage.cases.count_automatic(G1, NOON) == 1
    # A human's order makes no automatic case of a flagged one.
    await storage.cases.decide(
        flagged, CaseState.PENDING, event=an_event(EventKind.ORDERED), action=KICK
    )
    assert await storage.cases.count_automatic(G1, NOON) == 1


async def test_a_case_by_hand_is_settled_like_any_other(storage: Store) -> None:
    case = await storage.cases.open(a_hand_draft())
    settled = await storage.cases.settle(case, Failed("the bot may not kick"))
    assert (settled.state, settled.failure) == (CaseState.FAILED, "the bot may not kick")
    with pytest.raises(StorageError):
        await storage.cases.settle(settled, Applied())

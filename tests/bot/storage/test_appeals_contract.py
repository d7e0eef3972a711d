"""What every record of appeals must do: one appeal a case, one decision, and a whole dialogue."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.appeal import Appeal, AppealState, Remark
from bot.domain.ids import AppealId, GuildId, MemberId
from bot.errors import StaleCaseError
from bot.storage.storage import Storage
from tests.bot.storage.drafts import NOON, a_draft
from tests.fakes.memory_storage import MemoryStorage

Store = MemoryStorage | Storage
G1, MALLORY, MO = GuildId("g1"), MemberId("mallory"), MemberId("mo")
LATER = NOON + timedelta(days=1)
QUESTION = Remark(LATER, MO, is_member=False, text="Whom did you mean?")
ANSWER = Remark(LATER + timedelta(hours=1), MALLORY, is_member=True, text="Myself. 🤦")
REASON = Remark(LATER + timedelta(hours=2), MO, is_member=False, text="You are right.")
FINAL = [AppealState.UPHELD, AppealState.OVERTURNED]
CLOSED = [*FINAL, AppealState.WITHDRAWN]


def an_appeal(
    id_: str = "a1", *, case: int = 1, guild: str = "g1", member: str = "mallory", hours: int = 0
) -> Appeal:
    at = NOON + timedelta(hours=hours)
    return Appeal(
        id=AppealId(id_),
        guild=GuildId(guild),
        case=case,
        member=MemberId(member),
        state=AppealState.OPEN,
        opened_at=at,
        due_at=at + timedelta(days=7),
        remarks=(Remark(at, MemberId(member), is_member=True, text="It was a joke."),),
    )


@pytest.fixture(autouse=True)
async def _cases(storage: Store) -> None:
    """Three cases in one server, one in another."""
    for comment, guild in [("c1", "g1"), ("c2", "g1"), ("c3", "g1"), ("c1", "g2")]:
        await storage.cases.open(a_draft(comment, guild=guild))


async def close(storage: Store, appeal: Appeal, state: AppealState) -> Appeal:
    return await storage.appeals.close(appeal, state, by=MO, at=REASON.at, reason=REASON)


async def test_an_appeal_comes_back_as_it_was_opened(storage: Store) -> None:
    assert await storage.appeals.get(AppealId("a1")) is None
    assert await storage.appeals.open(an_appeal()) == an_appeal()
    assert await storage.appeals.get(AppealId("a1")) == an_appeal()
    assert await storage.appeals.of_case(G1, 1) == [an_appeal()]
    assert await storage.appeals.of_case(G1, 2) == []


async def test_a_case_has_one_open_appeal(storage: Store) -> None:
    await storage.appeals.open(an_appeal())
    with pytest.raises(StaleCaseError, match="has an open appeal already"):
        await storage.appeals.open(an_appeal("a2"))
    assert await storage.appeals.get(AppealId("a2")) is None


@pytest.mark.parametrize("state", FINAL)
async def test_a_decided_case_is_not_appealed_again(storage: Store, state: AppealState) -> None:
    await close(storage, await storage.appeals.open(an_appeal()), state)
    with pytest.raises(StaleCaseError, match="is decided already"):
        await storage.appeals.open(an_appeal("a2"))


async def test_a_withdrawn_appeal_leaves_room_for_another(storage: Store) -> None:
    first = await close(storage, await storage.appeals.open(an_appeal()), AppealState.WITHDRAWN)
    second = await storage.appeals.open(an_appeal("a2", hours=48))
    assert await storage.appeals.of_case(G1, 1) == [first, second]


async def test_the_dialogue_is_kept_in_order_to_the_decision(storage: Store) -> None:
    opened = await storage.appeals.open(an_appeal())
    asked = await storage.appeals.remark(opened, QUESTION)
    assert asked.awaits_member
    # From the appeal as it was read at first: what counts is what the record holds.
    answered = await storage.appeals.remark(opened, ANSWER)
    assert not answered.awaits_member
    closed = await close(storage, opened, AppealState.OVERTURNED)
    assert closed == replace(
        an_appeal(),
        state=AppealState.OVERTURNED,
        decided_at=REASON.at,
        decided_by=MO,
        remarks=(*an_appeal().remarks, QUESTION, ANSWER, REASON),
    )
    assert await storage.appeals.get(AppealId("a1")) == closed


@pytest.mark.parametrize("state", CLOSED)
async def test_a_closed_appeal_never_changes_again(storage: Store, state: AppealState) -> None:
    opened = await storage.appeals.open(an_appeal())
    closed = await close(storage, opened, state)
    for other in CLOSED:
        with pytest.raises(StaleCaseError, match=f"is {state} already"):
            await close(storage, opened, other)
    with pytest.raises(StaleCaseError):
        await storage.appeals.remark(opened, ANSWER)
    with pytest.raises(StaleCaseError):
        await storage.appeals.mark_reminded(opened, LATER)
    assert await storage.appeals.get(AppealId("a1")) == closed


async def test_an_appeal_that_is_not_there_is_refused(storage: Store) -> None:
    with pytest.raises(StaleCaseError, match="no appeal a9"):
        await storage.appeals.remark(an_appeal("a9"), ANSWER)


async def test_open_appeals_come_in_the_order_they_are_due(storage: Store) -> None:
    late = await storage.appeals.open(an_appeal("a1", case=1, hours=5))
    early = await storage.appeals.open(an_appeal("a2", case=2))
    closed = await storage.appeals.open(an_appeal("a3", case=3))
    await close(storage, closed, AppealState.UPHELD)
    await storage.appeals.open(an_appeal("a4", guild="g2"))
    assert await storage.appeals.list_open(G1) == [early, late]


async def test_a_members_appeals_come_newest_first(storage: Store) -> None:
    old = await storage.appeals.open(an_appeal("a1", case=1))
    new = await storage.appeals.open(an_appeal("a2", case=2, hours=1))
    await storage.appeals.open(an_appeal("a3", case=3, member="alice"))
    await storage.appeals.open(an_appeal("a4", guild="g2"))
    assert await storage.appeals.of_member(G1, MALLORY) == [new, old]


async def test_appeals_past_their_day_are_due_until_reminded_of(storage: Store) -> None:
    late = await storage.appeals.open(an_appeal("a1", case=1, hours=5))
    early = await storage.appeals.open(an_appeal("a2", guild="g2"))
    closed = await storage.appeals.open(an_appeal("a3", case=3))
    await close(storage, closed, AppealState.UPHELD)
    assert await storage.appeals.due(early.due_at - timedelta(microseconds=1)) == []
    assert await storage.appeals.due(early.due_at) == [early]
    assert await storage.appeals.due(late.due_at) == [early, late]
    reminded = await storage.appeals.mark_reminded(early, late.due_at)
    assert reminded == replace(early, reminded_at=late.due_at)
    assert await storage.appeals.due(late.due_at) == [late]
    assert await storage.appeals.get(early.id) == reminded

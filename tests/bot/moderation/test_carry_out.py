"""Cases are seen through once each, in order for a member, and found again after anything."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.action import Action, Applied, Failed, Outcome
from bot.domain.case import Case, CaseState, EventKind
from bot.domain.effect import EffectKind, EffectState
from bot.errors import StorageError, UnreachableError
from bot.moderation.carry_out import CarryOut
from bot.policy.effects import LOGGED_ONLY, effects_of
from config.policy import Mode, StepKind
from tests.bot.storage.drafts import a_draft
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.memory_storage import MemoryStorage

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WARN = Action(StepKind.WARN, removes_comment=False)


def clock() -> datetime:
    return NOON


class ScriptedEnforcer:
    """Ends cases as scripted, and remembers in which order. `gate` holds the first one up."""

    def __init__(self, ledger: MemoryLedger, *script: Outcome | Exception) -> None:
        self.ledger = ledger
        self.script = list(script)
        self.enforced: list[int] = []
        self.followed: list[int] = []
        self.gate: asyncio.Event | None = None
        self.at_once = 0
        self.most_at_once = 0

    async def enforce(self, case: Case) -> Outcome:
        self.enforced.append(case.number)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0)
        self.at_once -= 1
        ending = self.script.pop(0) if self.script else Applied()
        if isinstance(ending, Exception):
            raise ending
        return ending

    async def follow_up(self, case: Case) -> None:
        self.followed.append(case.number)
        for effect in await self.ledger.effects(case.guild, case.number):
            await self.ledger.settle(effect, EffectState.DONE)


class Office:
    """A record, an enforcer and what carries out between them; sleeps are noted, not slept."""

    def __init__(self, *script: Outcome | Exception, backlog: int = 2_000) -> None:
        self.storage = MemoryStorage(clock)
        self.enforcer = ScriptedEnforcer(self.storage.ledger, *script)
        self.slept: list[float] = []
        self.carry_out = CarryOut(
            cases=self.storage.cases,
            ledger=self.storage.ledger,
            enforcer=self.enforcer,
            clock=clock,
            sleep=self.sleep,
            backlog=backlog,
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    async def open(
        self,
        comment: str = "c1",
        *,
        author: str = "mallory",
        mode: Mode = Mode.ENFORCE,
        action: Action | None = WARN,
    ) -> Case:
        draft = a_draft(comment, author=author, mode=mode, action=action)
        return await self.storage.cases.open(draft, effects_of(action) if action else LOGGED_ONLY)

    async def state(self, case: Case) -> CaseState:
        found = await self.storage.cases.get(case.guild, case.number)
        assert found is not None
        return found.state

    async def all_done(self) -> None:
        """Wait for what is in hand, and for what is tried again."""
        for _ in range(200):
            await self.carry_out.drained()
            await asyncio.sleep(0)


async def test_a_pending_case_is_enforced_settled_and_followed_up() -> None:
    office = Office()
    done = await office.carry_out.run(await office.open())
    assert done.state is CaseState.APPLIED
    assert office.enforcer.followed == [1]


async def test_a_refused_case_is_settled_as_failed_with_the_reason() -> None:
    office = Office(Failed("The member has left the server."))
    done = await office.carry_out.run(await office.open())
    assert (done.state, done.failure) == (CaseState.FAILED, "The member has left the server.")


async def test_a_rehearsed_case_never_reaches_the_enforcer() -> None:
    office = Office()
    done = await office.carry_out.run(await office.open(mode=Mode.SHADOW))
    assert done.state is CaseState.SHADOW
    assert office.enforcer.enforced == []


async def test_a_case_for_a_human_is_only_followed_up() -> None:
    office = Office()
    done = await office.carry_out.run(await office.open(action=None))
    assert done.state is CaseState.REVIEW
    assert (office.enforcer.enforced, office.enforcer.followed) == ([], [1])


async def test_one_case_is_carried_out_once_however_often_it_is_asked_for() -> None:
    office = Office()
    case = await office.open()
    office.carry_out.submit(case)
    office.carry_out.submit(case)
    await asyncio.gather(*(office.carry_out.run(case) for _ in range(5)))
    await office.all_done()
    assert office.enforcer.enforced == [1]


async def test_one_members_cases_go_in_order_and_others_beside_them() -> None:
    office = Office()
    for comment in ("c1", "c2", "c3"):
        office.carry_out.submit(await office.open(comment))
    for author in ("ann", "bob"):
        office.carry_out.submit(await office.open(f"c {author}", author=author))
    await office.all_done()
    assert [n for n in office.enforcer.enforced if n <= 3] == [1, 2, 3]
    assert office.enforcer.most_at_once == 3  # mallory, ann and bob


async def test_what_discord_does_not_answer_is_tried_again_by_itself() -> None:
    down = UnreachableError("Discord could not be reached (no answer in time)")
    office = Office(down, down, Applied())
    case = await office.open()
    waiting = await office.carry_out.run(case)
    assert waiting.state is CaseState.PENDING
    await office.all_done()
    assert await office.state(case) is CaseState.APPLIED
    assert office.slept == [2, 4]  # doubling from two seconds on
    events = await office.storage.cases.timeline(case.guild, case.number)
    notes = [event.text for event in events if event.kind is EventKind.NOTE]
    assert notes == [f"{down}: it is tried again by itself"]


async def test_a_pause_that_discord_asks_for_is_kept() -> None:
    office = Office(UnreachableError("shut out", wait=timedelta(minutes=10)), Applied())
    await office.carry_out.run(await office.open())
    await office.all_done()
    assert office.slept == [600]


async def test_a_broken_record_is_tried_again_and_given_up_until_the_next_start() -> None:
    office = Office(*(StorageError("the disk is full") for _ in range(50)))
    case = await office.open()
    office.carry_out.submit(case)
    await office.all_done()
    assert await office.state(case) is CaseState.PENDING
    assert office.slept == [2, 4, 8, 16, 32, 64]


async def test_a_start_finds_what_a_crash_left() -> None:
    office = Office()
    pending = await office.open("c1")
    reversed_ = await office.open("c2", author="ann")
    await office.storage.cases.settle(reversed_, Applied())  # its effects are unsettled
    assert await office.carry_out.resume() == 2
    await office.all_done()
    assert await office.state(pending) is CaseState.APPLIED
    assert sorted(office.enforcer.followed) == [1, 2]


async def test_a_start_with_a_broken_record_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    case = await office.open()
    pending, failures = office.storage.cases.pending, [StorageError("the disk is full")]

    async def fails_once() -> list[Case]:
        if failures:
            raise failures.pop()
        return await pending()

    monkeypatch.setattr(office.storage.cases, "pending", fails_once)
    assert await office.carry_out.resume() == 0
    await office.all_done()
    assert await office.state(case) is CaseState.APPLIED
    assert office.slept == [30]


async def test_a_settled_case_without_open_effects_is_left_alone() -> None:
    office = Office()
    case = await office.open()
    await office.carry_out.run(case)
    assert await office.carry_out.resume() == 0


async def test_what_does_not_fit_into_memory_is_fetched_from_the_record() -> None:
    office = Office(backlog=3)
    cases = [await office.open(f"c{n}", author=f"a{n}") for n in range(20)]
    office.enforcer.gate = asyncio.Event()
    for case in cases:
        office.carry_out.submit(case)
    office.enforcer.gate.set()
    await office.all_done()
    assert sorted(office.enforcer.enforced) == list(range(1, 21))


async def test_a_stop_finishes_what_is_in_hand_and_leaves_the_rest() -> None:
    office = Office()
    first, second = await office.open("c1"), await office.open("c2")
    office.enforcer.gate = asyncio.Event()
    office.carry_out.submit(first)
    office.carry_out.submit(second)
    await asyncio.sleep(0)
    closing = asyncio.create_task(office.carry_out.aclose())
    await asyncio.sleep(0)
    office.enforcer.gate.set()
    await closing
    assert await office.state(first) is CaseState.APPLIED
    assert await office.state(second) is CaseState.PENDING
    office.carry_out.submit(second)
    assert office.enforcer.enforced == [1]


async def test_a_stop_does_not_wait_for_ever() -> None:
    office = Office()
    case = await office.open()
    office.enforcer.gate = asyncio.Event()
    office.carry_out.submit(case)
    await asyncio.sleep(0)
    await office.carry_out.aclose(grace=timedelta())
    assert await office.state(case) is CaseState.PENDING
    effects = await office.storage.ledger.effects(case.guild, case.number)
    assert [e.kind for e in effects if e.state is EffectState.PLANNED] == [
        EffectKind.NOTICE,
        EffectKind.LOG,
    ]


async def test_a_case_that_is_not_recorded_is_an_error() -> None:
    case = await Office().open()
    with pytest.raises(StorageError, match="not in the record"):
        await Office().carry_out.run(case)

"""Carries cases out: enforce, settle, follow up. In the background, and in order for each member.

It decides nothing and touches nothing itself: the enforcer does. A case is in the record before it
comes here, so whatever is dropped by a stop, a crash or a full queue is found again by `resume`.
Called by the live intake, by every use-case that decides a case, and at start-up.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import structlog

from bot.domain.action import Shadowed
from bot.domain.case import Case, CaseEvent, CaseState, EventKind
from bot.domain.ids import GuildId, MemberId
from bot.errors import StorageError, UnreachableError
from bot.moderation.ports import CaseLog, Enforcer, Ledger
from config.policy import Mode

AT_ONCE = 8
"""Members dealt with side by side: Discord allows few requests a second in one channel anyway."""
BACKLOG = 2_000
"""Cases kept waiting in memory; further ones wait in the record alone."""
OVERFLOW_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=5)
TRIES = 6
"""Tries of a case that breaks on our side (the database); then it waits for the next start."""

_log = structlog.stdlib.get_logger(__name__)

_Name = tuple[GuildId, int]
_Line = tuple[GuildId, MemberId]


class CarryOut:
    """Sees each case through, one at a time per case. `sleep` is asyncio's but for tests."""

    def __init__(
        self,
        *,
        cases: CaseLog,
        ledger: Ledger,
        enforcer: Enforcer,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        backlog: int = BACKLOG,
    ) -> None:
        self._cases = cases
        self._ledger = ledger
        self._enforcer = enforcer
        self._clock = clock
        self._sleep = sleep
        self._backlog = backlog
        self._locks: WeakValueDictionary[_Name, asyncio.Lock] = WeakValueDictionary()
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._lines: dict[_Line, deque[Case]] = {}
        self._queued: set[_Name] = set()
        self._workers: set[asyncio.Task[None]] = set()
        self._retries: dict[_Name, asyncio.Task[None]] = {}
        self._tries: Counter[_Name] = Counter()
        self._overflow: asyncio.Task[None] | None = None
        self._is_closed = False

    async def run(self, case: Case) -> Case:
        """Carry a case out now and return it as it stands then. Safe to call twice.

        Where Discord does not answer, it goes on in the background and the case may be pending
        still.

        Raises:
            StorageError: the record failed; `resume` finds what is left to do.
        """
        try:
            done = await self._see_through(case)
        except UnreachableError as error:
            await self._put_off(case, error)
            return await self._as_recorded(case)
        self._tries.pop((case.guild, case.number), None)
        return done

    def submit(self, case: Case) -> None:
        """Carry a case out in the background, after the member's earlier ones."""
        name = (case.guild, case.number)
        if self._is_closed or name in self._queued or name in self._retries:
            return
        if len(self._queued) + len(self._retries) >= self._backlog:
            if self._overflow is None:
                _log.warning("carry_out_backlog_full", backlog=self._backlog)
            self._look_again_later()
            return
        self._queued.add(name)
        line = (case.guild, case.draft.member.id)
        if line in self._lines:
            self._lines[line].append(case)
            return
        self._lines[line] = deque([case])
        worker = asyncio.create_task(self._work(line))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def resume(self) -> int:
        """Submit every case that is pending or has unsettled effects; says how many.

        Called once Discord is there, after a start and after a lost session. Where the record
        cannot be read, it is looked into again in a while.
        """
        try:
            found = await self._unfinished()
        except StorageError:
            _log.exception("carry_out_resume_failed")
            self._look_again_later()
            return 0
        for case in found:
            self.submit(case)
        return len(found)

    async def drained(self) -> None:
        """Wait until nothing is in hand (cases that wait for Discord to answer are not)."""
        while self._workers:
            await asyncio.wait(self._workers)

    async def aclose(self, *, grace: timedelta = timedelta(seconds=10)) -> None:
        """Finish what is in hand within `grace`, leave the rest to `resume`, take nothing more."""
        self._is_closed = True
        for line in self._lines.values():
            line.clear()
        sleepers = [*self._retries.values(), *filter(None, [self._overflow])]
        for sleeper in sleepers:
            sleeper.cancel()
        if self._workers:
            await asyncio.wait(self._workers, timeout=grace.total_seconds())
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, *sleepers, return_exceptions=True)

    async def _unfinished(self) -> list[Case]:
        found = {(case.guild, case.number): case for case in await self._cases.pending()}
        for effect in await self._ledger.unsettled():
            name = (effect.guild, effect.case)
            if name not in found and (case := await self._cases.get(*name)) is not None:
                found[name] = case
        return list(found.values())

    async def _see_through(self, case: Case) -> Case:
        name = (case.guild, case.number)
        async with self._locks.setdefault(name, asyncio.Lock()):
            known = await self._as_recorded(case)
            if known.state is CaseState.PENDING:
                shadow = known.draft.mode is Mode.SHADOW
                outcome = Shadowed() if shadow else await self._enforcer.enforce(known)
                known = await self._cases.settle(known, outcome)
            await self._enforcer.follow_up(known)
            return known

    async def _as_recorded(self, case: Case) -> Case:
        known = await self._cases.get(case.guild, case.number)
        if known is None:
            raise StorageError(f"case {case.number} of server {case.guild} is not in the record")
        return known

    async def _work(self, line: _Line) -> None:
        waiting = self._lines[line]
        while waiting:
            async with self._at_once:
                if not waiting:
                    break  # emptied by `aclose` meanwhile
                case = waiting.popleft()
                self._queued.discard((case.guild, case.number))
                await self._attend(case)
        del self._lines[line]

    async def _attend(self, case: Case) -> None:
        """Run a case; this is the background, so nobody else hears of what breaks."""
        try:
            await self.run(case)
        except Exception:  # noqa: BLE001 - a background loop: logged, and tried again
            _log.exception("carry_out_failed", guild=case.guild, case=case.number)
            if self._tries[case.guild, case.number] < TRIES:
                self._try_again(case, timedelta())

    async def _put_off(self, case: Case, error: UnreachableError) -> None:
        is_first = self._tries[case.guild, case.number] == 0
        self._try_again(case, error.wait)
        _log.warning("carry_out_put_off", guild=case.guild, case=case.number, why=str(error))
        if is_first:
            text = f"{error}: it is tried again by itself"
            event = CaseEvent(self._clock(), EventKind.NOTE, None, text)
            await self._cases.note(case.guild, case.number, event)

    def _try_again(self, case: Case, wait: timedelta) -> None:
        """Submit the case again after a pause that doubles with each try, from two seconds on."""
        name = (case.guild, case.number)
        if self._is_closed or name in self._retries:
            return
        self._tries[name] += 1
        pause = max(wait, min(timedelta(seconds=2 ** min(self._tries[name], 10)), LONGEST_PAUSE))
        retry = asyncio.create_task(self._later(case, pause))
        self._retries[name] = retry

    def _look_again_later(self) -> None:
        """Look into the record in a while for what does not fit into memory now."""
        if self._overflow is None and not self._is_closed:
            self._overflow = asyncio.create_task(self._resume_later())

    async def _resume_later(self) -> None:
        await self._sleep(OVERFLOW_PAUSE.total_seconds())
        self._overflow = None
        await self.resume()

    async def _later(self, case: Case, pause: timedelta) -> None:
        await self._sleep(pause.total_seconds())
        self._retries.pop((case.guild, case.number), None)
        self.submit(case)

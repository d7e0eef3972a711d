"""The batcher: one scorer shared by everyone who asks, a few texts or a hundred thousand.

What arrives while the engine works is scored together next; when it is idle nothing waits. Bounded
by tokens, most urgent first. It wraps a scorer and never touches a model. Made by the composition
roots, which hand out `lane`s.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from time import monotonic

from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Scores
from bot.errors import ScoringBusyError, ScoringError, ScoringLateError
from bot.moderation.ports import Scorer
from config.labels import Label

BATCH_TOKENS = 2048
"""Estimated tokens handed to the scorer at once: about what it scores in one go itself."""
WAITING_TOKENS = 8192
"""Estimated tokens that may wait: about a second of work."""
AT_ONCE = 2
"""Batches with the scorer at one time: while one is being read out, the next is on its way."""

_LETTERS_A_TOKEN = 4
_TOKENS_OF_ANY = 4
"""What a text costs beyond its letters."""


class Priority(IntEnum):
    """Whose texts are scored first."""

    LIVE = 0
    """Somebody waits for the answer."""
    CATCH_UP = 1
    """What was missed while away."""
    BACKTEST = 2


@dataclass(slots=True)
class _Waiter:
    """One text that waits. `late_at` is on the batcher's clock; None waits for ever."""

    reading: Reading
    tokens: int
    late_at: float | None
    answer: asyncio.Future[Scores]


class Batcher:
    """Shares one scorer. `clock` counts seconds and never goes back."""

    def __init__(
        self,
        scorer: Scorer,
        *,
        batch_tokens: int = BATCH_TOKENS,
        waiting_tokens: int = WAITING_TOKENS,
        at_once: int = AT_ONCE,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.scorer = scorer
        self._batch_tokens = batch_tokens
        self._waiting_tokens = waiting_tokens
        self._clock = clock
        self._queues = {priority: deque[_Waiter]() for priority in Priority}
        self._tokens = 0
        self._free = at_once
        self._at_work: set[asyncio.Task[None]] = set()
        self._has_room = asyncio.Condition()
        self._is_closing = False
        self._is_due = False

    def lane(
        self, priority: Priority, *, patience: timedelta | None = None, is_patient: bool = True
    ) -> "Lane":
        """Give one kind of asker its scorer.

        Scoring that takes longer than `patience` is given up. Where too much waits, a patient asker
        waits for room; another gets a `ScoringBusyError` at once.
        """
        return Lane(self, priority, patience, is_patient=is_patient)

    @property
    def waiting(self) -> int:
        """Count the texts that wait, those with the scorer left out."""
        return sum(map(len, self._queues.values()))

    def now(self) -> float:
        """Tell the time on the batcher's clock."""
        return self._clock()

    async def aclose(self) -> None:
        """Take nothing on any more, and score what waits to the end."""
        self._is_closing = True
        self._dispatch()
        while self._at_work:
            await asyncio.wait(self._at_work)

    async def ask(
        self,
        readings: Sequence[Reading],
        priority: Priority,
        late_at: float | None,
        *,
        is_patient: bool,
    ) -> list[Scores]:
        """Score readings, in order; called by lanes. A cancelled call's texts are left out.

        Raises:
            ScoringBusyError: there is no room, or the batcher is closing.
            ScoringLateError: `late_at` passed before all were scored.
            ScoringError: the scorer failed on one of them.
        """
        loop = asyncio.get_running_loop()
        waiters: list[_Waiter] = []
        try:
            for reading in readings:
                waiter = _Waiter(reading, _tokens_of(reading), late_at, loop.create_future())
                await self._make_room(waiter, is_patient=is_patient, is_first=not waiters)
                self._queues[priority].append(waiter)
                self._tokens += waiter.tokens
                waiters.append(waiter)
                self._dispatch_soon(loop)
            return [await waiter.answer for waiter in waiters]
        finally:
            for waiter in waiters:
                waiter.answer.cancel()
                if waiter.answer.done() and not waiter.answer.cancelled():
                    waiter.answer.exception()  # heard: the first failure speaks for all

    async def _make_room(self, waiter: _Waiter, *, is_patient: bool, is_first: bool) -> None:
        """Wait for room, or refuse. A request that was taken on is not refused halfway."""
        if self._is_closing:
            raise ScoringBusyError("the scorer is being stopped and takes no more texts on")
        if is_patient:
            async with self._has_room:
                await self._has_room.wait_for(self._may_wait)
        elif is_first and not self._may_wait():
            raise ScoringBusyError(
                f"{self.waiting} texts wait to be scored already, so no more are taken on"
            )
        if waiter.late_at is not None and self._clock() >= waiter.late_at:
            raise _late()

    def _may_wait(self) -> bool:
        return self._tokens < self._waiting_tokens

    def _dispatch_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """Dispatch after what arrives in the same turn of the loop has arrived."""
        if not self._is_due:
            self._is_due = True
            loop.call_soon(self._dispatch)

    def _dispatch(self) -> None:
        self._is_due = False
        while self._free and (batch := self._next_batch()):
            self._free -= 1
            task = asyncio.get_running_loop().create_task(self._work(batch))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)

    def _next_batch(self) -> list[_Waiter]:
        """Take the most urgent texts that somebody still waits for, up to a batch's tokens."""
        batch: list[_Waiter] = []
        room, now = self._batch_tokens, self._clock()
        for queue in self._queues.values():
            while queue and (room == self._batch_tokens or queue[0].tokens <= room):
                waiter = queue.popleft()
                self._tokens -= waiter.tokens
                if waiter.answer.done():
                    continue
                if waiter.late_at is not None and now >= waiter.late_at:
                    waiter.answer.set_exception(_late())
                    continue
                batch.append(waiter)
                room -= min(waiter.tokens, room)
            if queue and room < self._batch_tokens:
                break
        return batch

    async def _work(self, batch: list[_Waiter]) -> None:
        try:
            await self._score(batch)
        finally:
            self._free += 1
            self._dispatch()
            async with self._has_room:
                self._has_room.notify_all()

    async def _score(self, batch: list[_Waiter]) -> None:
        """Score a batch; where it fails, halve it until the text to blame stands alone."""
        batch = [waiter for waiter in batch if not waiter.answer.done()]
        if not batch:
            return
        [outcome] = await asyncio.gather(
            self.scorer.score([waiter.reading for waiter in batch]), return_exceptions=True
        )
        if isinstance(outcome, ScoringError) and len(batch) > 1:
            middle = len(batch) // 2
            await self._score(batch[:middle])
            await self._score(batch[middle:])
            return
        answers = _answers(outcome, len(batch))
        for waiter, answer in zip(batch, answers, strict=True):
            if waiter.answer.done():
                continue
            if isinstance(answer, BaseException):
                waiter.answer.set_exception(answer)
            else:
                waiter.answer.set_result(answer)


class Lane:
    """The batcher as one kind of asker sees it. Fits the port `bot.moderation.ports.Scorer`."""

    def __init__(
        self,
        batcher: Batcher,
        priority: Priority,
        patience: timedelta | None,
        *,
        is_patient: bool,
    ) -> None:
        self._batcher = batcher
        self._priority = priority
        self._patience = patience
        self._is_patient = is_patient

    @property
    def model(self) -> ModelId:
        """Say which model speaks."""
        return self._batcher.scorer.model

    @property
    def labels(self) -> tuple[Label, ...]:
        """Say which labels the model has."""
        return self._batcher.scorer.labels

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        """Score each reading, in order: the worst over spellings and windows.

        Raises:
            ScoringError: one of them could not be scored; see `Batcher.ask`.
        """
        return await self._batcher.ask(
            readings, self._priority, self._late_at(), is_patient=self._is_patient
        )

    def _late_at(self) -> float | None:
        if self._patience is None:
            return None
        return self._batcher.now() + self._patience.total_seconds()


def _tokens_of(reading: Reading) -> int:
    """Estimate what a reading costs: its letters, twice where its folding is scored too."""
    letters = len(reading.plain)
    if reading.folded != reading.plain:
        letters += len(reading.folded)
    return _TOKENS_OF_ANY + letters // _LETTERS_A_TOKEN


def _answers(outcome: list[Scores] | BaseException, asked: int) -> Sequence[Scores | BaseException]:
    """Give each text its answer; one answer too many or too few is nobody's."""
    if isinstance(outcome, BaseException):
        return [outcome] * asked
    if len(outcome) != asked:
        error = ScoringError(f"the scorer answered {len(outcome)} of {asked} texts")
        return [error] * asked
    return outcome


def _late() -> ScoringLateError:
    return ScoringLateError("the time for scoring this ran out before its turn came")

"""The batcher: one scorer shared by everyone who asks, a few texts or a hundred thousand.

What arrives while the engine is busy is scored together next; when it is not, nothing waits. Most
urgent first; bounded by tokens, and for the impatient by the time that those before them will take
at the engine's present pace. It wraps a scorer and never touches a model. Made by the composition
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
from bot.errors import (
    ModelUnavailableError,
    ScoringBusyError,
    ScoringError,
    ScoringLateError,
    UnfitFormError,
)
from bot.moderation.ports import Scorer
from config.labels import Label

BATCH_TOKENS = 2048
"""Estimated tokens handed to the scorer at once: about what it scores in one go itself."""
CATCH_UP_TOKENS = 256
"""As many of what nobody waits for: a live text is held up by three of these at most."""
WAITING_TOKENS = 8192
"""Estimated tokens that may wait, those of less urgent texts left out."""
AT_ONCE = 3
"""Batches with the scorer at one time: one for each of two cores, and the next at hand. Its cores
share all of them."""

_LETTERS_A_TOKEN = 4
_TOKENS_OF_ANY = 4
"""What a text costs beyond its letters."""

_HALF_LIFE_TOKENS = 2048
"""What was scored so many tokens ago counts half for the pace."""
_GUESS = 64.0, 64 / 8192
"""The pace before anything was scored: so many tokens in so many seconds."""
_LONGEST_LEARNT_S = 2.0
"""A batch that takes longer hung: that says little of the pace."""


class Priority(IntEnum):
    """Whose texts are scored first."""

    LIVE = 0
    """Somebody waits for the answer."""
    CATCH_UP = 1
    """What was missed while away."""


@dataclass(slots=True, eq=False)
class _Waiter:
    """One text that waits. `late_at` is on the batcher's clock; None waits for ever."""

    reading: Reading
    tokens: int
    late_at: float | None
    answer: asyncio.Future[Scores]


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """What is with the scorer, since when on the batcher's clock."""

    waiters: list[_Waiter]
    began: float

    @property
    def tokens(self) -> int:
        return sum(waiter.tokens for waiter in self.waiters)


class _Pace:
    """How quickly the scorer works, by what it did last."""

    def __init__(self) -> None:
        self._tokens, self._seconds = _GUESS

    def learn(self, tokens: int, seconds: float) -> None:
        kept = 0.5 ** (tokens / _HALF_LIFE_TOKENS)
        self._tokens = kept * self._tokens + tokens
        self._seconds = kept * self._seconds + min(seconds, _LONGEST_LEARNT_S)

    def seconds_for(self, tokens: int) -> float:
        return tokens * self._seconds / self._tokens


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
        self._at_once = at_once
        self._tokens = dict.fromkeys(Priority, 0)
        self._in_hand: list[_Batch] = []
        self._at_work: set[asyncio.Task[None]] = set()
        self._pace = _Pace()
        self._done_at = clock()
        self._has_room = asyncio.Event()
        self._is_closing = False
        self._is_due = False

    def lane(
        self,
        priority: Priority,
        *,
        patience: timedelta | None = None,
        longest_wait: timedelta | None = None,
    ) -> "Lane":
        """Give one kind of asker its scorer.

        What does not reach the scorer within `patience` is given up. Where what waits will by all
        appearances take longer than `longest_wait`, or too much waits, a `ScoringBusyError` comes
        at once; without `longest_wait` an asker waits for room.
        """
        return Lane(self, priority, patience, longest_wait)

    @property
    def waiting(self) -> int:
        """Count the texts that wait, those with the scorer left out."""
        return sum(map(len, self._queues.values()))

    @property
    def held_s(self) -> float:
        """Count the seconds that the scorer has had its oldest batch; 0 while it has none."""
        now = self._clock()
        return now - min((batch.began for batch in self._in_hand), default=now)

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
        longest_wait: timedelta | None,
    ) -> list[Scores]:
        """Score readings, in order; called by lanes. A cancelled call's texts are left out.

        Raises:
            ScoringBusyError: it would wait too long, or the batcher is closing.
            ScoringLateError: `late_at` passed before all were scored.
            ScoringError: the scorer failed on one of them.
        """
        loop = asyncio.get_running_loop()
        waiters: list[_Waiter] = []
        if longest_wait is not None:  # what was taken on is not refused halfway
            self._require_quick(priority, longest_wait)
        try:
            for reading in readings:
                waiter = _Waiter(reading, _tokens_of(reading), late_at, loop.create_future())
                if longest_wait is None:
                    await self._make_room(priority)
                self._require_time(waiter)
                self._queues[priority].append(waiter)
                self._tokens[priority] += waiter.tokens
                waiters.append(waiter)
                self._dispatch_soon(loop)
            return [await waiter.answer for waiter in waiters]
        finally:
            for waiter in waiters:
                waiter.answer.cancel()
                if waiter.answer.cancelled():
                    self._forget(waiter, priority)
                else:
                    waiter.answer.exception()  # heard: the first failure speaks for all

    def _forget(self, waiter: _Waiter, priority: Priority) -> None:
        """Take out what nobody waits for any more, if it is not with the scorer already."""
        if waiter in self._queues[priority]:
            self._queues[priority].remove(waiter)
            self._tokens[priority] -= waiter.tokens
            self._has_room.set()

    def _require_quick(self, priority: Priority, longest_wait: timedelta) -> None:
        """Refuse where those who come first will take too long."""
        waiting = self._waiting_tokens_before(priority)
        in_hand = sum(batch.tokens for batch in self._in_hand)
        seconds = self._pace.seconds_for(waiting + in_hand)
        if waiting >= self._waiting_tokens or seconds > longest_wait.total_seconds():
            raise ScoringBusyError(
                f"{self.waiting} texts wait to be scored already, so no more are taken on"
            )

    async def _make_room(self, priority: Priority) -> None:
        """Wait until not too much waits."""
        while self._waiting_tokens_before(priority) >= self._waiting_tokens:
            self._has_room.clear()
            await self._has_room.wait()

    def _waiting_tokens_before(self, priority: Priority) -> int:
        """Count the tokens that come before a new text: as urgent ones, or more urgent."""
        return sum(self._tokens[other] for other in Priority if other <= priority)

    def _require_time(self, waiter: _Waiter) -> None:
        """Refuse what nobody would see the answer of."""
        if self._is_closing:
            raise ScoringBusyError("the scorer is being stopped and takes no more texts on")
        if waiter.late_at is not None and self._clock() >= waiter.late_at:
            raise _late()

    def _dispatch_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """Dispatch after what arrives in the same turn of the loop has arrived."""
        if not self._is_due:
            self._is_due = True
            loop.call_soon(self._dispatch)

    def _dispatch(self) -> None:
        self._is_due = False
        while len(self._in_hand) < self._at_once and (waiters := self._next_waiters()):
            batch = _Batch(waiters, self._clock())
            self._in_hand.append(batch)
            task = asyncio.get_running_loop().create_task(self._work(batch))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)

    def _size_of(self, priority: Priority) -> int:
        """Say how many tokens make a full batch."""
        most = self._batch_tokens
        return most if priority is Priority.LIVE else min(most, CATCH_UP_TOKENS)

    def _next_waiters(self) -> list[_Waiter]:
        """Take the most urgent texts that somebody still waits for, up to a batch's tokens."""
        return self._take(Priority.LIVE) or self._take(Priority.CATCH_UP)

    def _take(self, priority: Priority) -> list[_Waiter]:
        taken: list[_Waiter] = []
        queue, room, now = self._queues[priority], self._size_of(priority), self._clock()
        while queue and (not taken or queue[0].tokens <= room):
            waiter = queue.popleft()
            self._tokens[priority] -= waiter.tokens
            self._has_room.set()
            if waiter.late_at is not None and now >= waiter.late_at:
                waiter.answer.set_exception(_late())
                continue
            taken.append(waiter)
            room -= waiter.tokens
        return taken

    async def _work(self, batch: _Batch) -> None:
        try:
            await self._score(batch.waiters)
        finally:
            self._in_hand.remove(batch)
            # Batches beside each other share the time: each counts from the end of the one before.
            now = self._clock()
            self._pace.learn(batch.tokens, now - max(batch.began, self._done_at))
            self._done_at = now
            self._dispatch()

    async def _score(self, batch: Sequence[_Waiter]) -> None:
        """Score a batch; where it fails, halve it until the text to blame stands alone.

        Equal texts are one: a raid with a text that breaks the scorer breaks it no more often.
        """
        alike: dict[Reading, list[_Waiter]] = {}
        for waiter in batch:
            if not waiter.answer.done():
                alike.setdefault(waiter.reading, []).append(waiter)
        readings = list(alike)
        if not readings:
            return
        [outcome] = await asyncio.gather(self.scorer.score(readings), return_exceptions=True)
        if len(readings) > 1 and _may_be_one_texts(outcome):
            middle = len(readings) // 2
            for half in (readings[:middle], readings[middle:]):
                await self._score([waiter for reading in half for waiter in alike[reading]])
            return
        for reading, answer in zip(readings, _answers(outcome, len(readings)), strict=True):
            for waiter in alike[reading]:
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
        longest_wait: timedelta | None,
    ) -> None:
        self._batcher = batcher
        self._priority = priority
        self._patience = patience
        self._longest_wait = longest_wait

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
            readings, self._priority, self._late_at(), self._longest_wait
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


def _may_be_one_texts(outcome: list[Scores] | BaseException) -> bool:
    """Say whether one text may be to blame: for a model that cannot be had, none is."""
    return isinstance(outcome, ScoringError) and not isinstance(
        outcome, ModelUnavailableError | UnfitFormError
    )


def _late() -> ScoringLateError:
    return ScoringLateError("the time for scoring this ran out before its turn came")

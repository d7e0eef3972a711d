"""One run of the engine's process: questions go out, and answers come in whatever order.

The first thing that goes wrong ends it, and everybody who waits hears why; who starts another one
is `bot.scoring.guarded`. The other end is `bot.scoring.child`, what passes between them
`bot.scoring.wire`.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol, cast

import structlog

from bot.domain.reading import Reading
from bot.domain.scores import Scores
from bot.errors import ModelUnavailableError, ModerationError, ScoringError
from bot.scoring.own_process import environment
from bot.scoring.wire import (
    LONGEST_LINE,
    GarbledError,
    Greeting,
    read_answer,
    read_greeting,
    write_question,
)

START_SECONDS = 900.0
"""A first start may fetch a gigabyte of model."""
BATCH_SECONDS, SECONDS_A_LETTER = 30.0, 0.005
"""How long a batch may take before the engine counts as hanging: some hundred times its need, and
that of those in hand before it."""
CLOSE_SECONDS = 5.0

STDIN, STDOUT = 0, 1

_log = structlog.stdlib.get_logger(__name__)


class Timer(Protocol):
    """What is to be called later, unless it is cancelled."""

    def cancel(self) -> None:
        """Do not call it."""


Later = Callable[[float, Callable[[], None]], Timer]
"""Calls something after so many seconds, as `AbstractEventLoop.call_later` does."""


class BrokenError(Exception):
    """The process is of no more use; the message ends the sentence "the engine ...".

    `is_to_blame`: what was asked is, for nothing else was in hand or nothing else took too long.
    """

    def __init__(self, why: str, *, is_to_blame: bool) -> None:
        super().__init__(why)
        self.is_to_blame = is_to_blame


@dataclass(frozen=True, slots=True)
class _Question:
    """What was asked and is not answered yet; who asked may have left."""

    texts: int
    letters: int
    answer: asyncio.Future[list[Scores]]
    timer: Timer


async def start_process(command: Sequence[str], later: Later | None) -> "EngineProcess":
    """Start a process that speaks as `bot.scoring.wire` says. Its greeting is still to come.

    Raises:
        ModelUnavailableError: it cannot be started.
    """
    loop = asyncio.get_running_loop()
    try:
        _, process = await loop.subprocess_exec(
            lambda: EngineProcess(later or loop.call_later),
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=None,
            env=environment(),
        )
    except OSError as error:
        raise ModelUnavailableError(
            f"the scoring engine's process cannot be started ({error.strerror})"
        ) from error
    return process


class EngineProcess(asyncio.SubprocessProtocol):
    """A running engine. Made by `start_process`."""

    def __init__(self, later: Later) -> None:
        loop = asyncio.get_running_loop()
        self._later = later
        self._greeting: asyncio.Future[Greeting] = loop.create_future()
        self._gone: asyncio.Future[None] = loop.create_future()
        self._pending: dict[int, _Question] = {}
        self._number = 0
        self._received = bytearray()
        self._is_closing = False
        self._broken: str | None = None
        self._killing: Timer | None = None

    @property
    def is_broken(self) -> bool:
        """Say whether it is of no more use."""
        return self._broken is not None

    @property
    def process_id(self) -> int:
        """Say which process it is."""
        return self._transport.get_pid()

    async def greeted(self) -> Greeting:
        """Wait until the model is loaded.

        Raises:
            ModerationError: it cannot be loaded.
            ModuleNotFoundError: a package that it needs is not installed.
            BrokenError: the process went wrong.
        """
        timer = self._later(START_SECONDS, partial(self._hang, START_SECONDS))
        try:
            return await asyncio.shield(self._greeting)
        finally:
            timer.cancel()

    async def ask(self, readings: Sequence[Reading]) -> list[Scores]:
        """Have readings scored. One who leaves early is still waited for by the clock.

        Raises:
            ScoringError: the engine tells of a failure.
            BrokenError: the process went wrong.
        """
        if self._broken is not None:
            raise BrokenError(self._broken, is_to_blame=False)
        self._number += 1
        number = self._number
        letters = sum(len(each.plain) + len(each.folded) for each in readings)
        in_hand = letters + sum(question.letters for question in self._pending.values())
        seconds = BATCH_SECONDS + SECONDS_A_LETTER * in_hand
        question = _Question(
            len(readings),
            letters,
            asyncio.get_running_loop().create_future(),
            self._later(seconds, partial(self._hang, seconds, number)),
        )
        self._pending[number] = question
        self._input().write(write_question(number, readings))
        return await question.answer

    def end(self, why: str, number: int | None = None) -> None:
        """End it at once; `number` is the question to blame, if it is known."""
        if self._broken is None:
            self._kill()
            self._give_up(why, number)

    async def gone(self) -> None:
        """Wait until the system has let go of it, whoever else may hold its pipes."""
        await asyncio.shield(self._gone)
        self._transport.close()

    async def close(self) -> None:
        """Let it end by itself, or end it."""
        self._is_closing = True
        timer = self._later(CLOSE_SECONDS, self._stay)
        self._input().close()
        await self.gone()
        timer.cancel()

    # What the event loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hear that it runs."""
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Hear what it says, which may be lines or a part of one."""
        del fd  # it has but one voice
        self._received += data
        if b"\n" in data:
            *lines, rest = bytes(self._received).split(b"\n")
            self._received = bytearray(rest)
            for line in lines:
                self._hear(line)
        if len(self._received) > LONGEST_LINE:
            self.end("gave an answer without end")

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Hear that it will say no more; that it hears no more comes of the same, or is a hang."""
        del exc
        if fd == STDOUT and not self._is_closing and self._broken is None:
            # It is dead, and whoever waits for that hears of it soon; or it only fell silent.
            self._killing = self._later(CLOSE_SECONDS, self._kill)
            self._give_up("ended unexpectedly")

    def process_exited(self) -> None:
        """Hear that the system has let go of it; what it said last may still be on the way."""
        if self._killing is not None:
            self._killing.cancel()
        self._gone.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear that all has come that will come."""
        del exc
        if self._broken is None:
            self._give_up("ended")

    # What becomes of it

    def _hear(self, line: bytes) -> None:
        if self._broken is not None:
            return
        try:
            if not self._greeting.done():
                self._welcome(read_greeting(line))
            elif self._greeting.exception() is None:
                self._take(*read_answer(line, self._greeting.result().model))
        except GarbledError as error:
            self.end(str(error))

    def _welcome(self, greeting: Greeting | ModerationError | ModuleNotFoundError) -> None:
        if isinstance(greeting, Greeting):
            self._greeting.set_result(greeting)
        else:
            self._greeting.set_exception(greeting)

    def _take(self, number: int, answer: list[Scores] | ScoringError) -> None:
        """Give an answer to who asked, or to nobody where they left."""
        question = self._pending.get(number)
        if question is None:
            self.end("answered what nobody asked")
            return
        if not isinstance(answer, ScoringError) and len(answer) != question.texts:
            self.end(f"answered {len(answer)} of {question.texts} texts", number)
            return
        del self._pending[number]
        question.timer.cancel()
        if question.answer.done():
            return
        if isinstance(answer, ScoringError):
            question.answer.set_exception(answer)
        else:
            question.answer.set_result(answer)

    def _give_up(self, why: str, number: int | None = None) -> None:
        """Tell everybody who waits."""
        self._broken = why
        pending, self._pending = self._pending, {}
        if pending:
            _log.warning("scoring_engine_broke", why=why, batches=len(pending))
        if not self._greeting.done():
            self._greeting.set_exception(BrokenError(why, is_to_blame=True))
            self._greeting.exception()  # whoever waits for it hears it; perhaps nobody does
        for each, question in pending.items():
            question.timer.cancel()
            if not question.answer.done():
                is_to_blame = len(pending) == 1 or each == number
                question.answer.set_exception(BrokenError(why, is_to_blame=is_to_blame))

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            self._transport.kill()

    def _hang(self, seconds: float, number: int | None = None) -> None:
        self.end(f"gave no answer for {seconds:.0f} seconds", number)

    def _stay(self) -> None:
        _log.warning("scoring_engine_killed", why="it did not end when it was asked to")
        self.end("did not end when it was asked to")

    def _input(self) -> asyncio.WriteTransport:
        return cast("asyncio.WriteTransport", self._transport.get_pipe_transport(STDIN))

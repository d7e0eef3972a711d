"""The engine in a process of its own, watched: if it dies, hangs or babbles, it is started again.

Nothing is lost by that: a text in hand is given once more, and of several the batcher gives each
half. The event loop stays free, and a crash in a library's machine code takes no bot with it. The
other end is `bot.scoring.child`. Opened by the composition roots.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Scores
from bot.errors import ModelUnavailableError, ScoringError
from bot.scoring.own_process import command, environment
from bot.scoring.published import BUNDLED
from bot.scoring.scorer import EngineChoice
from bot.scoring.wire import (
    LONGEST_LINE,
    GarbledError,
    Greeting,
    read_answer,
    read_greeting,
    write_question,
)
from config.labels import Label

TRIES = 2
"""How often a text is given before it is held to be what breaks the engine. Several are given once:
who asked gives each half of them again, which finds the one sooner, above all if it hangs."""
START_SECONDS = 900.0
"""A first start may fetch a gigabyte of model."""
BATCH_SECONDS, SECONDS_A_LETTER = 30.0, 0.005
"""How long a batch may take before the engine counts as hanging: some hundred times its need."""
CLOSE_SECONDS = 5.0

Limit = Callable[[Awaitable[bytes], float], Awaitable[bytes]]
"""Waits for a line, and raises TimeoutError when so many seconds are over."""

_log = structlog.stdlib.get_logger(__name__)


@asynccontextmanager
async def open_scorer(
    name_or_path: str = BUNDLED, engine: EngineChoice = EngineChoice.AUTO
) -> AsyncGenerator["GuardedScorer"]:
    """Open a model as `bot.scoring.scorer.load_scorer` does, but in a process of its own.

    Raises:
        ModerationError: what `load_scorer` raises, or its process cannot be started.
        ModuleNotFoundError: a package that this model needs is not installed.
    """
    scorer = GuardedScorer(command("bot.scoring.child", name_or_path, engine.value))
    try:
        await scorer.start()
        yield scorer
    finally:
        await scorer.aclose()


class _BrokenError(Exception):
    """The process is of no more use; the message ends the sentence "the engine ..."."""


class GuardedScorer:
    """Scores in another process, one batch at a time. Fits `bot.moderation.ports.Scorer`.

    `command` starts a process that speaks as `bot.scoring.wire` says. `limit` waits no longer than
    it is told to.
    """

    def __init__(self, command: Sequence[str], *, limit: Limit = asyncio.wait_for) -> None:
        self._command = command
        self._limit = limit
        self._process: asyncio.subprocess.Process | None = None
        self._greeting: Greeting | None = None
        self._number = 0
        # Held by who speaks with the process: with two batches in hand, a death would blame both.
        self._turn = asyncio.Lock()

    @property
    def model(self) -> ModelId:
        """Say which model speaks."""
        return self._greeted().model

    @property
    def labels(self) -> tuple[Label, ...]:
        """Say which labels the model has."""
        return self._greeted().labels

    @property
    def process_id(self) -> int | None:
        """Say which process the engine runs in; None while there is none."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Load the model.

        Raises:
            ModerationError: it cannot be loaded.
            ModuleNotFoundError: a package that it needs is not installed.
        """
        async with self._turn:
            try:
                await self._running()
            except _BrokenError as error:
                raise ScoringError(f"the scoring engine {error} while it was starting") from error

    async def aclose(self) -> None:
        """Let the process end by itself, or end it."""
        async with self._turn:
            process = self._process
            if process is None:
                return
            _input(process).close()
            try:
                await self._limit(_output(process).read(), CLOSE_SECONDS)
            except TimeoutError:
                _log.warning("scoring_engine_killed", why="it did not end when it was asked to")
            await self._end()

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        """Score each reading, in order: the worst over spellings and windows.

        Raises:
            ScoringError: the engine failed on one of them, or broke each time it was given them.
        """
        why, tries = "", TRIES if len(readings) == 1 else 1
        async with self._turn:
            for _ in range(tries):
                try:
                    return await self._ask(await self._running(), readings)
                except _BrokenError as error:
                    why = str(error)
                    _log.warning("scoring_engine_restarts", why=why, texts=len(readings))
                    await self._end()
        times = "twice" if tries == TRIES else "once"
        raise ScoringError(f"the scoring engine {why}, {times}, on {len(readings)} texts")

    async def _running(self) -> asyncio.subprocess.Process:
        """Give the process; start it where there is none.

        Raises:
            ModerationError: the model cannot be loaded, or is another one than before.
        """
        if self._process is not None:
            return self._process
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LONGEST_LINE,
                env=environment(),
            )
        except OSError as error:
            why = error.strerror
            raise ModelUnavailableError(
                f"the scoring engine's process cannot be started ({why})"
            ) from error
        self._process = process
        has_greeted = False
        try:
            await self._hear_greeting(process)
            has_greeted = True
        finally:
            if not has_greeted:
                await self._end()
        return process

    async def _hear_greeting(self, process: asyncio.subprocess.Process) -> None:
        line = await self._next_line(process, START_SECONDS)
        try:
            greeting = read_greeting(line)
        except GarbledError as error:
            raise _BrokenError(str(error)) from error
        if not isinstance(greeting, Greeting):
            raise greeting
        if self._greeting not in (None, greeting):
            raise ModelUnavailableError(
                f"the model {greeting.model.name} was replaced while it was in use; start again"
            )
        self._greeting = greeting

    async def _ask(
        self, process: asyncio.subprocess.Process, readings: Sequence[Reading]
    ) -> list[Scores]:
        self._number += 1
        letters = sum(len(each.plain) + len(each.folded) for each in readings)
        try:
            _input(process).write(write_question(self._number, readings))
            number = 0
            answer: list[Scores] | ScoringError = []
            while number < self._number:  # a call that was cancelled left its answer behind
                line = await self._next_line(process, BATCH_SECONDS + SECONDS_A_LETTER * letters)
                number, answer = read_answer(line, self.model)
        except GarbledError as error:
            raise _BrokenError(str(error)) from error
        if number > self._number:
            raise _BrokenError("answered what nobody asked")
        if isinstance(answer, ScoringError):
            raise answer
        if len(answer) != len(readings):
            raise _BrokenError(f"answered {len(answer)} of {len(readings)} texts")
        return answer

    async def _next_line(self, process: asyncio.subprocess.Process, seconds: float) -> bytes:
        try:
            line = await self._limit(_output(process).readline(), seconds)
        except TimeoutError as error:
            raise _BrokenError(f"gave no answer for {seconds:.0f} seconds") from error
        except ValueError as error:  # longer than the reader's limit
            raise _BrokenError("gave an answer without end") from error
        if not line.endswith(b"\n"):
            raise _BrokenError("ended unexpectedly")
        return line

    async def _end(self) -> None:
        """End the process, and wait until the system has let go of it."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        _input(process).close()
        await asyncio.shield(process.wait())

    def _greeted(self) -> Greeting:
        if self._greeting is None:
            raise ScoringError("the scoring engine was not started yet")
        return self._greeting


def _input(process: asyncio.subprocess.Process) -> asyncio.StreamWriter:
    if process.stdin is None:
        raise ScoringError("the scoring engine's process has no input")
    return process.stdin


def _output(process: asyncio.subprocess.Process) -> asyncio.StreamReader:
    if process.stdout is None:
        raise ScoringError("the scoring engine's process has no output")
    return process.stdout

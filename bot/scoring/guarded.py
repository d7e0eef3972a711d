"""The engine in a process of its own, watched: if it dies, hangs or babbles, it is started again.

Nothing is lost by that: a text in hand is given once more, and of several the batcher gives each
half. The event loop stays free, and a crash in a library's machine code takes no bot with it. One
run of that process is `bot.scoring.engine_process`. Opened by the composition roots.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager

from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Scores
from bot.errors import ModelUnavailableError, ScoringError
from bot.scoring.engine_process import BrokenError, EngineProcess, Later, start_process
from bot.scoring.own_process import command
from bot.scoring.published import BUNDLED
from bot.scoring.scorer import EngineChoice
from bot.scoring.wire import Greeting
from config.labels import Label

TRIES = 2
"""How often a text breaks the engine before it is held to be what does. Several need do so but
once: who asked gives each half of them again, which finds the one sooner, above all if it hangs.
As often it is started before there is held to be no engine, which is no text's doing."""


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


class GuardedScorer:
    """Scores in another process, batches beside each other. Fits `bot.moderation.ports.Scorer`.

    `command` starts a process that speaks as `bot.scoring.wire` says. `later` is a clock's.
    """

    def __init__(self, command: Sequence[str], *, later: Later | None = None) -> None:
        self._command = command
        self._later = later
        self._process: EngineProcess | None = None
        self._greeting: Greeting | None = None
        self._starting = asyncio.Lock()
        self._is_closed = False
        self._callers = _Present()
        # With the process, beside each other; the gate is held by who is to be alone with it.
        self._sharers = _Present()
        self._gate = asyncio.Lock()

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
        return None if self._process is None else self._process.process_id

    async def start(self) -> None:
        """Load the model.

        Raises:
            ModerationError: it cannot be loaded.
            ModuleNotFoundError: a package that it needs is not installed.
        """
        with self._called():
            await self._running()

    async def aclose(self) -> None:
        """Take nothing more on, wait for what is in hand, and let the process end or end it."""
        self._is_closed = True
        await self._callers.gone()
        process, self._process = self._process, None
        if process is not None:
            await process.close()

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        """Score each reading, in order: the worst over spellings and windows.

        What is in hand while the engine breaks is given again by itself, so that only what breaks
        it is blamed.

        Raises:
            ScoringError: the engine failed on one of them, or broke each time it was given them.
            ModelUnavailableError: there is no engine any more.
        """
        tries = TRIES if len(readings) == 1 else 1
        why, broke = "", 0
        with self._called():
            while broke < tries:
                try:
                    async with self._turn(alone=bool(why)):
                        return await (await self._running()).ask(readings)
                except BrokenError as error:
                    why = str(error)
                    broke += error.is_to_blame
        times = "twice" if tries == TRIES else "once"
        raise ScoringError(f"the scoring engine {why}, {times}, on {len(readings)} texts")

    @contextmanager
    def _called(self) -> Generator[None]:
        """Count a caller from its first try to its last.

        Raises:
            ModelUnavailableError: it comes after the end.
        """
        if self._is_closed:
            raise ModelUnavailableError("the scoring engine was closed and takes no more texts on")
        with self._callers.counted():
            yield

    @asynccontextmanager
    async def _turn(self, *, alone: bool) -> AsyncGenerator[None]:
        """Give a place beside the others, or all of it."""
        async with self._gate:
            if alone:
                await self._sharers.gone()
                yield
                return
        with self._sharers.counted():
            yield

    async def _running(self) -> EngineProcess:
        """Give the process; start it where there is none.

        Raises:
            ModerationError: the model cannot be loaded, or is another one than before.
            ModelUnavailableError: no process could be made to greet.
        """
        async with self._starting:
            if self._process is not None and self._process.is_broken:
                await self._process.gone()
                self._process = None
            if self._process is None:
                self._process = await self._started()
            return self._process

    async def _started(self) -> EngineProcess:
        broke = 0
        while True:
            try:
                return await self._greeting_one()
            except BrokenError as error:
                broke += 1
                if broke == TRIES:
                    raise ModelUnavailableError(
                        f"the scoring engine {error} while it was starting, {TRIES} times"
                    ) from error

    async def _greeting_one(self) -> EngineProcess:
        process = await start_process(self._command, self._later)
        has_greeted = False
        try:
            self._recognise(await process.greeted())
            has_greeted = True
        finally:
            if not has_greeted:
                process.end("is not wanted any more")
                await process.gone()
        return process

    def _recognise(self, greeting: Greeting) -> None:
        if self._greeting not in (None, greeting):
            raise ModelUnavailableError(
                f"the model {greeting.model.name} was replaced while it was in use; start again"
            )
        self._greeting = greeting

    def _greeted(self) -> Greeting:
        if self._greeting is None:
            raise ScoringError("the scoring engine was not started yet")
        return self._greeting


class _Present:
    """How many are there, and when nobody is any more."""

    def __init__(self) -> None:
        self._count = 0
        self._nobody = asyncio.Event()
        self._nobody.set()

    @contextmanager
    def counted(self) -> Generator[None]:
        """Count one while inside."""
        self._count += 1
        self._nobody.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._nobody.set()

    async def gone(self) -> None:
        """Wait until nobody is there."""
        await self._nobody.wait()

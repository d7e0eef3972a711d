"""A contestant as the contest sees it: a process that is started, given orders and ended.

The other end is `bot.benchmark.contestant`. Called by `bot.benchmark.contest`.
"""

import asyncio
import json
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import IO, Any

from bot.benchmark.contestant import END
from bot.benchmark.entries import Models
from bot.errors import ModerationError
from bot.scoring.compiled_form import CACHE_VARIABLE
from bot.scoring.own_process import command
from bot.scoring.own_process import environment as own_environment

PATIENCE_SECONDS = 1800.0
"""For one order: a slow machine scores a block with Detoxify's lists in minutes."""
CLOSE_SECONDS = 10.0
LONGEST_LINE = 2**26


class Contestant:
    """A running contestant, ready to play; `startup_s` is from its start to its first score."""

    def __init__(self, name: str, process: "Process") -> None:
        self._name = name
        self._process = process
        self.startup_s = 0.0

    async def order(self, what: str, **details: object) -> Any:
        """Have something done, and give what came of it.

        Raises:
            ModerationError: the process ended, or takes too long.
        """
        self._process.input.write(json.dumps({"do": what, **details}).encode() + b"\n")
        return await self.hear()

    async def hear(self) -> Any:
        """Wait for what it says next.

        Raises:
            ModerationError: the process ended, or takes too long.
        """
        try:
            line = await asyncio.wait_for(self._process.output.readline(), PATIENCE_SECONDS)
        except TimeoutError as error:
            raise ModerationError(
                f"{self._name}: gave no answer for {PATIENCE_SECONDS / 60:.0f} minutes"
            ) from error
        if not line:
            why = self._process.last_words() or "silently"
            raise ModerationError(f"{self._name}: ended early ({why})")
        return json.loads(line)


@asynccontextmanager
async def contestant(
    name: str, spec: Mapping[str, str], environment: Mapping[str, str]
) -> AsyncGenerator[Contestant]:
    """Start a contestant and wait until it has scored once; it ends on leaving.

    Raises:
        ModerationError: it cannot play.
    """
    start = perf_counter()
    async with _started(
        "bot.benchmark.contestant", [json.dumps(dict(spec))], environment
    ) as process:
        ready = Contestant(name, process)
        await ready.hear()
        ready.startup_s = perf_counter() - start
        yield ready
        await ready.order(END)


async def prepare(folder: Path, model: str) -> Models:
    """Write the models of a contest into a folder, in a process of its own.

    Raises:
        ModerationError: the model cannot be had, or cannot be compiled.
    """
    environment = {
        # A model that nobody compiled is compiled for this run alone; its place is the folder too,
        CACHE_VARIABLE: str(folder / "cache"),
        # and so is that of whatever a contestant needs for itself.
        "TMPDIR": str(folder),
    }
    async with _started("bot.benchmark.copies", [str(folder), model], environment) as process:
        said = await process.output.read()
        if not said:
            raise ModerationError(process.last_words() or f"{model}: could not be prepared")
    copies = json.loads(said)
    return Models(model, copies["checkpoint"], copies["twin"], environment)


class Process:
    """One of our modules at work; what it says on standard error goes to a file without a name."""

    def __init__(self, process: asyncio.subprocess.Process, errors: IO[bytes]) -> None:
        if process.stdin is None or process.stdout is None:
            raise ModerationError("a contestant's process has no input or no output")
        self.input, self.output = process.stdin, process.stdout
        self._process = process
        self._errors = errors

    def last_words(self) -> str:
        """Give the last line of what it said on standard error."""
        self._errors.seek(0)
        said = self._errors.read().decode("utf-8", errors="replace").strip().splitlines()
        return said[-1] if said else ""

    async def aclose(self) -> None:
        """See to its end: it goes by itself when its input ends, whatever it is at."""
        self.input.close()
        try:
            await asyncio.wait_for(self._process.wait(), CLOSE_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def _started(
    module: str, arguments: list[str], environment: Mapping[str, str]
) -> AsyncGenerator[Process]:
    """Start one of our modules as a program; it ends on leaving."""
    with tempfile.TemporaryFile() as errors:
        started = await asyncio.create_subprocess_exec(
            *command(module, *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=LONGEST_LINE,
            env={**own_environment(), "HF_HUB_OFFLINE": "1", **environment},
        )
        process = Process(started, errors)
        try:
            yield process
        finally:
            await process.aclose()

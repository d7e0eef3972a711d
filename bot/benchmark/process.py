"""A contestant as the contest sees it: a process that is started, given orders and ended.

The other end is `bot.benchmark.contestant`. Called by `bot.benchmark.contest`.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from bot.benchmark.entries import Models
from bot.errors import ModerationError
from bot.scoring.compiled_form import CACHE_VARIABLE

PATIENCE_SECONDS = 1800.0
"""For one order: a slow machine scores a block with Detoxify's lists in minutes."""
LONGEST_LINE = 2**26
ROOT = Path(__file__).parents[2]


class Contestant:
    """A running contestant, ready to play; `startup_s` is from its start to its first score."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, errors: Path) -> None:
        self._name = name
        self._process = process
        self._errors = errors
        self.startup_s = 0.0

    async def order(self, what: str, **details: object) -> Any:
        """Have something done, and give what came of it.

        Raises:
            ModerationError: the process ended, or takes too long.
        """
        if self._process.stdin is None:
            raise ModerationError(f"{self._name}: its process has no input")
        line = json.dumps({"do": what, **details})
        self._process.stdin.write(line.encode() + b"\n")
        return await self.hear()

    async def hear(self) -> Any:
        """Wait for what it says next.

        Raises:
            ModerationError: the process ended, or takes too long.
        """
        if self._process.stdout is None:
            raise ModerationError(f"{self._name}: its process has no output")
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE_SECONDS)
        except TimeoutError as error:
            raise ModerationError(
                f"{self._name}: gave no answer for {PATIENCE_SECONDS / 60:.0f} minutes"
            ) from error
        if not line:
            said = self._errors.read_text("utf-8", errors="replace").strip().splitlines()
            raise ModerationError(f"{self._name}: ended early ({said[-1] if said else 'silently'})")
        return json.loads(line)


@asynccontextmanager
async def contestant(
    name: str, spec: Mapping[str, str], environment: Mapping[str, str]
) -> AsyncGenerator[Contestant]:
    """Start a contestant and wait until it has scored once; it ends on leaving.

    Raises:
        ModerationError: it cannot play.
    """
    with tempfile.TemporaryDirectory(prefix="evenhand-") as folder:
        errors = Path(folder) / "errors"
        start = perf_counter()
        process = await start_module(
            "bot.benchmark.contestant", [json.dumps(dict(spec))], environment, errors
        )
        try:
            ready = Contestant(name, process, errors)
            await ready.hear()
            ready.startup_s = perf_counter() - start
            yield ready
        finally:
            if process.stdin is not None:
                process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()
                await process.wait()


async def prepare(folder: Path, model: str) -> Models:
    """Write the models of a contest into a folder, in a process of its own.

    Raises:
        ModerationError: the model cannot be had, or cannot be compiled.
    """
    # A model that nobody compiled is compiled for this run alone; its place is the folder too.
    environment = {CACHE_VARIABLE: str(folder / "cache")}
    errors = folder / "errors"
    process = await start_module("bot.benchmark.copies", [str(folder), model], environment, errors)
    said, _ = await process.communicate()
    if process.returncode != 0:
        lines = errors.read_text("utf-8", errors="replace").strip().splitlines()
        raise ModerationError(lines[-1] if lines else f"{model}: could not be prepared")
    copies = json.loads(said)
    return Models(model, copies["checkpoint"], copies["twin"], environment)


async def start_module(
    module: str, arguments: list[str], environment: Mapping[str, str], errors: Path
) -> asyncio.subprocess.Process:
    """Start one of our modules as a program; what it says on standard error goes to a file."""
    there = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(ROOT), *([there] if there else [])])
    with errors.open("wb") as file:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", module, *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
            limit=LONGEST_LINE,
            env={**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1", **environment},
        )

"""The bot's own process: the real `bot.py run`, sent to the fake Discord, killed on demand.

Imported in a fresh process alone (`bot_handle` starts it), because from here on every wait through
`asyncio.sleep` is 200 times as short, and an answer is waited for 0.3 s instead of ten.
Nothing else differs from what users run, but for a scripted scorer instead of the model.
"""

import asyncio
from typing import Any

HASTE = 200
_sleep = asyncio.sleep


async def _hasty_sleep(delay: float, result: Any = None) -> Any:
    return await _sleep(delay / HASTE, result)


asyncio.sleep = _hasty_sleep  # before anything is imported that names it in a default

# ruff: noqa: E402 - hence the imports after it
import importlib
import os
import re
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from unittest.mock import patch

from bot import cli, client, run
from bot.domain.reading import Reading
from bot.domain.scores import Scores
from bot.enforcement import watch
from bot.enforcement.breakers import Breakers
from bot.enforcement.pace import A_SECOND, Pace
from bot.intake import catch_up, members
from bot.intake.live import LiveIntake
from bot.moderation.carry_out import CarryOut
from tests.fakes.discord.haste import soon_ready
from tests.fakes.discord.server import redirected
from tests.fakes.scripted_scorer import ScriptedScorer
from tests.faults import crash_points
from tests.faults.bot_handle import Job
from tests.faults.scene import SCRIPT

for cog in client.COGS:
    importlib.import_module(cog)  # loaded anew in each life, but what it imports is there then

ANSWER_WITHIN = timedelta(seconds=0.3)
LOOKS_EVERY_S = 0.02
GRACE = timedelta(seconds=0.5)


class TellingScorer(ScriptedScorer):
    """Tells of every comment it scores, by the number in it."""

    def __init__(self, points: "Points") -> None:
        super().__init__(SCRIPT)
        self._points = points

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        for reading in readings:
            if numbers := re.findall("[0-9]+", reading.plain):
                await self._points.tell("before judging")
                await self._points.tell(f"score {numbers[-1]}")
        return await super().score(readings)


class Points:
    """Tells the tests of each point that is reached, and dies or waits where they say so."""

    def __init__(self, job: Job, mouth: Connection) -> None:
        self._fuse = job.fuse
        self._mouth = mouth

    async def tell(self, point: str) -> None:
        """Say that a point is reached."""
        self._mouth.send(point)
        if self._order() == f"die {point}":
            crash_points.die()
        while self._order() == f"wait {point}":
            await _sleep(LOOKS_EVERY_S)

    def _order(self) -> str:
        try:
            return self._fuse.read_text()
        except FileNotFoundError:
            return ""


def main(job: Job, mouth: Connection) -> None:
    """Run the bot until it ends; its exit code is the process's."""
    _print_to(job)
    os.environ |= job.environment
    points = Points(job, mouth)
    crash_points.install(points.tell)
    _hurry()

    @asynccontextmanager
    async def open_scorer(*which: object) -> AsyncGenerator[TellingScorer]:
        del which
        yield TellingScorer(points)

    with (
        redirected(job.api_url, job.gateway_url),
        soon_ready(),
        patch.object(run, "open_scorer", open_scorer),
    ):
        raise SystemExit(cli.main(["run"]))


def _print_to(job: Job) -> None:
    output = os.open(job.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)


def _hurry() -> None:
    """Let the bot's waits that are no sleeps be short as well."""
    watch.ANSWER_WITHIN = ANSWER_WITHIN
    catch_up.TIMEOUT_S = members.TIMEOUT_S = ANSWER_WITHIN.total_seconds()
    client.WITHIN /= HASTE
    Pace.__init__.__defaults__ = (A_SECOND * HASTE,)
    _preset(Breakers.__init__, "monotonic", lambda: time.monotonic() * HASTE)
    _preset(LiveIntake.aclose, "grace", GRACE)
    _preset(CarryOut.aclose, "grace", GRACE)


def _preset(function: Callable[..., object], name: str, value: object) -> None:
    """Change the default of a keyword, which must have one."""
    defaults = function.__kwdefaults__
    assert defaults is not None
    assert name in defaults
    defaults[name] = value

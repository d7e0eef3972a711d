"""A bot's storage in a process of its own: `python -m tests.bot.storage.bot_process PLACE COUNT`.

Says "open", waits for a line, then opens comments c0, c1, ... with three effects each and prints
each comment as soon as its case is recorded. Then waits to be killed.
"""

import asyncio
import sys

from bot.domain.effect import EffectKind, PlannedEffect
from bot.storage.storage import open_storage
from tests.bot.storage.conftest import clock
from tests.bot.storage.drafts import a_draft

EFFECTS = [PlannedEffect(k) for k in (EffectKind.DELETE, EffectKind.NOTICE, EffectKind.LOG)]


async def run(place: str, comments: int) -> None:
    async with open_storage(place, key=None, clock=clock) as storage:
        say("open")
        sys.stdin.readline()
        for n in range(comments):
            await storage.cases.open(a_draft(f"c{n}"), EFFECTS)
            say(f"c{n}")
        sys.stdin.readline()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


asyncio.run(run(sys.argv[1], int(sys.argv[2])))

"""A process of its own that opens cases: `python -m tests.bot.storage.rival PLACE COUNT`.

Says "ready", waits for a line, then opens comments c0, c1, ... and prints each case's number as
soon as it is recorded. Then waits to be told to stop, or to be killed.
"""

import asyncio
import sys

from bot.storage.case_log import SqlCaseLog
from bot.storage.database import open_database
from tests.bot.storage.conftest import clock
from tests.bot.storage.drafts import a_draft


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def compete(place: str, comments: int) -> None:
    say("ready")
    sys.stdin.readline()
    async with open_database(place) as database:
        cases = SqlCaseLog(database, clock)
        for n in range(comments):
            case = await cases.open(a_draft(f"c{n}"))
            say(str(case.number))
        sys.stdin.readline()


asyncio.run(compete(sys.argv[1], int(sys.argv[2])))

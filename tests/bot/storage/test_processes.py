"""Several processes on one database, and processes that die."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.domain.case import CaseKey
from bot.domain.ids import CommentId, GuildId
from bot.moderation.ports import CaseFilter
from bot.storage.case_log import SqlCaseLog
from bot.storage.database import open_database
from tests.bot.storage.conftest import clock

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60


@contextmanager
def rival(place: str, comments: int) -> Generator[subprocess.Popen[str]]:
    """Start a rival process that is ready to open cases; kill it on leaving."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bot.storage.rival", place, str(comments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert read(process) == "ready"
            yield process
        finally:
            process.kill()


def read(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


async def test_two_processes_opening_the_same_comments_make_one_case_each(place: str) -> None:
    comments = 25
    # Both start on an empty place, so they also race to make the schema.
    with rival(place, comments) as one, rival(place, comments) as other:
        tell(one)
        tell(other)
        ones = [int(read(one)) for _ in range(comments)]
        others = [int(read(other)) for _ in range(comments)]
        for process in (one, other):
            tell(process)
            assert process.wait(PATIENCE_S) == 0
    assert ones == others == list(range(1, comments + 1))
    async with open_database(place) as database:
        recorded = await SqlCaseLog(database, clock).list_cases(GuildId("g1"), CaseFilter())
    assert [case.draft.key.comment for case in recorded[::-1]] == [f"c{n}" for n in range(comments)]


async def test_a_case_outlives_the_process_that_recorded_it(place: str) -> None:
    with rival(place, 3) as doomed:
        tell(doomed)
        numbers = [int(read(doomed)) for _ in range(3)]
        doomed.kill()
        assert doomed.wait(PATIENCE_S) < 0
    async with open_database(place) as database:
        cases = SqlCaseLog(database, clock)
        found = [await cases.find(CaseKey(GuildId("g1"), CommentId(f"c{n}"), 0)) for n in range(3)]
    assert [case and case.number for case in found] == numbers == [1, 2, 3]


@pytest.mark.parametrize("known", [False, True])
def test_alembic_is_loaded_only_to_change_a_schema(tmp_path: Path, *, known: bool) -> None:
    program = (
        "import asyncio, sys\n"
        "from bot.storage.database import open_database\n"
        "async def run():\n"
        "    async with open_database(sys.argv[1]):\n"
        "        print('alembic' in sys.modules)\n"
        "asyncio.run(run())\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "cases.db")],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        ).stdout.strip()
        for _ in range(2 if known else 1)
    ]
    assert runs[-1] == str(not known)

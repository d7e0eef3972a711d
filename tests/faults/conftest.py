"""A fake Discord, a scene on it and a bot to break; and at the end of the run its counts."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from bot.storage.storage import open_storage
from tests.fakes.discord.server import FakeDiscord
from tests.faults.bot_handle import BotProcess
from tests.faults.scene import KEY, Scene, now
from tests.faults.tally import Tally

BROKEN = (
    "background_task_failed",
    "carry_out_failed",
    "catch_up_broken",
    "event_failed",
    "intake_failed",
    "judging_failed",
    "Traceback",
)
"""What the bot's log says when something in it broke, even where it got over that."""
_TALLY = pytest.StashKey[Tally]()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say in one line what the faults came to."""
    tally = config.stash.get(_TALLY, None)
    if tally is not None:
        terminalreporter.write_line(tally.line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail on anything but zero, whatever the single tests said."""
    tally = session.config.stash.get(_TALLY, None)
    if tally is not None and not tally.is_clean and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database without anything in it, once: each test takes a copy."""
    place = tmp_path_factory.mktemp("faults") / "empty.sqlite3"
    asyncio.run(_make(place))
    return place


@pytest.fixture
async def discord() -> AsyncGenerator[FakeDiscord]:
    """Serve a fake Discord for one test."""
    async with FakeDiscord() as fake:
        yield fake


@pytest.fixture
def folder() -> Generator[Path]:
    """Give a folder for one test, in memory where the machine has such files.

    What is killed here is processes, not the machine: the disk would only be slow.
    """
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        yield Path(made)


@pytest.fixture
async def scene(
    discord: FakeDiscord, empty_database: Path, folder: Path, request: pytest.FixtureRequest
) -> AsyncGenerator[Scene]:
    """Give a scene, and at the end hold what happened there against what should have."""
    database = folder / "evenhand.sqlite3"
    shutil.copy(empty_database, database)
    scene = Scene(discord, database)
    yield scene
    tally = scene.reckon()
    stash = request.config.stash
    stash[_TALLY] = stash.get(_TALLY, Tally())
    stash[_TALLY] += tally
    assert tally.problems == []
    assert discord.http.unknown_requests() == []


@pytest.fixture
async def bot(scene: Scene) -> AsyncGenerator[BotProcess]:
    """Give a bot for the scene, not started yet; nothing of it is left at the end."""
    process = BotProcess(scene.discord, scene.database)
    scene.check_alive = process.check_alive
    yield process
    await process.aclose()
    assert [line for line in process.printed.splitlines() if any(e in line for e in BROKEN)] == []


async def _make(database: Path) -> None:
    async with open_storage(str(database), key=KEY, clock=now):
        pass

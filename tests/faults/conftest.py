"""A fake Discord, a scene on it and a bot to break; and at the end of the run its counts."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from bot.storage.storage import open_storage
from tests.fakes.discord.server import FakeDiscord
from tests.faults.bot_handle import BotProcess
from tests.faults.scene import KEY, Scene, now
from tests.faults.stage import Stage, Stages
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
def stages(empty_database: Path, request: pytest.FixtureRequest) -> Stages:
    """Give stages, as many as a test wants side by side; each is reckoned up when it is left."""
    stash = request.config.stash
    stash[_TALLY] = stash.get(_TALLY, Tally())

    @asynccontextmanager
    async def stage() -> AsyncGenerator[Stage]:
        with _folder() as folder:
            database = folder / "evenhand.sqlite3"
            shutil.copy(empty_database, database)
            async with FakeDiscord() as discord:
                scene = Scene(discord, database)
                bot = BotProcess(discord, database)
                scene.check_alive = bot.check_alive
                try:
                    yield Stage(discord, scene, bot)
                finally:
                    await bot.aclose()
                    tally = scene.reckon()
                    stash[_TALLY] += tally
                assert tally.problems == []
                assert discord.http.unknown_requests() == []
                assert [line for line in bot.printed.splitlines() if _is_broken(line)] == []

    return stage


@pytest.fixture
async def stage(stages: Stages) -> AsyncGenerator[Stage]:
    """Give one stage."""
    async with stages() as one:
        yield one


@pytest.fixture
def discord(stage: Stage) -> FakeDiscord:
    """Give the fake Discord of the stage."""
    return stage.discord


@pytest.fixture
def scene(stage: Stage) -> Scene:
    """Give the scene of the stage."""
    return stage.scene


@pytest.fixture
def bot(stage: Stage) -> BotProcess:
    """Give the bot of the stage, not started yet."""
    return stage.bot


@contextmanager
def _folder() -> Generator[Path]:
    """Make a folder, in memory where the machine has such files.

    What is killed here is processes, not the machine: the disk would only be slow.
    """
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        yield Path(made)


def _is_broken(line: str) -> bool:
    return any(event in line for event in BROKEN)


async def _make(database: Path) -> None:
    async with open_storage(str(database), key=KEY, clock=now):
        pass

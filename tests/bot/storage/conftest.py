"""Databases to test on: a SQLite file each time, and one PostgreSQL server where there is one."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.storage.case_log import SqlCaseLog
from bot.storage.database import Database, open_database
from bot.storage.storage import Storage, open_storage
from tests.bot.storage.drafts import NOON
from tests.fakes.memory_case_log import MemoryCaseLog
from tests.fakes.memory_storage import MemoryStorage

KEY = b"an-Evenhand-test-key-of-thirty-two-octets-0="
"""A key for Fernet: any 32 bytes, in URL-safe base64."""
SETTLED = NOON + timedelta(hours=1)
SERVER_PATIENCE_S = 60


def clock() -> datetime:
    """The time at which every case of these tests is settled."""
    return SETTLED


@pytest.fixture(scope="session")
def postgres_server() -> Generator[Callable[[], str]]:
    """A function that makes a new, empty database and returns its URL."""
    tools = _find_postgres()
    if tools is None or importlib.util.find_spec("asyncpg") is None:
        pytest.skip("needs a PostgreSQL server's programs and the package asyncpg")
    with _unprivileged_folder() as (folder, user):

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [tools / program, *arguments],
                user=user,
                cwd=folder,
                check=True,
                timeout=SERVER_PATIENCE_S,
                stdout=subprocess.DEVNULL,
            )

        data = str(folder / "data")
        run("initdb", "-D", data, "-U", "evenhand", "--auth=trust", "--encoding=UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        run("pg_ctl", "-D", data, "-l", str(folder / "log"), "-o", options, "-w", "start")
        try:
            numbers = count(1)

            def make_database() -> str:
                name = f"test{next(numbers)}"
                run("createdb", "-h", str(folder), "-U", "evenhand", "-T", "template0", name)
                return f"postgresql://evenhand@/{name}?host={folder}"

            yield make_database
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new database can be opened."""
    if request.param == "sqlite":
        return str(tmp_path / "cases.sqlite3")
    return request.getfixturevalue("postgres_server")()


@pytest.fixture
async def database(place: str) -> AsyncGenerator[Database]:
    async with open_database(place) as database:
        yield database


@pytest.fixture
def sql_cases(database: Database) -> SqlCaseLog:
    return SqlCaseLog(database, clock)


@pytest.fixture(params=["memory", "sqlite", "sealed", "postgres"])
async def storage(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncGenerator[MemoryStorage | Storage]:
    """Every way of storing there is: what the contracts are checked on."""
    match request.param:
        case "memory":
            yield MemoryStorage(clock)
            return
        case "postgres":
            place = request.getfixturevalue("postgres_server")()
        case _:
            place = str(tmp_path / "evenhand.sqlite3")
    key = KEY if request.param == "sealed" else None
    async with open_storage(place, key=key, clock=clock) as storage:
        yield storage


@pytest.fixture
def cases(storage: MemoryStorage | Storage) -> MemoryCaseLog | SqlCaseLog:
    """Every case log there is."""
    return storage.cases


@pytest.fixture
def as_nobody() -> Callable[[], AbstractContextManager[None]]:
    """Become a user whom file permissions bind; root is bound by none."""

    @contextmanager
    def become() -> Generator[None]:
        if os.geteuid() != 0:
            yield
            return
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)

    return become


def _find_postgres() -> Path | None:
    on_path = shutil.which("pg_ctl")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if on_path is not None:
        folders.append(Path(on_path).resolve().parent)
    programs = ("initdb", "pg_ctl", "createdb")
    return next((f for f in folders if all((f / name).exists() for name in programs)), None)


@contextmanager
def _unprivileged_folder() -> Generator[tuple[Path, str | None]]:
    """Make a short-named folder for a server, which refuses to be run by root."""
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() != 0:
            yield folder, None
            return
        shutil.chown(folder, "nobody")
        yield folder, "nobody"

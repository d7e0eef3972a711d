"""Opening a database, and what happens when it cannot be used."""

# ruff: noqa: ASYNC240  # a test that looks at a file keeps nobody waiting

import asyncio
import importlib.util
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from pathlib import Path

import aiosqlite
import pytest
from sqlalchemy import text

from bot.domain.ids import GuildId
from bot.errors import StorageError
from bot.moderation.ports import CaseFilter
from bot.storage.case_log import SqlCaseLog
from bot.storage.database import WAL_LIMIT, Database, open_database
from tests.bot.storage.conftest import clock
from tests.bot.storage.drafts import a_draft

MOMENT = timedelta(milliseconds=10)
PATIENCE_S = 10
A_DRAFT = 2_000_000
"""Bytes: more than a draft of 500,000 letters takes in the log."""
A_POLICY = text("INSERT INTO policies VALUES ('v0', '', '2026-03-01 12:00:00')")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cases.sqlite3"


async def refusal_of(place: str | Path, *, lock_wait: timedelta = MOMENT) -> str:
    """Open a database that cannot be used; return the sentence."""
    with pytest.raises(StorageError) as refusal:
        async with open_database(str(place), lock_wait=lock_wait):
            pass
    sentence = str(refusal.value)
    assert "\n" not in sentence
    return sentence


async def test_what_was_written_is_there_when_opened_again(place: str) -> None:
    async with open_database(place) as database:
        written = await SqlCaseLog(database, clock).open(a_draft())
    async with open_database(place) as database:
        assert await SqlCaseLog(database, clock).find(written.draft.key) == written


async def test_a_new_file_that_another_program_is_setting_up_is_waited_for(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        pauses = 0

        async def let_go(_: float) -> None:
            nonlocal pauses
            pauses += 1
            if pauses == 2:
                other.execute("COMMIT")

        monkeypatch.setattr(asyncio, "sleep", let_go)
        async with open_database(str(file)) as database:
            await SqlCaseLog(database, clock).open(a_draft())
    assert pauses == 2


async def test_a_file_and_its_url_are_the_same_database(file: Path) -> None:
    async with open_database(str(file)) as database:
        written = await SqlCaseLog(database, clock).open(a_draft())
    async with open_database(f"sqlite:///{file}") as database:
        assert await SqlCaseLog(database, clock).find(written.draft.key) == written


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("busy_timeout", 5000),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("secure_delete", 1),
        ("mmap_size", 0),
        ("journal_size_limit", 67_108_864),
        ("wal_autocheckpoint", 0),
    ],
)
async def test_sqlite_is_set_to_last(file: Path, pragma: str, expected: object) -> None:
    async with open_database(str(file)) as database, database.read() as session:
        assert (await session.exec(text(f"PRAGMA {pragma}"))).scalar() == expected


async def test_a_failed_write_leaves_nothing_and_the_database_goes_on(database: Database) -> None:
    cases = SqlCaseLog(database, clock)

    async def write_and_fail() -> None:
        async with database.write() as session:
            await session.exec(A_POLICY)
            await session.exec(text("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(StorageError, match="nowhere"):
        await write_and_fail()
    async with database.read() as session:
        assert (await session.exec(text("SELECT count(*) FROM policies"))).scalar() == 0
    assert (await cases.open(a_draft())).number == 1


async def test_a_cancelled_write_leaves_nothing_and_the_database_goes_on(
    database: Database,
) -> None:
    inside = asyncio.Event()

    async def write_and_linger() -> None:
        async with database.write() as session:
            await session.exec(A_POLICY)
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_linger())
    async with asyncio.timeout(PATIENCE_S):
        await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.read() as session:
        assert (await session.exec(text("SELECT count(*) FROM policies"))).scalar() == 0
    opened = await SqlCaseLog(database, clock).open(a_draft())
    assert opened.number == 1


async def test_the_log_of_writes_is_kept_short(file: Path) -> None:
    wal = Path(f"{file}-wal")
    sizes: list[int] = []
    async with open_database(str(file)) as database:
        cases = SqlCaseLog(database, clock)
        for n in range(8):
            await cases.open(a_draft(f"c{n}", text="x" * 500_000))
            sizes.append(wal.stat().st_size)
        assert len(await cases.list_cases(GuildId("g1"), CaseFilter())) == 8
    # A draft holds its text three times (as said, as read, as scored): 1.5 MB. The third write
    # passes the limit of 4 MB, and the fourth starts the log anew; none is longer than that.
    assert sizes[3] < sizes[2]
    assert max(sizes) < WAL_LIMIT + A_DRAFT
    assert not wal.exists()


async def test_a_long_reader_delays_the_checkpoint_and_stops_nothing(file: Path) -> None:
    async with open_database(str(file), lock_wait=MOMENT) as database:
        cases = SqlCaseLog(database, clock)
        await cases.open(a_draft("first"))
        with closing(sqlite3.connect(file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM cases").fetchone()
            for n in range(8):
                await cases.open(a_draft(f"c{n}", text="x" * 500_000))
            assert Path(f"{file}-wal").stat().st_size > WAL_LIMIT + A_DRAFT
            reader.execute("ROLLBACK")
        for n in range(8, 12):
            await cases.open(a_draft(f"c{n}", text="x" * 500_000))
        assert Path(f"{file}-wal").stat().st_size < WAL_LIMIT + A_DRAFT
        assert len(await cases.list_cases(GuildId("g1"), CaseFilter())) == 13


async def test_a_file_that_is_no_database_is_refused_and_left_alone(file: Path) -> None:
    file.write_text("Dear diary, " * 100)
    assert await refusal_of(file) == (
        f"the database {file} is not an SQLite database: name another file"
    )
    assert file.read_text() == "Dear diary, " * 100


async def test_a_damaged_file_is_refused(file: Path) -> None:
    async with open_database(str(file)) as database:
        await SqlCaseLog(database, clock).open(a_draft())
    with file.open("r+b") as damaged:
        # Past the header: the first page's table of contents, where SQLite looks for the tables.
        damaged.seek(100)
        damaged.write(b"\xff" * 300)
    assert "is damaged" in await refusal_of(file)


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    sentence = await refusal_of(tmp_path / "not" / "there.db")
    assert sentence.endswith(f"has no folder to stand in: make {tmp_path / 'not'} first")
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert await refusal_of(tmp_path) == (
        f"the database {tmp_path} is a folder, expected a file in it"
    )


async def test_a_folder_that_may_not_be_written_is_named(
    as_nobody: Callable[[], AbstractContextManager[None]],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        with as_nobody():
            sentence = await refusal_of(Path(name) / "cases.sqlite3")
        Path(name).chmod(0o755)
    assert "cannot be opened: allow reading and writing the file and its folder" in sentence


async def test_a_file_that_cannot_be_opened_is_not_left_to_a_thread(
    as_nobody: Callable[[], AbstractContextManager[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver's thread would speak to an event loop that may be closed by then."""
    asked: list[object] = []
    monkeypatch.setattr(aiosqlite, "connect", lambda *args, **_: asked.append(args))
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        with as_nobody():
            await refusal_of(Path(name) / "cases.sqlite3")
        Path(name).chmod(0o755)
    assert asked == []


async def test_a_file_that_may_not_be_written_is_named(
    file: Path, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    async with open_database(str(file)):
        pass
    with tempfile.TemporaryDirectory() as name:
        copy = shutil.copy(file, name)
        Path(copy).chmod(0o444)
        Path(name).chmod(0o777)
        with as_nobody():
            async with open_database(copy) as database:
                with pytest.raises(StorageError, match="cannot be written: allow writing"):
                    await SqlCaseLog(database, clock).open(a_draft())


async def test_a_file_locked_by_another_program_is_named(file: Path) -> None:
    async with open_database(str(file), lock_wait=MOMENT) as database:
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError, match="is kept locked by another program"):
                await SqlCaseLog(database, clock).open(a_draft())
            other.execute("ROLLBACK")
        await SqlCaseLog(database, clock).open(a_draft())


async def test_a_new_file_locked_by_another_program_is_named(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "is kept locked by another program" in await refusal_of(file)


async def test_a_full_disk_is_named_and_what_was_there_stays(file: Path) -> None:
    async with open_database(str(file)) as database:
        cases = SqlCaseLog(database, clock)
        first = await cases.open(a_draft("c1"))
        async with database.read() as session:
            pages = (await session.exec(text("PRAGMA page_count"))).scalar_one()
            await session.exec(text(f"PRAGMA max_page_count = {pages}"))
        with pytest.raises(StorageError, match="the disk is full: make room"):
            await cases.open(a_draft("c2", text="x" * 100_000))
        assert await cases.list_cases(GuildId("g1"), CaseFilter()) == [first]


async def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    pytest.importorskip("asyncpg", reason="needs the package asyncpg")
    sentence = await refusal_of(f"postgresql://eve:secret@/cases?host={tmp_path}")
    assert "does not answer" in sentence
    assert "secret" not in sentence


async def test_a_server_without_the_database_is_named(
    postgres_server: Callable[[], str],
) -> None:
    sentence = await refusal_of(postgres_server().replace("/test", "/missing"))
    assert "does not exist" in sentence


async def test_postgres_without_its_driver_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "pip install asyncpg" in await refusal_of("postgresql://db.example/cases")

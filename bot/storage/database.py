"""The database: opened, checked, brought up to date, and shared out one writer at a time.

Not what is stored (`bot.storage.tables`) nor the questions asked of it (`bot.storage.case_log`).
Opened by composition roots.
"""

import asyncio
import importlib.util
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_random_exponential

from bot.errors import StorageError
from bot.storage import schema
from bot.storage.cipher import Cipher
from bot.storage.instance_lock import hold_alone
from bot.storage.location import Location, locate
from bot.storage.refusals import DAMAGED, explain
from bot.storage.sealing import key_fits, reseal

LOCK_WAIT = timedelta(seconds=5)
"""How long to wait for another program to let go of an SQLite file."""
ANSWER_WAIT = timedelta(seconds=30)
"""How long to wait for one answer of a PostgreSQL server."""
WAL_LIMIT = 4_096_000
"""Bytes: SQLite's own measure for a checkpoint, 1000 pages of 4096."""
WRITER_LOCK = 0x4576656E
"""The number of our PostgreSQL advisory lock ("Even" in ASCII)."""
WRITES = "evenhand_writes"
"""The execution option that marks a connection whose transaction is to write."""

PRAGMAS = (
    "synchronous=FULL",  # a committed case survives a power cut
    "foreign_keys=ON",
    "trusted_schema=OFF",  # a tampered file runs no functions
    "secure_delete=ON",  # what is deleted is gone from the file too
    "mmap_size=0",  # a disk error is an error code, not a crash
    "journal_size_limit=67108864",  # bytes; where another program checkpoints, not truncates
    "wal_autocheckpoint=0",  # `Database` checkpoints, under the writer's lock
)


@asynccontextmanager
async def open_database(
    place: str,
    *,
    key: bytes | None = None,
    alone: bool = False,
    lock_wait: timedelta = LOCK_WAIT,
) -> AsyncGenerator["Database", None]:
    """Open a database by path or URL, made or brought up to date as needed; closed on leaving.

    `key` seals people's words in it (`bot.storage.cipher.Cipher` says how several are written);
    without one they are plain. `alone` opens it as the one running bot: refused while another one
    runs, and a SQLite file is read through for damage first.

    Raises:
        StorageError: it cannot be used; the sentence names it and says what to do.
    """
    location = locate(place)
    cipher = Cipher(key)
    _require_folder(location)
    if location.file is not None:
        await asyncio.to_thread(_require_openable, location.file, location)
    engine = make_engine(location, lock_wait=lock_wait)
    database = Database(engine, location, lock_wait, cipher)
    try:
        async with database.held() if alone else nullcontext():
            if alone:
                await database.require_undamaged()
            await database.bring_up()
            await database.fit_key()
            yield database
    finally:
        await engine.dispose()


class Database:
    """An open database. Writes come one after another, whichever process they come from."""

    def __init__(
        self, engine: AsyncEngine, location: Location, lock_wait: timedelta, cipher: Cipher
    ) -> None:
        self.cipher = cipher
        """What seals and reveals people's words in this database."""
        self._engine = engine
        self._writing_engine = engine.execution_options(**{WRITES: True})
        self._location = location
        self._lock_wait = lock_wait
        self._checkpoint_at = WAL_LIMIT

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncSession, None]:
        """Open a session for reading. Each statement sees one moment.

        Raises:
            StorageError: the database refused.
        """
        with self._explained():
            async with AsyncSession(self._engine) as session:
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncSession, None]:
        """Open a session as the only writer; commit on leaving, roll back on an error.

        The lock is taken before the first statement, so what is read here stays true until the
        commit. Never wait for another session inside: SQLite has one connection for all.

        Raises:
            StorageError: the database refused; nothing was written.
        """
        with self._explained():
            await self._checkpoint_when_due()
            async with (
                AsyncSession(self._writing_engine, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session

    async def bring_up(self) -> None:
        """Check that the database is ours and bring its schema up to date.

        Raises:
            StorageError: it is another program's, a newer Evenhand's, or cannot be written.
        """
        with self._explained():
            async with self._engine.connect() as connection:
                if await connection.run_sync(schema.is_current, self._location):
                    return
                if self._location.file is not None:
                    await self._switch_to_wal(connection)
            async with self._writing_engine.begin() as connection:
                await connection.run_sync(schema.upgrade, self._location)

    async def fit_key(self) -> None:
        """Check that the key is this database's, and seal anew what is plain or has an older key.

        Raises:
            StorageError: the words are sealed, and there is no key or another one.
        """
        async with self.read() as session:
            if await key_fits(session, self.cipher, self._location):
                return
        async with self.write() as session:
            if not await key_fits(session, self.cipher, self._location):
                await reseal(session, self.cipher)
        await self.empty_log()

    @asynccontextmanager
    async def held(self) -> AsyncGenerator[None]:
        """Be the one running bot on this database while inside.

        Raises:
            StorageError: another one is, or the database refused.
        """
        async with AsyncExitStack() as stack:
            with self._explained():
                await stack.enter_async_context(hold_alone(self._location, self._engine))
            yield

    async def require_undamaged(self) -> None:
        """Read an SQLite file through, so that damage is found before anything is built on it.

        Raises:
            StorageError: it is damaged.
        """
        if self._location.file is None:
            return
        with self._explained():
            async with self._engine.connect() as connection:
                found = (await connection.execute(text("PRAGMA quick_check(1)"))).scalar()
        if found != "ok":
            raise StorageError(f"the database {self._location} {DAMAGED}")

    async def empty_log(self) -> None:
        """Move SQLite's write-ahead log into the file now, so that erased words leave it too."""
        self._checkpoint_at = 1
        with self._explained():
            await self._checkpoint_when_due()

    async def _switch_to_wal(self, connection: AsyncConnection) -> None:
        """Turn the write-ahead log on, which stays so in the file.

        The switch reads before it asks to write: where another program is about to write, the two
        could wait for each other for ever, so SQLite refuses at once. Hence the tries.
        """
        tries = AsyncRetrying(
            retry=retry_if_exception(_is_busy),
            stop=stop_after_delay(self._lock_wait),
            wait=wait_random_exponential(multiplier=0.01, max=0.2),  # seconds
            reraise=True,
        )
        async for attempt in tries:
            with attempt:
                await connection.execute(text("PRAGMA journal_mode=WAL"))

    @contextmanager
    def _explained(self) -> Generator[None, None, None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            raise explain(error, self._location) from error

    async def _checkpoint_when_due(self) -> None:
        """Move the write-ahead log into the SQLite file once it has grown.

        TRUNCATE works under the writer's lock, where SQLite's automatic checkpoint does not: so no
        commit of another process falls into it, which before SQLite 3.51.3 can damage the file
        (https://sqlite.org/wal.html#walresetbug). Nor does deleted text stay in the log.
        """
        size = self._wal_size()
        if size < self._checkpoint_at:
            return
        async with self._engine.connect() as connection:
            result = await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            was_busy = bool(result.scalar())
        # A long reader can hold it up: then wait for as much growth again before the next try.
        self._checkpoint_at = size + WAL_LIMIT if was_busy else WAL_LIMIT

    def _wal_size(self) -> int:
        if self._location.file is None:
            return 0
        wal = Path(f"{self._location.file}-wal")
        return wal.stat().st_size if wal.exists() else 0


def make_engine(location: Location, *, lock_wait: timedelta = LOCK_WAIT) -> AsyncEngine:
    """Make the engine for a location. Nothing is opened yet.

    Raises:
        StorageError: its driver is not installed.
    """
    if location.file is None:
        return _make_postgres_engine(location)
    engine = create_async_engine(
        location.url,
        hide_parameters=True,  # names and reasons stay out of errors that are logged
        # One connection is one writer and one checkpointer; transactions are begun by hand.
        pool_size=1,
        max_overflow=0,
        connect_args={"timeout": lock_wait.total_seconds(), "isolation_level": None},
    )
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _make_postgres_engine(location: Location) -> AsyncEngine:
    if importlib.util.find_spec("asyncpg") is None:
        raise StorageError(
            f"the database {location} needs the package asyncpg: pip install asyncpg"
        )
    seconds = ANSWER_WAIT.total_seconds()
    engine = create_async_engine(
        location.url,
        hide_parameters=True,  # names and reasons stay out of errors that are logged
        pool_pre_ping=True,
        connect_args={
            "timeout": seconds,
            "command_timeout": seconds,
            "server_settings": {
                "application_name": "evenhand",
                "synchronous_commit": "on",
                "statement_timeout": f"{seconds:.0f}s",
                "idle_in_transaction_session_timeout": f"{seconds:.0f}s",
            },
        },
    )
    event.listen(engine.sync_engine, "begin", _begin_postgres)
    return engine


def _set_pragmas(connection: Any, record: object) -> None:
    del record
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _is_busy(error: BaseException) -> bool:
    # An extended code carries the primary one in its low byte.
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", sqlite3.SQLITE_OK)
    return isinstance(error, OperationalError) and code & 0xFF == sqlite3.SQLITE_BUSY


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_postgres(connection: Connection) -> None:
    if connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")


def _require_openable(file: Path, location: Location) -> None:
    """Open the file once by ourselves.

    Where aiosqlite (0.22) fails to open one, its thread has a last word to say to the event loop,
    and dies with a traceback where that is closed by then, as it is after "cannot be opened".
    """
    try:
        sqlite3.connect(file).close()
    except sqlite3.Error as error:
        raise explain(error, location) from error


def _require_folder(location: Location) -> None:
    if location.file is None:
        return
    if location.file.is_dir():
        raise StorageError(f"the database {location} is a folder, expected a file in it")
    if not location.file.parent.is_dir():
        raise StorageError(
            f"the database {location} has no folder to stand in: make {location.file.parent} first"
        )

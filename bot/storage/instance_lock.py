"""One running bot on one database: a second one is refused. Other verbs are not kept out.

Not the lock of one write (`bot.storage.database` takes that). The operating system or the server
lets go of it when the holder dies, however it dies.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from filelock import FileLock, Timeout
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StorageError
from bot.storage.location import Location

INSTANCE_LOCK = 0x4576656F
"""The number of our PostgreSQL advisory lock; one beside the writers'."""
PATIENCE_S = 1
"""How long to wait for the lock: a server needs a moment to see that a killed bot is gone."""
LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's code for a lock that was not free in time."""


@asynccontextmanager
async def hold_alone(location: Location, engine: AsyncEngine) -> AsyncGenerator[None]:
    """Be the one running bot on a database while inside.

    Raises:
        StorageError: another one is.
    """
    holding = (
        _hold_file(location) if location.file is not None else _hold_on_server(location, engine)
    )
    async with holding:
        yield


@asynccontextmanager
async def _hold_file(location: Location) -> AsyncGenerator[None]:
    lock = FileLock(f"{location.file}.lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise _is_taken(location) from error
    except OSError as error:
        raise StorageError(
            f"{location}.lock cannot be made ({error.strerror}), expected a folder that can be"
            " written in: the file keeps a second bot off the database"
        ) from error
    try:
        yield
    finally:
        lock.release()


@asynccontextmanager
async def _hold_on_server(location: Location, engine: AsyncEngine) -> AsyncGenerator[None]:
    async with engine.connect() as connection:
        # Outside any transaction, which the server would end for being idle.
        session = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await session.execute(text(f"SET lock_timeout = '{PATIENCE_S}s'"))
        try:
            await session.execute(text(f"SELECT pg_advisory_lock({INSTANCE_LOCK})"))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
                raise _is_taken(location) from error
            raise
        try:
            yield
        finally:
            await connection.invalidate()  # ends the server's session, and the lock with it


def _is_taken(location: Location) -> StorageError:
    return StorageError(
        f"another bot is running on the database {location}: stop that one first, or name another"
        " database"
    )

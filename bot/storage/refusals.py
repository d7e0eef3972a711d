"""What a database's refusal means to the person at the keyboard: the one place that translates.

Pure. Called by `bot.storage.database` around everything that reaches a database.
"""

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import StorageError
from bot.storage.location import Location

DAMAGED = "is damaged: put back a copy, or save what can be read with `sqlite3 FILE .recover`"

FILE_REFUSALS = {
    sqlite3.SQLITE_NOTADB: "is not an SQLite database: name another file",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_BUSY: "is kept locked by another program: close that and try again",
    sqlite3.SQLITE_READONLY: "cannot be written: allow writing to the file and its folder,"
    " or name another file",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: allow reading and writing the file and its folder,"
    " or name another file",
    sqlite3.SQLITE_FULL: "cannot grow, the disk is full: make room and try again",
    sqlite3.SQLITE_IOERR: "cannot be read or written, the disk reports an error: check the disk",
}
"""By SQLite's primary result code (https://sqlite.org/rescode.html)."""


def explain(error: Exception, location: Location) -> StorageError:
    """Say in one sentence what was refused, where, and what to do."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, sqlite3.Error):
        # An extended code carries the primary one in its low byte.
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in FILE_REFUSALS:
            return StorageError(f"the database {location} {FILE_REFUSALS[code]}")
    if isinstance(error, OSError):
        return StorageError(
            f"the database {location} does not answer ({_first_line(error)}):"
            " check that it is running and can be reached"
        )
    return StorageError(f"the database {location} refused: {_first_line(cause)}")


def _first_line(error: BaseException) -> str:
    # SQLAlchemy wraps a driver's own words once more; the innermost are the plain ones.
    while isinstance(error, SQLAlchemyError) and error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__

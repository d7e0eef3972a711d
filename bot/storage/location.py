"""Where a database is: what people write (`--db`), checked and made exact.

Pure: not whether anything is there (`bot.storage.database` finds out).
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import StorageError

EXPECTED = "expected a file's path, sqlite:///PATH or postgresql://USER@HOST/NAME"
SQLITE_DRIVERS = {"sqlite", "sqlite+aiosqlite"}
POSTGRES_DRIVERS = {"postgres", "postgresql", "postgresql+asyncpg"}
POSTGRES_OPTIONS = {"host": "host", "port": "port", "ssl": "ssl", "sslmode": "ssl"}
"""URL options that are understood, and asyncpg's word for each."""


@dataclass(frozen=True, slots=True)
class Location:
    """A database's place. `file` is set for SQLite alone."""

    url: URL
    file: Path | None = None

    def __str__(self) -> str:
        """Name the place for people; never with a password."""
        return str(self.file or self.url.set(drivername="postgresql"))


def locate(text: str) -> Location:
    """Read a path or URL. A password in it never reaches an error message.

    Raises:
        StorageError: it names no database that can be used.
    """
    if not text.strip():
        raise StorageError(f"the database has no name: {EXPECTED}")
    if "://" not in text:
        return _in_file(text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise StorageError(f"the database's URL cannot be read: {EXPECTED}") from error
    if url.drivername in SQLITE_DRIVERS:
        if url.host or url.query:
            raise StorageError(
                f"the database {url} says more than a file, expected sqlite:///PATH"
                " (a full path has four slashes: sqlite:////PATH)"
            )
        return _in_file(url.database or "")
    if url.drivername in POSTGRES_DRIVERS:
        return Location(_for_asyncpg(url))
    raise StorageError(f"the database is of a kind unknown here ({url.drivername}): {EXPECTED}")


def _in_file(path: str) -> Location:
    if path in {"", ":memory:"}:
        raise StorageError("the database has no file, expected a path: cases must outlast the run")
    try:
        file = Path(path).expanduser()
    except RuntimeError as error:
        raise StorageError(f"the database {path} is in the home folder of nobody here") from error
    return Location(URL.create("sqlite+aiosqlite", database=str(file)), file)


def _for_asyncpg(url: URL) -> URL:
    unknown = sorted(set(url.query) - set(POSTGRES_OPTIONS))
    if unknown:
        raise StorageError(
            f"the database's URL has an unknown option {unknown[0]},"
            f" expected one of {', '.join(POSTGRES_OPTIONS)}"
        )
    options = {POSTGRES_OPTIONS[name]: value for name, value in url.query.items()}
    return url.set(drivername="postgresql+asyncpg", query=options)

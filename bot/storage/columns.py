"""Column types that give back exactly what they were given, on SQLite and PostgreSQL alike.

Not tables (`bot.storage.tables`). Migrations render these as the plain SQL types underneath.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import JSON, DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

ESCAPE = "\U0010ffff"
"""Opens an escape. A noncharacter: Unicode promises that no real text contains it."""
UNSTORABLE = re.compile(f"[\x00\ud800-\udfff{ESCAPE}]")
"""NUL (which PostgreSQL refuses), lone surrogates (which both refuse), and the escape itself."""
ESCAPED = re.compile(f"{ESCAPE}([0-9a-f]{{6}})")


class AnyText(TypeDecorator[str]):
    """Text of any content. Ordinary text is stored as it is, `UNSTORABLE` characters escaped.

    Lossless and one-to-one, so that equality and unique keys hold for every string.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Escape what a database may refuse."""
        return None if value is None else _escape(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Undo `process_bind_param`."""
        return None if value is None else _unescape(value)


class AnyJson(TypeDecorator[Any]):
    """JSON whose strings may have any content, as in `AnyText`. None is NULL, not JSON's null."""

    impl = JSON
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(none_as_null=True)

    def process_bind_param(self, value: object, dialect: Dialect) -> object:
        """Escape every string within."""
        return _map_strings(_escape, value)

    def process_result_value(self, value: object, dialect: Dialect) -> object:
        """Undo `process_bind_param`."""
        return _map_strings(_unescape, value)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware times, stored in UTC and given back aware in UTC. A naive time is refused.

    SQLite has no times of its own: there it is text of one width, so that it sorts by time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into UTC.

        Raises:
            ValueError: the time is naive.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the time {value} has no time zone, expected an aware one")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say aloud that the stored time is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _escape(text: str) -> str:
    return UNSTORABLE.sub(lambda match: f"{ESCAPE}{ord(match[0]):06x}", text)


def _unescape(text: str) -> str:
    if ESCAPE not in text:
        return text
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def _map_strings(change: Callable[[str], str], value: object) -> object:
    match value:
        case str():
            return change(value)
        case dict():
            members = cast("dict[str, object]", value)
            return {change(key): _map_strings(change, member) for key, member in members.items()}
        case list():
            return [_map_strings(change, item) for item in cast("list[object]", value)]
        case _:
            return value

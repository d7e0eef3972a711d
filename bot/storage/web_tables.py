"""The tables of the server on the Perspective wire: API keys, and the scores clients suggested.

Not cases (`bot.storage.tables`), nor the running bot's (`bot.storage.live_tables`). Rows are
plumbing and validate nothing. The column marked "sealed" is unreadable where the database has a
key.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from bot.storage.columns import AnyJson, AnyText, UtcDateTime
from bot.storage.tables import Row

WEB_SEALED = {"suggestions": ("text",)}
"""The columns of these tables that hold people's words, for `bot.storage.sealing`."""


class ApiKeyRow(Row, table=True):
    """One API key. Its text is never stored, only its hash."""

    __tablename__ = "api_keys"  # pyright: ignore[reportAssignmentType]  # SQLModel types it otherwise
    __table_args__ = (UniqueConstraint("sha256"),)

    name: str = Field(sa_type=AnyText, primary_key=True)
    sha256: str = Field(sa_type=AnyText)
    per_minute: int
    made_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime)


class SuggestionRow(Row, table=True):
    """One comment's scores as a client suggested them."""

    __tablename__ = "suggestions"  # pyright: ignore[reportAssignmentType]  # as above
    __table_args__ = (Index(None, "session_id"), Index(None, "received_at"))

    id: int | None = Field(default=None, primary_key=True)
    received_at: datetime = Field(sa_type=UtcDateTime)
    text: str | None = Field(sa_type=AnyText)
    """Sealed. NULL once erased."""
    scores: dict[str, float] = Field(sa_type=AnyJson)
    """attribute -> value"""
    spans: dict[str, list[dict[str, Any]]] = Field(sa_type=AnyJson)
    """attribute -> [{begin, end, value}]"""
    languages: list[str] = Field(sa_type=AnyJson)
    community_id: str = Field(sa_type=AnyText)
    session_id: str = Field(sa_type=AnyText)
    client_token: str = Field(sa_type=AnyText)
    key_name: str | None = Field(sa_type=AnyText)

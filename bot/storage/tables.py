"""The tables: cases with what hangs on them, and the policies. Columns a moderator can query.

Rows are plumbing and validate nothing; `bot.storage.rows` turns them into domain objects and back.
The tables of a running bot stand in `bot.storage.live_tables`. Columns marked "sealed" are
unreadable where the database has a key (`bot.storage.sealing` lists them).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.storage.columns import AnyJson, AnyText, UtcDateTime

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Set before any table, so that constraints get names that a migration can rely on."""


class Row(SQLModel):
    """What every table's row is: plumbing, under the naming convention above."""


class PolicyRow(Row, table=True):
    """A whole effective policy, stored once however many cases were judged under it."""

    __tablename__ = "policies"  # pyright: ignore[reportAssignmentType]  # SQLModel types it otherwise

    version: str = Field(sa_type=AnyText, primary_key=True)
    toml: str = Field(sa_type=AnyText)
    first_used_at: datetime = Field(sa_type=UtcDateTime)


class CaseRow(Row, table=True):
    """One case. Ids are opaque text; JSON holds what has no fixed number of parts.

    A case without scores (`HandDraft`) leaves the judged columns NULL; `model_name` tells which.
    """

    __tablename__ = "cases"  # pyright: ignore[reportAssignmentType]  # as above
    __table_args__ = (
        UniqueConstraint("guild_id", "comment_id", "revision"),
        Index(None, "guild_id", "author_id"),
        Index(None, "state"),
    )

    guild_id: str = Field(sa_type=AnyText, primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    state: str = Field(sa_type=AnyText)
    origin: str = Field(sa_type=AnyText)
    moderator_id: str | None = Field(sa_type=AnyText)
    is_done: bool
    """Of a case without scores: Discord had carried the action out before it was recorded."""

    comment_id: str = Field(sa_type=AnyText)
    revision: int = Field(sa_type=BigInteger)
    forum_id: str | None = Field(sa_type=AnyText)
    thread_id: str | None = Field(sa_type=AnyText)
    channel_category_id: str | None = Field(sa_type=AnyText)
    author_id: str = Field(sa_type=AnyText)
    author_name: str = Field(sa_type=AnyText)
    author_roles: list[str] = Field(sa_type=AnyJson)
    author_is_bot: bool
    author_immune: str | None = Field(sa_type=AnyText)
    text: str | None = Field(sa_type=AnyText)
    """Sealed. NULL where a case without scores has no words, or they are erased."""
    normalised: str | None = Field(sa_type=AnyText)
    """Sealed."""
    created_at: datetime | None = Field(sa_type=UtcDateTime)
    position: int | None
    depth: int | None
    mentions: list[dict[str, Any]] | None = Field(sa_type=AnyJson)
    """Sealed names."""
    parent_id: str | None = Field(sa_type=AnyText)
    parent: dict[str, Any] | None = Field(sa_type=AnyJson)
    """The comment that was answered, whole, as it stood then. Sealed text and names."""

    model_name: str | None = Field(sa_type=AnyText)
    model_sha256: str | None = Field(sa_type=AnyText)
    scores: dict[str, dict[str, Any]] | None = Field(sa_type=AnyJson)
    """label -> {value, text, spelling, window, windows}. Sealed text."""

    decision: str | None = Field(sa_type=AnyText)
    categories: dict[str, float] | None = Field(sa_type=AnyJson)
    breaches: list[dict[str, Any]] | None = Field(sa_type=AnyJson)
    addressee_id: str | None = Field(sa_type=AnyText)
    addressee_name: str | None = Field(sa_type=AnyText)
    addressee_how: str | None = Field(sa_type=AnyText)
    verdict_reason: str | None = Field(sa_type=AnyText)

    mode: str = Field(sa_type=AnyText)
    policy_version: str | None = Field(sa_type=AnyText, foreign_key="policies.version")
    action_kind: str | None = Field(sa_type=AnyText)
    """The action as drafted; `decided_action_*` where a moderator decided otherwise."""
    action_until: datetime | None = Field(sa_type=UtcDateTime)
    action_removes_comment: bool | None
    action_capped_from: str | None = Field(sa_type=AnyText)
    action_purge_hours: int | None
    decided_action_kind: str | None = Field(sa_type=AnyText)
    decided_action_until: datetime | None = Field(sa_type=UtcDateTime)
    decided_action_removes_comment: bool | None
    decided_action_capped_from: str | None = Field(sa_type=AnyText)
    decided_action_purge_hours: int | None

    strike_points: float | None
    """The strike as drafted; `decided_strike_*` where a moderator decided otherwise."""
    strike_at: datetime | None = Field(sa_type=UtcDateTime)
    strike_incident_at: datetime | None = Field(sa_type=UtcDateTime)
    decided_strike_points: float | None
    decided_strike_at: datetime | None = Field(sa_type=UtcDateTime)
    decided_strike_incident_at: datetime | None = Field(sa_type=UtcDateTime)
    points_before: float
    points_after: float
    reason: str = Field(sa_type=AnyText)

    opened_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(sa_type=UtcDateTime)
    failure: str | None = Field(sa_type=AnyText)
    decided_by: str | None = Field(sa_type=AnyText)
    erased_at: datetime | None = Field(sa_type=UtcDateTime)
    """When the comment's words were erased; NULL while they are kept."""


class CaseEventRow(Row, table=True):
    """One line of a case's timeline."""

    __tablename__ = "case_events"  # pyright: ignore[reportAssignmentType]  # as above
    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "case_number"], ["cases.guild_id", "cases.number"]),
        Index(None, "guild_id", "case_number"),
    )

    id: int | None = Field(default=None, primary_key=True)
    guild_id: str = Field(sa_type=AnyText)
    case_number: int
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str = Field(sa_type=AnyText)
    actor_id: str | None = Field(sa_type=AnyText)
    text: str = Field(sa_type=AnyText)
    """Sealed."""


class EffectRow(Row, table=True):
    """One thing done to Discord for a case."""

    __tablename__ = "effects"  # pyright: ignore[reportAssignmentType]  # as above
    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "case_number"], ["cases.guild_id", "cases.number"]),
        UniqueConstraint("guild_id", "case_number", "position"),
        Index(None, "state"),
    )

    id: str = Field(sa_type=AnyText, primary_key=True)
    guild_id: str = Field(sa_type=AnyText)
    case_number: int
    position: int
    kind: str = Field(sa_type=AnyText)
    state: str = Field(sa_type=AnyText)
    planned_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(sa_type=UtcDateTime)
    attempts: int
    until: datetime | None = Field(sa_type=UtcDateTime)
    text: str | None = Field(sa_type=AnyText)
    """Sealed."""
    error: str | None = Field(sa_type=AnyText)
    message_id: str | None = Field(sa_type=AnyText)

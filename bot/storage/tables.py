"""The tables: cases, and the policies they were judged under. Columns a moderator can query.

Rows are plumbing and validate nothing; `bot.storage.rows` turns them into domain objects and back.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
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


class PolicyRow(SQLModel, table=True):
    """A whole effective policy, stored once however many cases were judged under it."""

    __tablename__ = "policies"  # pyright: ignore[reportAssignmentType]  # SQLModel types it otherwise

    version: str = Field(sa_type=AnyText, primary_key=True)
    toml: str = Field(sa_type=AnyText)
    first_used_at: datetime = Field(sa_type=UtcDateTime)


class CaseRow(SQLModel, table=True):
    """One case. Ids are opaque text; JSON holds what has no fixed number of parts."""

    __tablename__ = "cases"  # pyright: ignore[reportAssignmentType]  # as above
    __table_args__ = (
        UniqueConstraint("guild_id", "comment_id", "revision"),
        Index(None, "guild_id", "author_id"),
    )

    guild_id: str = Field(sa_type=AnyText, primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    state: str = Field(sa_type=AnyText)

    comment_id: str = Field(sa_type=AnyText)
    revision: int = Field(sa_type=BigInteger)
    forum_id: str | None = Field(sa_type=AnyText)
    thread_id: str = Field(sa_type=AnyText)
    channel_category_id: str | None = Field(sa_type=AnyText)
    author_id: str = Field(sa_type=AnyText)
    author_name: str = Field(sa_type=AnyText)
    author_roles: list[str] = Field(sa_type=AnyJson)
    author_is_bot: bool
    text: str = Field(sa_type=AnyText)
    normalised: str = Field(sa_type=AnyText)
    created_at: datetime = Field(sa_type=UtcDateTime)
    position: int
    depth: int
    mentions: list[dict[str, Any]] = Field(sa_type=AnyJson)
    parent_id: str | None = Field(sa_type=AnyText)
    parent: dict[str, Any] | None = Field(sa_type=AnyJson)
    """The comment that was answered, whole, as it stood then."""

    model_name: str = Field(sa_type=AnyText)
    model_sha256: str = Field(sa_type=AnyText)
    scores: dict[str, dict[str, Any]] = Field(sa_type=AnyJson)
    """label -> {value, text, spelling, window, windows}"""

    decision: str = Field(sa_type=AnyText)
    categories: dict[str, float] = Field(sa_type=AnyJson)
    breaches: list[dict[str, Any]] = Field(sa_type=AnyJson)
    addressee_id: str | None = Field(sa_type=AnyText)
    addressee_name: str | None = Field(sa_type=AnyText)
    addressee_how: str | None = Field(sa_type=AnyText)
    verdict_reason: str = Field(sa_type=AnyText)

    mode: str = Field(sa_type=AnyText)
    policy_version: str = Field(sa_type=AnyText, foreign_key="policies.version")
    action_kind: str | None = Field(sa_type=AnyText)
    action_until: datetime | None = Field(sa_type=UtcDateTime)
    action_removes_comment: bool | None
    action_capped_from: str | None = Field(sa_type=AnyText)

    strike_points: float | None
    strike_at: datetime | None = Field(sa_type=UtcDateTime)
    strike_incident_at: datetime | None = Field(sa_type=UtcDateTime)
    points_before: float
    points_after: float
    reason: str = Field(sa_type=AnyText)

    opened_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(sa_type=UtcDateTime)
    failure: str | None = Field(sa_type=AnyText)

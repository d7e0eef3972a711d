"""The tables of a running bot: the journal, appeals, claims, servers, and the check of the key.

Not cases and their ledger (`bot.storage.tables`, which sets how constraints are named). Rows are
plumbing and validate nothing. Columns marked "sealed" are unreadable where the database has a key.
"""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index
from sqlmodel import Field

from bot.storage.columns import AnyJson, AnyText, UtcDateTime
from bot.storage.tables import Row


class EntryRow(Row, table=True):
    """One judged comment version, whether or not a case came of it."""

    __tablename__ = "journal"  # pyright: ignore[reportAssignmentType]  # SQLModel types it otherwise
    __table_args__ = (
        Index(None, "guild_id", "judged_at"),
        Index(None, "guild_id", "author_id"),
    )

    guild_id: str = Field(sa_type=AnyText, primary_key=True)
    comment_id: str = Field(sa_type=AnyText, primary_key=True)
    revision: int = Field(
        sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False}
    )
    forum_id: str | None = Field(sa_type=AnyText)
    thread_id: str = Field(sa_type=AnyText)
    channel_category_id: str | None = Field(sa_type=AnyText)
    author_id: str = Field(sa_type=AnyText)
    author_name: str = Field(sa_type=AnyText)
    author_roles: list[str] = Field(sa_type=AnyJson)
    author_is_bot: bool
    author_immune: str | None = Field(sa_type=AnyText)
    text: str | None = Field(sa_type=AnyText)
    """Sealed. NULL once erased."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    judged_at: datetime = Field(sa_type=UtcDateTime)
    scores: dict[str, float] = Field(sa_type=AnyJson)
    """label -> value"""
    model_name: str = Field(sa_type=AnyText)
    model_sha256: str = Field(sa_type=AnyText)
    decision: str = Field(sa_type=AnyText)
    policy_version: str = Field(sa_type=AnyText)
    addressee_id: str | None = Field(sa_type=AnyText)
    addressee_name: str | None = Field(sa_type=AnyText)
    addressee_how: str | None = Field(sa_type=AnyText)
    case_number: int | None


class CursorRow(Row, table=True):
    """How far one thread was read."""

    __tablename__ = "cursors"  # pyright: ignore[reportAssignmentType]  # as above

    guild_id: str = Field(sa_type=AnyText, primary_key=True)
    thread_id: str = Field(sa_type=AnyText, primary_key=True)
    parent_id: str = Field(sa_type=AnyText)
    comment_id: str = Field(sa_type=AnyText)
    moved_at: datetime = Field(sa_type=UtcDateTime)


class AppealRow(Row, table=True):
    """One appeal against a case."""

    __tablename__ = "appeals"  # pyright: ignore[reportAssignmentType]  # as above
    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "case_number"], ["cases.guild_id", "cases.number"]),
        Index(None, "guild_id", "case_number"),
        Index(None, "guild_id", "member_id"),
        Index(None, "state"),
    )

    id: str = Field(sa_type=AnyText, primary_key=True)
    guild_id: str = Field(sa_type=AnyText)
    case_number: int
    member_id: str = Field(sa_type=AnyText)
    state: str = Field(sa_type=AnyText)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(sa_type=UtcDateTime)
    decided_by: str | None = Field(sa_type=AnyText)
    reminded_at: datetime | None = Field(sa_type=UtcDateTime)


class RemarkRow(Row, table=True):
    """One turn of an appeal's dialogue. `position` counts from 0."""

    __tablename__ = "appeal_remarks"  # pyright: ignore[reportAssignmentType]  # as above

    appeal_id: str = Field(sa_type=AnyText, primary_key=True, foreign_key="appeals.id")
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    author_id: str = Field(sa_type=AnyText)
    is_member: bool
    text: str = Field(sa_type=AnyText)
    """Sealed. Empty once erased."""


class ClaimRow(Row, table=True):
    """A moderator's hold on a queue item."""

    __tablename__ = "claims"  # pyright: ignore[reportAssignmentType]  # as above
    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "case_number"], ["cases.guild_id", "cases.number"]),
    )

    guild_id: str = Field(sa_type=AnyText, primary_key=True)
    case_number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    moderator_id: str = Field(sa_type=AnyText)
    until: datetime = Field(sa_type=UtcDateTime)


class GuildRow(Row, table=True):
    """One server's settings, as `config.guild` writes them."""

    __tablename__ = "guild_settings"  # pyright: ignore[reportAssignmentType]  # as above

    guild_id: str = Field(sa_type=AnyText, primary_key=True)
    settings: dict[str, object] = Field(sa_type=AnyJson)


class GuildPolicyRow(Row, table=True):
    """One saved policy of a server; the one with the highest number holds."""

    __tablename__ = "guild_policies"  # pyright: ignore[reportAssignmentType]  # as above

    guild_id: str = Field(sa_type=AnyText, primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    policy_version: str = Field(sa_type=AnyText, foreign_key="policies.version")
    saved_at: datetime = Field(sa_type=UtcDateTime)
    saved_by: str | None = Field(sa_type=AnyText)
    note: str = Field(sa_type=AnyText)


class KeyCheckRow(Row, table=True):
    """One row where the database's words are sealed: a known word under the newest key."""

    __tablename__ = "key_check"  # pyright: ignore[reportAssignmentType]  # as above

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    sealed: str = Field(sa_type=AnyText)

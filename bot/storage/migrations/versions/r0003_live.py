"""What a running bot stores besides cases.

Revision 0003, after 0002. Run by Alembic.
"""

import sqlalchemy as sa
from alembic import op

from bot.errors import StorageError

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_journal()
    _make_appeals()
    _make_claims()
    _make_servers()
    _make_key_check()


def downgrade() -> None:
    """Drop the tables.

    Raises:
        StorageError: the words are sealed, and an older Evenhand could not read them.
    """
    if op.get_bind().execute(sa.text("SELECT count(*) FROM key_check")).scalar():
        raise StorageError(
            "the database's words are sealed, so its schema cannot go back below 0003:"
            " an older Evenhand could not read them"
        )
    for table in (
        "key_check",
        "guild_policies",
        "guild_settings",
        "claims",
        "appeal_remarks",
        "appeals",
        "cursors",
        "journal",
    ):
        op.drop_table(table)


def _make_journal() -> None:
    op.create_table(
        "journal",
        sa.Column("guild_id", sa.Text(), nullable=False),
        sa.Column("comment_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("forum_id", sa.Text(), nullable=True),
        sa.Column("thread_id", sa.Text(), nullable=False),
        sa.Column("channel_category_id", sa.Text(), nullable=True),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("author_roles", sa.JSON(), nullable=False),
        sa.Column("author_is_bot", sa.Boolean(), nullable=False),
        sa.Column("author_immune", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("model_name", sa.Text(), nullable=False),
        sa.Column("model_sha256", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("addressee_id", sa.Text(), nullable=True),
        sa.Column("addressee_name", sa.Text(), nullable=True),
        sa.Column("addressee_how", sa.Text(), nullable=True),
        sa.Column("case_number", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", "comment_id", "revision", name=op.f("pk_journal")),
    )
    op.create_index(op.f("ix_journal_guild_id_author_id"), "journal", ["guild_id", "author_id"])
    op.create_index(op.f("ix_journal_guild_id_judged_at"), "journal", ["guild_id", "judged_at"])
    op.create_table(
        "cursors",
        sa.Column("guild_id", sa.Text(), nullable=False),
        sa.Column("thread_id", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=False),
        sa.Column("comment_id", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "thread_id", name=op.f("pk_cursors")),
    )


def _make_appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["guild_id", "case_number"],
            ["cases.guild_id", "cases.number"],
            name=op.f("fk_appeals_guild_id_case_number_cases"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
    )
    op.create_index(op.f("ix_appeals_guild_id_case_number"), "appeals", ["guild_id", "case_number"])
    op.create_index(op.f("ix_appeals_guild_id_member_id"), "appeals", ["guild_id", "member_id"])
    op.create_index(op.f("ix_appeals_state"), "appeals", ["state"])
    op.create_table(
        "appeal_remarks",
        sa.Column("appeal_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("is_member", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_remarks_appeal_id_appeals")
        ),
        sa.PrimaryKeyConstraint("appeal_id", "position", name=op.f("pk_appeal_remarks")),
    )


def _make_claims() -> None:
    op.create_table(
        "claims",
        sa.Column("guild_id", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("moderator_id", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["guild_id", "case_number"],
            ["cases.guild_id", "cases.number"],
            name=op.f("fk_claims_guild_id_case_number_cases"),
        ),
        sa.PrimaryKeyConstraint("guild_id", "case_number", name=op.f("pk_claims")),
    )


def _make_servers() -> None:
    op.create_table(
        "guild_settings",
        sa.Column("guild_id", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_guild_settings")),
    )
    op.create_table(
        "guild_policies",
        sa.Column("guild_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy_version"],
            ["policies.version"],
            name=op.f("fk_guild_policies_policy_version_policies"),
        ),
        sa.PrimaryKeyConstraint("guild_id", "number", name=op.f("pk_guild_policies")),
    )


def _make_key_check() -> None:
    op.create_table(
        "key_check",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_check")),
    )

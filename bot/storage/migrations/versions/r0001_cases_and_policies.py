"""Cases and policies.

Revision 0001, after none. Run by Alembic.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "policies",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policies")),
    )
    op.create_table(
        "cases",
        sa.Column("guild_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("comment_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("forum_id", sa.Text(), nullable=True),
        sa.Column("thread_id", sa.Text(), nullable=False),
        sa.Column("channel_category_id", sa.Text(), nullable=True),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("author_roles", sa.JSON(), nullable=False),
        sa.Column("author_is_bot", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("normalised", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("mentions", sa.JSON(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("parent", sa.JSON(), nullable=True),
        sa.Column("model_name", sa.Text(), nullable=False),
        sa.Column("model_sha256", sa.Text(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("breaches", sa.JSON(), nullable=False),
        sa.Column("addressee_id", sa.Text(), nullable=True),
        sa.Column("addressee_name", sa.Text(), nullable=True),
        sa.Column("addressee_how", sa.Text(), nullable=True),
        sa.Column("verdict_reason", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("action_kind", sa.Text(), nullable=True),
        sa.Column("action_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("action_removes_comment", sa.Boolean(), nullable=True),
        sa.Column("action_capped_from", sa.Text(), nullable=True),
        sa.Column("strike_points", sa.Float(), nullable=True),
        sa.Column("strike_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("strike_incident_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("points_before", sa.Float(), nullable=False),
        sa.Column("points_after", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["policy_version"], ["policies.version"], name=op.f("fk_cases_policy_version_policies")
        ),
        sa.PrimaryKeyConstraint("guild_id", "number", name=op.f("pk_cases")),
        sa.UniqueConstraint(
            "guild_id", "comment_id", "revision", name=op.f("uq_cases_guild_id_comment_id_revision")
        ),
    )
    op.create_index(op.f("ix_cases_guild_id_author_id"), "cases", ["guild_id", "author_id"])


def downgrade() -> None:
    """Drop both tables, and every case in them."""
    op.drop_table("cases")
    op.drop_table("policies")

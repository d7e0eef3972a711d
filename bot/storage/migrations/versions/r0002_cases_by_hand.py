"""Cases without scores, what moderators decide, each case's timeline, and the effects of a case.

Revision 0002, after 0001. Run by Alembic.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JUDGED_ONLY = {
    "thread_id": sa.Text(),
    "text": sa.Text(),
    "normalised": sa.Text(),
    "created_at": sa.DateTime(timezone=True),
    "position": sa.Integer(),
    "depth": sa.Integer(),
    "mentions": sa.JSON(),
    "model_name": sa.Text(),
    "model_sha256": sa.Text(),
    "scores": sa.JSON(),
    "decision": sa.Text(),
    "categories": sa.JSON(),
    "breaches": sa.JSON(),
    "verdict_reason": sa.Text(),
    "policy_version": sa.Text(),
}
"""Columns that a case without scores leaves empty."""

ADDED = (
    ("moderator_id", sa.Text()),
    ("author_immune", sa.Text()),
    ("action_purge_hours", sa.Integer()),
    ("decided_action_kind", sa.Text()),
    ("decided_action_until", sa.DateTime(timezone=True)),
    ("decided_action_removes_comment", sa.Boolean()),
    ("decided_action_capped_from", sa.Text()),
    ("decided_action_purge_hours", sa.Integer()),
    ("decided_strike_points", sa.Float()),
    ("decided_strike_at", sa.DateTime(timezone=True)),
    ("decided_strike_incident_at", sa.DateTime(timezone=True)),
    ("decided_by", sa.Text()),
    ("erased_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    """Widen the cases, and write the timelines of those there are."""
    with op.batch_alter_table("cases") as cases:
        # Whatever stands in the table came from the model; from now on each row says so itself.
        cases.add_column(sa.Column("origin", sa.Text(), nullable=False, server_default="model"))
        cases.add_column(
            sa.Column("is_done", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        for name, kind in ADDED:
            cases.add_column(sa.Column(name, kind, nullable=True))
        for name, kind in JUDGED_ONLY.items():
            cases.alter_column(name, existing_type=kind, nullable=True)
    with op.batch_alter_table("cases") as cases:
        cases.alter_column("origin", existing_type=sa.Text(), server_default=None)
        cases.alter_column("is_done", existing_type=sa.Boolean(), server_default=None)
    op.create_index(op.f("ix_cases_state"), "cases", ["state"])
    _make_timelines()
    _make_effects()
    op.execute(
        "INSERT INTO case_events (guild_id, case_number, at, kind, text)"
        " SELECT guild_id, number, opened_at, 'opened', reason FROM cases"
        " ORDER BY guild_id, number"
    )
    op.execute(
        "INSERT INTO case_events (guild_id, case_number, at, kind, text)"
        " SELECT guild_id, number, settled_at, state, coalesce(failure, '') FROM cases"
        " WHERE state IN ('applied', 'failed') AND settled_at IS NOT NULL"
        " ORDER BY guild_id, number"
    )


def downgrade() -> None:
    """Drop timelines, effects and cases without scores; decisions become what 0001 can say."""
    op.drop_table("effects")
    op.drop_table("case_events")
    op.execute("DELETE FROM cases WHERE model_name IS NULL")
    op.execute("UPDATE cases SET state = 'review' WHERE state = 'dismissed'")
    op.execute(
        "UPDATE cases SET state = 'failed', failure = 'a moderator took it back'"
        " WHERE state = 'overturned'"
    )
    op.drop_index(op.f("ix_cases_state"), "cases")
    with op.batch_alter_table("cases") as cases:
        for name, kind in JUDGED_ONLY.items():
            cases.alter_column(name, existing_type=kind, nullable=False)
        for name in ("origin", "is_done", *(name for name, _ in ADDED)):
            cases.drop_column(name)


def _make_timelines() -> None:
    op.create_table(
        "case_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guild_id", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guild_id", "case_number"],
            ["cases.guild_id", "cases.number"],
            name=op.f("fk_case_events_guild_id_case_number_cases"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_events")),
    )
    op.create_index(
        op.f("ix_case_events_guild_id_case_number"), "case_events", ["guild_id", "case_number"]
    )


def _make_effects() -> None:
    op.create_table(
        "effects",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["guild_id", "case_number"],
            ["cases.guild_id", "cases.number"],
            name=op.f("fk_effects_guild_id_case_number_cases"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effects")),
        sa.UniqueConstraint(
            "guild_id",
            "case_number",
            "position",
            name=op.f("uq_effects_guild_id_case_number_position"),
        ),
    )
    op.create_index(op.f("ix_effects_state"), "effects", ["state"])

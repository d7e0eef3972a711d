"""What moderators decided on scored cases, in a database. Read by `bot.advise`; changes nothing.

A case that the bot settled alone and nobody looked at says nothing, and is left out.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select as any_columns
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.appeal import AppealState
from bot.domain.case import CaseState, EventKind
from bot.domain.decision import HumanDecision
from bot.storage.database import Database
from bot.storage.live_tables import AppealRow
from bot.storage.tables import CaseEventRow, CaseRow, Row
from config.policy import Category

CASES = Row.metadata.tables["cases"]
_COLUMNS = ("guild_id", "number", "comment_id", "state", "categories", "breaches")


class SqlDecisions:
    """The decisions in an open database, of every server."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[HumanDecision]:
        """List every scored case that a human decided, oldest first."""
        decisions: list[HumanDecision] = []
        async with self._database.read() as session:
            right, acted_on = await _found_right(session), await _acted_on(session)
            rows = await session.stream(
                any_columns(*(CASES.c[name] for name in _COLUMNS))
                .where(CASES.c.categories.is_not(None))
                .order_by(CASES.c.opened_at, CASES.c.number)
            )
            async for row in rows.mappings():
                guild, state = row["guild_id"], row["state"]
                # A flagged comment that is acted on by hand is dismissed in favour of that case.
                is_elsewhere = (guild, row["comment_id"]) in acted_on
                if state == CaseState.OVERTURNED or (
                    state == CaseState.DISMISSED and not is_elsewhere
                ):
                    decisions.append(_decision(row, was_right=False))
                elif (guild, row["number"]) in right and state != CaseState.DISMISSED:
                    decisions.append(_decision(row, was_right=True))
        return decisions


async def _found_right(session: AsyncSession) -> set[tuple[str, int]]:
    """List the cases that a moderator ordered something in, or found right, also on appeal."""
    confirmed = await session.exec(
        select(CaseEventRow.guild_id, CaseEventRow.case_number).where(
            col(CaseEventRow.kind).in_([EventKind.ORDERED, EventKind.UPHELD]),
            col(CaseEventRow.actor_id).is_not(None),
        )
    )
    upheld = await session.exec(
        select(AppealRow.guild_id, AppealRow.case_number).where(
            AppealRow.state == AppealState.UPHELD
        )
    )
    return {*confirmed.all(), *upheld.all()}


async def _acted_on(session: AsyncSession) -> set[tuple[str, str]]:
    found = await session.exec(
        select(CaseRow.guild_id, CaseRow.comment_id).where(CaseRow.state == CaseState.APPLIED)
    )
    return set(found.all())


def _decision(row: Mapping[Any, Any], *, was_right: bool) -> HumanDecision:
    """A case found wrong was none of it; one found right was what it was opened for."""
    values = {Category(name): float(value) for name, value in row["categories"].items()}
    breached = {Category(breach["category"]) for breach in row["breaches"] or ()}
    return HumanDecision(values, dict.fromkeys(breached if was_right else values, was_right))

"""The record of appeals in a database. Fits `bot.moderation.ports.Appeals`.

Decides nothing: what an appeal may become is said in `bot.storage.dialogue`. Used by composition
roots; everyone else sees the port.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, ColumnExpressionArgument
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.appeal import Appeal, AppealState, Remark
from bot.domain.ids import AppealId, GuildId, MemberId
from bot.storage.cipher import Cipher
from bot.storage.database import Database
from bot.storage.dialogue import closed, reminded, require_first, with_remark
from bot.storage.live_rows import appeal_columns, remark_row, to_appeal
from bot.storage.live_tables import AppealRow, RemarkRow


class SqlAppeals:
    """Appeals and their dialogues in an open database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cipher = database.cipher

    async def open(self, appeal: Appeal) -> Appeal:
        """Record a new appeal.

        Raises:
            StaleCaseError: the case has an open appeal, or a decided one, already.
        """
        async with self._database.write() as session:
            found = await session.exec(
                select(AppealRow.state).where(
                    AppealRow.guild_id == appeal.guild, AppealRow.case_number == appeal.case
                )
            )
            require_first(appeal, [AppealState(state) for state in found])
            session.add(AppealRow(**appeal_columns(appeal)))
            await session.flush()
            self._add_remarks(session, appeal, after=0)
        return appeal

    async def get(self, appeal: AppealId) -> Appeal | None:
        """Find an appeal; None when there is none."""
        async with self._database.read() as session:
            return await self._find(session, appeal)

    async def of_case(self, guild: GuildId, case: int) -> list[Appeal]:
        """List a case's appeals, oldest first."""
        is_of_case = (col(AppealRow.guild_id) == guild) & (col(AppealRow.case_number) == case)
        return await self._list(is_of_case, col(AppealRow.opened_at).asc())

    async def list_open(self, guild: GuildId) -> list[Appeal]:
        """List a guild's open appeals, the one due first first."""
        is_open = (col(AppealRow.guild_id) == guild) & _is_open()
        return await self._list(is_open, col(AppealRow.due_at).asc(), col(AppealRow.opened_at))

    async def of_member(self, guild: GuildId, member: MemberId) -> list[Appeal]:
        """List a member's appeals, newest first."""
        is_theirs = (col(AppealRow.guild_id) == guild) & (col(AppealRow.member_id) == member)
        return await self._list(is_theirs, col(AppealRow.opened_at).desc())

    async def remark(self, appeal: Appeal, remark: Remark) -> Appeal:
        """Add a turn to the dialogue of an open appeal.

        Raises:
            StaleCaseError: the appeal is no longer open.
        """
        return await self._change(appeal.id, lambda known: with_remark(known, remark, appeal.id))

    async def close(
        self, appeal: Appeal, state: AppealState, *, by: MemberId, at: datetime, reason: Remark
    ) -> Appeal:
        """End an open appeal; `reason` becomes its last remark.

        Raises:
            StaleCaseError: somebody was quicker.
        """
        return await self._change(
            appeal.id,
            lambda known: closed(known, state, by=by, at=at, reason=reason, wanted=appeal.id),
        )

    async def due(self, now: datetime) -> list[Appeal]:
        """List open appeals of all servers that are past `due_at` and not yet reminded of."""
        is_due = _is_open() & (col(AppealRow.due_at) <= now) & col(AppealRow.reminded_at).is_(None)
        return await self._list(is_due, col(AppealRow.due_at).asc(), col(AppealRow.opened_at))

    async def mark_reminded(self, appeal: Appeal, now: datetime) -> Appeal:
        """Record that moderators were reminded.

        Raises:
            StaleCaseError: the appeal is no longer open.
        """
        return await self._change(appeal.id, lambda known: reminded(known, now, appeal.id))

    async def _list(
        self, is_wanted: ColumnElement[bool], *order: ColumnExpressionArgument[datetime]
    ) -> list[Appeal]:
        async with self._database.read() as session:
            return await list_appeals(session, is_wanted, *order, cipher=self._cipher)

    async def _find(self, session: AsyncSession, appeal: AppealId) -> Appeal | None:
        is_it = col(AppealRow.id) == appeal
        found = await list_appeals(session, is_it, cipher=self._cipher)
        return found[0] if found else None

    async def _change(self, appeal: AppealId, change: Callable[[Appeal | None], Appeal]) -> Appeal:
        """Change an appeal as `change` says, with the turns that it adds to the dialogue."""
        async with self._database.write() as session:
            known = await self._find(session, appeal)
            changed = change(known)
            await session.exec(
                update(AppealRow)
                .where(col(AppealRow.id) == appeal)
                .values(**appeal_columns(changed))
            )
            self._add_remarks(session, changed, after=len(known.remarks) if known else 0)
        return changed

    def _add_remarks(self, session: AsyncSession, appeal: Appeal, *, after: int) -> None:
        session.add_all(
            remark_row(appeal.id, position, remark, self._cipher)
            for position, remark in enumerate(appeal.remarks[after:], start=after)
        )


async def list_appeals(
    session: AsyncSession,
    is_wanted: ColumnElement[bool],
    *order: ColumnExpressionArgument[datetime],
    cipher: Cipher,
) -> list[Appeal]:
    """Read the appeals that a condition picks, with their dialogues."""
    rows = (await session.exec(select(AppealRow).where(is_wanted).order_by(*order))).all()
    remarks: defaultdict[str, list[RemarkRow]] = defaultdict(list)
    said = await session.exec(
        select(RemarkRow)
        .where(col(RemarkRow.appeal_id).in_(select(AppealRow.id).where(is_wanted)))
        .order_by(col(RemarkRow.position))
    )
    for remark in said:
        remarks[remark.appeal_id].append(remark)
    return [to_appeal(row, remarks[row.id], cipher) for row in rows]


def _is_open() -> ColumnElement[bool]:
    return col(AppealRow.state) == AppealState.OPEN

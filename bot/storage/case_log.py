"""The case log in a database. Fits `bot.moderation.ports.CaseLog`; decides nothing.

Used by composition roots (replay, export); everyone else sees the port.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.action import Applied, Failed, Outcome, Shadowed
from bot.domain.case import Case, CaseDraft, CaseKey, CaseState, Strike
from bot.domain.ids import GuildId, MemberId
from bot.errors import StorageError
from bot.storage.database import Database
from bot.storage.rows import to_case, to_policy_row, to_row, to_strike
from bot.storage.tables import CaseRow, PolicyRow
from config.policy import Mode


class SqlCaseLog:
    """The record of cases in an open database. `clock` gives the time of settling, aware UTC."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def find(self, key: CaseKey) -> Case | None:
        """Find the case of a comment version; None when there is none."""
        async with self._database.read() as session:
            return await _find(session, key)

    async def list_cases(self, guild: GuildId) -> list[Case]:
        """List all cases of a guild in the order of their numbers."""
        async with self._database.read() as session:
            found = await session.exec(
                select(CaseRow, PolicyRow)
                .join(PolicyRow)
                .where(CaseRow.guild_id == guild)
                .order_by(col(CaseRow.number))
            )
            return [to_case(row, policy) for row, policy in found]

    async def strikes(self, guild: GuildId, member: MemberId, *, rehearsed: bool) -> list[Strike]:
        """List a member's strikes, oldest first; those of failed cases are left out.

        A pending case counts as what it is about to become. `rehearsed` adds those of shadow mode.
        """
        counted = col(CaseRow.state) != CaseState.FAILED
        if not rehearsed:
            counted &= col(CaseRow.mode) != Mode.SHADOW
        async with self._database.read() as session:
            found = await session.exec(
                select(CaseRow.strike_at, CaseRow.strike_incident_at, CaseRow.strike_points)
                .where(CaseRow.guild_id == guild, CaseRow.author_id == member, counted)
                .order_by(col(CaseRow.strike_at), col(CaseRow.number))
            )
            strikes = (to_strike(*columns) for columns in found)
            return [strike for strike in strikes if strike is not None]

    async def open(self, draft: CaseDraft) -> Case:
        """Record a case before anything is done: PENDING with an action, else REVIEW.

        Opening the same key again, from any process, returns the first case unchanged. The first
        text recorded under a policy version stands.
        """
        async with self._database.write() as session:
            known = await _find(session, draft.key)
            if known is not None:
                return known
            if await session.get(PolicyRow, draft.policy_version) is None:
                session.add(to_policy_row(draft))
                await session.flush()
            case = Case(
                number=await _next_number(session, draft.key.guild),
                draft=draft,
                state=CaseState.REVIEW if draft.action is None else CaseState.PENDING,
            )
            session.add(to_row(case))
        return case

    async def settle(self, case: Case, outcome: Outcome) -> Case:
        """Record how a pending case's action ended.

        Raises:
            StorageError: the case is not pending, or not there.
        """
        settled = _settled(case, outcome, self._clock())
        guild = case.draft.key.guild
        is_the_case = (col(CaseRow.guild_id) == guild) & (col(CaseRow.number) == case.number)
        async with self._database.write() as session:
            found = (await session.exec(select(CaseRow.state).where(is_the_case))).one_or_none()
            if found != CaseState.PENDING:
                raise StorageError(
                    f"case {case.number} of server {guild} is {found or 'not recorded'},"
                    f" so it cannot become {settled.state}: only a pending case can be settled"
                )
            await session.exec(
                update(CaseRow)
                .where(is_the_case)
                .values(state=settled.state, settled_at=settled.settled_at, failure=settled.failure)
            )
        return settled


async def _find(session: AsyncSession, key: CaseKey) -> Case | None:
    found = await session.exec(
        select(CaseRow, PolicyRow)
        .join(PolicyRow)
        .where(CaseRow.guild_id == key.guild)
        .where(CaseRow.comment_id == key.comment)
        .where(CaseRow.revision == key.revision)
    )
    rows = found.one_or_none()
    return None if rows is None else to_case(*rows)


async def _next_number(session: AsyncSession, guild: GuildId) -> int:
    """Count on within the guild. True until the commit, for the writer is alone."""
    newest = await session.exec(select(func.max(CaseRow.number)).where(CaseRow.guild_id == guild))
    return (newest.one() or 0) + 1


def _settled(case: Case, outcome: Outcome, now: datetime) -> Case:
    match outcome:
        case Applied():
            return replace(case, state=CaseState.APPLIED, settled_at=now)
        case Failed(reason):
            return replace(case, state=CaseState.FAILED, settled_at=now, failure=reason)
        case Shadowed():
            return replace(case, state=CaseState.SHADOW, settled_at=now)

"""The case log in a database. Fits `bot.moderation.ports.CaseLog`; decides nothing.

Used by composition roots (replay, run); everyone else sees the port. What a case may become is
said in `bot.storage.moves`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, ColumnExpressionArgument
from sqlmodel import col, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.action import Action, Outcome
from bot.domain.case import (
    VOID_STATES,
    Case,
    CaseDraft,
    CaseEvent,
    CaseKey,
    CaseState,
    Draft,
    Origin,
    Strike,
)
from bot.domain.effect import PlannedEffect
from bot.domain.ids import CommentId, GuildId, MemberId
from bot.errors import StaleCaseError
from bot.moderation.ports import CaseFilter, Lift
from bot.storage.cipher import Cipher
from bot.storage.database import Database
from bot.storage.ledger import add_effects
from bot.storage.live_rows import event_row, to_event
from bot.storage.moves import (
    decided,
    lines_of_opening,
    lines_of_settling,
    mentions_words,
    not_pending,
    opened,
    settled,
)
from bot.storage.rows import standing_columns, to_case, to_policy_row, to_row, to_strike
from bot.storage.tables import CaseEventRow, CaseRow, PolicyRow
from config.policy import Mode

T = TypeVar("T", datetime, float)


class SqlCaseLog:
    """The record of cases in an open database. `clock` gives the time of settling, aware UTC."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._cipher = database.cipher
        self._clock = clock

    async def find(self, key: CaseKey) -> Case | None:
        """Find the case of a comment version; None when there is none."""
        async with self._database.read() as session:
            return await self._find(session, _is_key(key))

    async def get(self, guild: GuildId, number: int) -> Case | None:
        """Find a case by its number; None when there is none."""
        async with self._database.read() as session:
            return await self._find(session, _is_case(guild, number))

    async def list_cases(self, guild: GuildId, wanted: CaseFilter) -> list[Case]:
        """List the cases asked for, newest first."""
        asked = _asked_for(guild, wanted)
        newest_first = col(CaseRow.number).desc()
        async with self._database.read() as session:
            if wanted.words is not None:
                # Here and not in SQL, which knows upper and lower case of English alone.
                found = await session.exec(
                    select(CaseRow.number, CaseRow.reason, CaseRow.author_name)
                    .where(asked)
                    .order_by(newest_first)
                )
                numbers = [n for n, *texts in found if mentions_words(wanted.words, texts)]
                asked &= col(CaseRow.number).in_(numbers[: wanted.limit])
            return await self._list(session, asked, newest_first, limit=wanted.limit)

    async def of_comment(self, guild: GuildId, comment: CommentId) -> list[Case]:
        """List the cases of all versions of a comment, oldest version first."""
        is_it = (col(CaseRow.guild_id) == guild) & (col(CaseRow.comment_id) == comment)
        async with self._database.read() as session:
            return await self._list(session, is_it, col(CaseRow.revision).asc())

    async def pending(self) -> list[Case]:
        """List every pending case of every server, oldest first: what a crash may have left."""
        order = (col(CaseRow.opened_at), col(CaseRow.guild_id), col(CaseRow.number))
        async with self._database.read() as session:
            return await self._list(session, col(CaseRow.state) == CaseState.PENDING, *order)

    async def strikes(self, guild: GuildId, member: MemberId, *, rehearsed: bool) -> list[Strike]:
        """List a member's strikes, oldest first; those of void cases are left out.

        A pending case counts as what it is about to become. `rehearsed` adds those of shadow mode.
        """
        counted = col(CaseRow.state).not_in(VOID_STATES)
        if not rehearsed:
            counted &= col(CaseRow.mode) != Mode.SHADOW
        async with self._database.read() as session:
            found = await session.exec(
                select(
                    _latest(CaseRow.decided_strike_at, CaseRow.strike_at),
                    _latest(CaseRow.decided_strike_incident_at, CaseRow.strike_incident_at),
                    _latest(CaseRow.decided_strike_points, CaseRow.strike_points),
                )
                .where(CaseRow.guild_id == guild, CaseRow.author_id == member, counted)
                .order_by(col(CaseRow.number))
            )
            strikes = [to_strike(*columns) for columns in found]
        return sorted((s for s in strikes if s is not None), key=lambda strike: strike.at)

    async def open(self, draft: Draft, effects: Sequence[PlannedEffect] = ()) -> Case:
        """Record a case and its planned effects before anything is done, in one transaction.

        Opening the same key again, from any process, returns the first case unchanged. The first
        text recorded under a policy version stands.
        """
        async with self._database.write() as session:
            known = await self._find(session, _is_key(draft.key))
            if known is not None:
                return known
            if isinstance(draft, CaseDraft):
                await _record_policy(session, draft)
            case = opened(draft, await _next_number(session, draft.key.guild))
            session.add(to_row(case, self._cipher))
            await session.flush()
            self._add_lines(session, case, lines_of_opening(case))
            await add_effects(
                session, case.guild, case.number, effects, now=self._clock(), cipher=self._cipher
            )
        return case

    async def settle(self, case: Case, outcome: Outcome) -> Case:
        """Record how a pending case's action ended.

        Raises:
            StorageError: the case is not pending, or not there.
        """
        now = self._clock()
        async with self._database.write() as session:
            known = await self._find(session, _is_key(case.draft.key))
            if known is None or known.state is not CaseState.PENDING:
                raise not_pending(case, known and known.state)
            moved = settled(known, outcome, now)
            await self._move(session, moved, lines_of_settling(moved, now))
        return moved

    async def decide(
        self,
        case: Case,
        state: CaseState,
        *,
        event: CaseEvent,
        action: Action | None = None,
        strike: Strike | None = None,
        effects: Sequence[PlannedEffect] = (),
        lifts: Sequence[Lift] = (),
    ) -> Case:
        """Record a human's decision, its line in the timeline and its effects, in one transaction.

        `lifts` add a line and effects to other cases of the guild, in the same transaction.

        Raises:
            StaleCaseError: the case has moved on since it was looked at, or may not move so.
        """
        async with self._database.write() as session:
            known = await self._find(session, _is_key(case.draft.key))
            moved = decided(known, case, state, event=event, action=action, strike=strike)
            await self._move(session, moved, (event,))
            await add_effects(
                session, moved.guild, moved.number, effects, now=self._clock(), cipher=self._cipher
            )
            for lift in lifts:
                session.add(event_row(moved.guild, lift.case, lift.event, self._cipher))
                await add_effects(
                    session,
                    moved.guild,
                    lift.case,
                    lift.effects,
                    now=self._clock(),
                    cipher=self._cipher,
                )
        return moved

    async def note(self, guild: GuildId, number: int, event: CaseEvent) -> None:
        """Add a line to a case's timeline.

        Raises:
            StaleCaseError: there is no such case.
        """
        async with self._database.write() as session:
            found = await session.exec(select(CaseRow.number).where(_is_case(guild, number)))
            if found.one_or_none() is None:
                raise StaleCaseError(f"There is no case {number}.")
            session.add(event_row(guild, number, event, self._cipher))

    async def timeline(self, guild: GuildId, number: int) -> list[CaseEvent]:
        """List a case's timeline, oldest first."""
        async with self._database.read() as session:
            found = await session.exec(
                select(CaseEventRow)
                .where(CaseEventRow.guild_id == guild, CaseEventRow.case_number == number)
                .order_by(col(CaseEventRow.at), col(CaseEventRow.id))
            )
            return [to_event(row, self._cipher) for row in found]

    async def count_automatic(self, guild: GuildId, since: datetime) -> int:
        """Count cases with an action that the model opened in enforce mode since then."""
        async with self._database.read() as session:
            found = await session.exec(
                select(func.count())
                .select_from(CaseRow)
                .where(CaseRow.guild_id == guild, CaseRow.opened_at >= since, _is_automatic())
                .where(col(CaseRow.action_kind).is_not(None), CaseRow.mode == Mode.ENFORCE)
            )
            return found.one()

    async def _move(self, session: AsyncSession, case: Case, lines: Sequence[CaseEvent]) -> None:
        await session.exec(
            update(CaseRow)
            .where(_is_case(case.guild, case.number))
            .values(**standing_columns(case))
        )
        self._add_lines(session, case, lines)

    def _add_lines(self, session: AsyncSession, case: Case, lines: Sequence[CaseEvent]) -> None:
        session.add_all(event_row(case.guild, case.number, line, self._cipher) for line in lines)

    async def _find(self, session: AsyncSession, is_it: ColumnElement[bool]) -> Case | None:
        found = await self._list(session, is_it)
        return found[0] if found else None

    async def _list(
        self,
        session: AsyncSession,
        is_wanted: ColumnElement[bool],
        *order: ColumnExpressionArgument[Any],
        limit: int | None = None,
    ) -> list[Case]:
        return await list_cases(session, is_wanted, *order, limit=limit, cipher=self._cipher)


async def list_cases(
    session: AsyncSession,
    is_wanted: ColumnElement[bool],
    *order: ColumnExpressionArgument[Any],
    limit: int | None = None,
    cipher: Cipher,
) -> list[Case]:
    """Read the cases that a condition picks, whole."""
    found = await session.exec(
        select(CaseRow, PolicyRow)
        .join(PolicyRow, isouter=True)
        .where(is_wanted)
        .order_by(*order)
        .limit(limit)
    )
    return [to_case(row, policy, cipher) for row, policy in found]


def _is_key(key: CaseKey) -> ColumnElement[bool]:
    return (
        (col(CaseRow.guild_id) == key.guild)
        & (col(CaseRow.comment_id) == key.comment)
        & (col(CaseRow.revision) == key.revision)
    )


def _is_case(guild: GuildId, number: int) -> ColumnElement[bool]:
    return (col(CaseRow.guild_id) == guild) & (col(CaseRow.number) == number)


def _latest(decided: T | None, drafted: T | None) -> ColumnElement[T | None]:
    """Pick what a moderator decided, else what the case was opened with."""
    return func.coalesce(decided, drafted)


def _is_automatic() -> ColumnElement[bool]:
    return (col(CaseRow.origin) == Origin.MODEL) & col(CaseRow.moderator_id).is_(None)


def _asked_for(guild: GuildId, wanted: CaseFilter) -> ColumnElement[bool]:
    asked = col(CaseRow.guild_id) == guild
    if wanted.member is not None:
        asked &= col(CaseRow.author_id) == wanted.member
    if wanted.states is not None:
        asked &= col(CaseRow.state).in_(wanted.states)
    if wanted.since is not None:
        asked &= col(CaseRow.opened_at) >= wanted.since
    if wanted.automatic is True:
        asked &= _is_automatic()
    if wanted.automatic is False:
        asked &= or_(col(CaseRow.origin) != Origin.MODEL, col(CaseRow.moderator_id).is_not(None))
    return asked


async def _record_policy(session: AsyncSession, draft: CaseDraft) -> None:
    if await session.get(PolicyRow, draft.policy_version) is None:
        session.add(to_policy_row(draft))
        await session.flush()


async def _next_number(session: AsyncSession, guild: GuildId) -> int:
    """Count on within the guild. True until the commit, for the writer is alone."""
    newest = await session.exec(select(func.max(CaseRow.number)).where(CaseRow.guild_id == guild))
    return (newest.one() or 0) + 1

"""What is kept and forgotten, in a database. Fits `bot.moderation.ports.Archive`.

Not until when (`bot.storage.retention`), nor what is left of a case (`bot.storage.erasing`). Used
by composition roots; everyone else sees the port.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Update, func
from sqlalchemy import select as any_columns
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.case import Case, CaseEvent, EventKind
from bot.domain.ids import GuildId, MemberId
from bot.moderation.ports import Stored
from bot.storage.appeals import list_appeals
from bot.storage.archive_terms import (
    NAMING,
    appeals_of,
    cases_of,
    empty_lines,
    entries_of,
    forget_in_journal,
    is_appealed,
    is_case,
    is_there,
    lines_of,
    names,
    owes_text,
    remarks_of,
)
from bot.storage.case_log import list_cases
from bot.storage.database import Database
from bot.storage.erasing import MEMBER_WISHED, RETENTION_IS_OVER, without_member, without_words
from bot.storage.guilds import settings_of
from bot.storage.live_rows import event_row, to_entry
from bot.storage.live_tables import AppealRow, EntryRow, RemarkRow
from bot.storage.member_copy import member_copy
from bot.storage.retention import Deadlines, deadlines
from bot.storage.rows import draft_columns
from bot.storage.tables import CaseEventRow, CaseRow, EffectRow, Row

CASES = Row.metadata.tables["cases"]
CASES_AT_ONCE = 100
"""Cases erased in one transaction: others may write in between."""


class SqlArchive:
    """Looks through all tables of an open database. `clock` dates the erasures."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._cipher = database.cipher
        self._clock = clock

    async def stored(self, guild: GuildId, member: MemberId) -> Stored:
        """Count what is kept about a member."""
        cases, entries = cases_of(guild, member), entries_of(guild, member)
        appeals, said = appeals_of(guild, member), remarks_of(guild, member, ())
        async with self._database.read() as session:
            return Stored(
                cases=await _count(session, CaseRow, cases),
                appeals=await _count(session, AppealRow, appeals),
                journal_entries=await _count(session, EntryRow, entries),
                texts=await _count(session, CaseRow, cases & is_there(CaseRow.text))
                + await _count(session, EntryRow, entries & is_there(EntryRow.text))
                + await _count(session, RemarkRow, said),
            )

    async def export(self, guild: GuildId, member: MemberId) -> dict[str, object]:
        """Give all that is kept about a member, as JSON can hold it."""
        cipher = self._cipher
        async with self._database.read() as session:
            cases = await list_cases(
                session, cases_of(guild, member), col(CaseRow.number), cipher=cipher
            )
            appeals = await list_appeals(
                session, appeals_of(guild, member), col(AppealRow.opened_at), cipher=cipher
            )
            rows = await session.exec(
                select(EntryRow)
                .where(entries_of(guild, member))
                .order_by(col(EntryRow.judged_at), col(EntryRow.comment_id))
            )
            entries = [to_entry(row, cipher) for row in rows]
        return member_copy(guild, member, cases, appeals, entries)

    async def erase(self, guild: GuildId, member: MemberId, *, keep_cases: Collection[int]) -> int:
        """Erase a member's words and names everywhere; scores and ids stay. Counts what changed.

        The text of the cases in `keep_cases` is frozen evidence and stays until its time is up; so
        do words of theirs that somebody answered in a case with an open appeal.
        """
        numbers = await self._cases_naming(guild, member)
        changed = 0
        for start in range(0, len(numbers), CASES_AT_ONCE):
            some = col(CaseRow.number).in_(numbers[start : start + CASES_AT_ONCE])
            async with self._database.write() as session:
                cases = await list_cases(
                    session, (col(CaseRow.guild_id) == guild) & some, cipher=self._cipher
                )
                for found in cases:
                    changed += await self._erase_in_case(session, found, member, keep_cases)
        async with self._database.write() as session:
            changed += await _run(session, forget_in_journal(guild, member))
            said = remarks_of(guild, member, keep_cases)
            appeals = await session.exec(select(RemarkRow.appeal_id).where(said).distinct())
            changed += len(appeals.all())
            await _run(session, update(RemarkRow).where(said).values(text=""))
        await self._database.empty_log()
        return changed

    async def sweep(self, now: datetime) -> int:
        """Erase every text and entry whose retention time is over; counts what changed.

        Evidence of a case with an open appeal stays, as do words that are still to be sent back.
        """
        changed = 0
        for guild in await self._guilds():
            async with self._database.read() as session:
                limits = deadlines(await settings_of(session, guild), now)
            while swept := await self._sweep_cases(guild, limits, now):
                changed += swept
            changed += await self._sweep_journal(guild, limits)
        if changed:
            await self._database.empty_log()
        return changed

    async def _cases_naming(self, guild: GuildId, member: MemberId) -> Sequence[int]:
        """List the cases in which a member is named: their own, and those of who they spoke to."""
        async with self._database.read() as session:
            found = await session.stream(
                any_columns(*(CASES.c[name] for name in NAMING))
                .where(CASES.c.guild_id == guild, CASES.c.author_id != member)
                .order_by(CASES.c.number)
            )
            others = [row["number"] async for row in found.mappings() if names(row, member)]
            own = await session.exec(
                select(CaseRow.number).where(cases_of(guild, member)).order_by(col(CaseRow.number))
            )
            return [*own, *others]

    async def _erase_in_case(
        self, session: AsyncSession, found: Case, member: MemberId, keep_cases: Collection[int]
    ) -> bool:
        guild, number = found.guild, found.number
        row = await session.get_one(CaseRow, (guild, number))
        erased_at = row.erased_at
        open_appeal = await _count(session, CaseRow, is_case(guild, number) & is_appealed())
        is_kept = number in keep_cases
        draft = without_member(found.draft, member, keeps_words=is_kept or open_appeal > 0)
        changed = draft != found.draft
        if draft.member.id == member and not is_kept:
            said = lines_of(guild, number) & (col(CaseEventRow.actor_id) == member)
            changed |= await _run(session, empty_lines(said)) > 0
            if erased_at is None:
                draft, changed, erased_at = without_words(draft), True, self._clock()
                self._add_line(session, found, erased_at, MEMBER_WISHED)
        if changed:
            columns = draft_columns(draft, self._cipher)
            statement = update(CaseRow).where(is_case(guild, number))
            await session.exec(statement.values(**columns, erased_at=erased_at))
        return changed

    async def _sweep_cases(self, guild: GuildId, limits: Deadlines, now: datetime) -> int:
        """Erase some of the cases whose time is over; 0 when there are no more."""
        is_over = func.coalesce(CaseRow.settled_at, CaseRow.opened_at) < limits.case_text
        wanted = (
            (col(CaseRow.guild_id) == guild)
            & col(CaseRow.erased_at).is_(None)
            & is_over
            & ~is_appealed()
            & ~owes_text()
        )
        async with self._database.write() as session:
            cases = await list_cases(
                session, wanted, col(CaseRow.number), limit=CASES_AT_ONCE, cipher=self._cipher
            )
            for found in cases:
                await self._sweep_case(session, found, now)
        return len(cases)

    async def _sweep_case(self, session: AsyncSession, found: Case, now: datetime) -> None:
        guild, number = found.guild, found.number
        columns = draft_columns(without_words(found.draft), self._cipher)
        statement = update(CaseRow).where(is_case(guild, number))
        await session.exec(statement.values(**columns, erased_at=now))
        spoken = lines_of(guild, number) & (col(CaseEventRow.kind) == EventKind.APPEAL)
        await _run(session, empty_lines(spoken))
        await session.exec(
            update(EffectRow)
            .where(col(EffectRow.guild_id) == guild, col(EffectRow.case_number) == number)
            .values(text=None)
        )
        appeals = select(AppealRow.id).where(
            AppealRow.guild_id == guild, AppealRow.case_number == number
        )
        await session.exec(
            update(RemarkRow).where(col(RemarkRow.appeal_id).in_(appeals)).values(text="")
        )
        self._add_line(session, found, now, RETENTION_IS_OVER)

    async def _sweep_journal(self, guild: GuildId, limits: Deadlines) -> int:
        of_guild = col(EntryRow.guild_id) == guild
        old_text = (col(EntryRow.judged_at) < limits.allowed_text) & col(EntryRow.text).is_not(None)
        async with self._database.write() as session:
            gone = await session.exec(
                delete(EntryRow).where(of_guild, col(EntryRow.judged_at) < limits.scores)
            )
            faded = update(EntryRow).where(of_guild, old_text).values(text=None)
            return gone.rowcount + await _run(session, faded)

    async def _guilds(self) -> list[GuildId]:
        async with self._database.read() as session:
            cases = (await session.exec(select(CaseRow.guild_id).distinct())).all()
            entries = (await session.exec(select(EntryRow.guild_id).distinct())).all()
        return [GuildId(guild) for guild in sorted({*cases, *entries})]

    def _add_line(self, session: AsyncSession, found: Case, at: datetime, why: str) -> None:
        """Tell in the timeline that words were erased, where there were any."""
        if found.draft.text:
            line = CaseEvent(at, EventKind.ERASED, None, why)
            session.add(event_row(found.guild, found.number, line, self._cipher))


async def _count(session: AsyncSession, table: type[Row], wanted: ColumnElement[bool]) -> int:
    return (await session.exec(select(func.count()).select_from(table).where(wanted))).one()


async def _run(session: AsyncSession, statement: Update) -> int:
    """Run a statement; return how many rows it changed."""
    return (await session.exec(statement)).rowcount

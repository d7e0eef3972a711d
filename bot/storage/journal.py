"""The journal in a database. Fits `bot.moderation.ports.Journal`; decides nothing.

Used by composition roots; everyone else sees the port.
"""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, func, select, tuple_

from bot.domain.case import CaseKey
from bot.domain.ids import CommentId, GuildId
from bot.domain.journal import Cursor, Entry
from bot.storage.database import Database
from bot.storage.live_rows import entry_columns, to_cursor, to_entry
from bot.storage.live_tables import CursorRow, EntryRow

ROWS_AT_ONCE = 500
"""Rows read or written by one statement: fewer values than SQLite takes (32,766)."""


class SqlJournal:
    """Judged comments and cursors in an open database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cipher = database.cipher

    async def known(self, keys: Collection[CaseKey]) -> frozenset[CaseKey]:
        """Say which of these comment versions are judged already."""
        asked = [(key.guild, key.comment, key.revision) for key in keys]
        columns = (EntryRow.guild_id, EntryRow.comment_id, EntryRow.revision)
        known: set[CaseKey] = set()
        async with self._database.read() as session:
            for start in range(0, len(asked), ROWS_AT_ONCE):
                some = asked[start : start + ROWS_AT_ONCE]
                found = await session.exec(select(*columns).where(tuple_(*columns).in_(some)))
                known |= {CaseKey(GuildId(g), CommentId(c), revision) for g, c, revision in found}
        return frozenset(known)

    async def record(self, entries: Sequence[Entry]) -> None:
        """Record judged comments in one transaction; an entry that is there stays as it is."""
        if not entries:
            return
        rows = await asyncio.to_thread(
            lambda: [entry_columns(entry, self._cipher) for entry in entries]
        )
        async with self._database.write() as session:
            connection = await session.connection()
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            await connection.execute(insert(EntryRow).on_conflict_do_nothing(), rows)

    async def entries(self, guild: GuildId, since: datetime, *, limit: int = 20_000) -> list[Entry]:
        """List what was judged since then, newest first.

        Read in pages, and made into entries in a thread, so that neither the writer nor the event
        loop waits for long.
        """
        place = (col(EntryRow.judged_at), col(EntryRow.comment_id), col(EntryRow.revision))
        page = (
            select(EntryRow)
            .where(EntryRow.guild_id == guild, EntryRow.judged_at >= since)
            .order_by(*(column.desc() for column in place))
        )
        entries: list[Entry] = []
        while len(entries) < limit:
            wanted = min(ROWS_AT_ONCE, limit - len(entries))
            following = page
            if entries:
                last = entries[-1]
                before = (last.judged_at, last.key.comment, last.key.revision)
                following = page.where(tuple_(*place) < before)
            async with self._database.read() as session:
                rows = (await session.exec(following.limit(wanted))).all()
            entries += await asyncio.to_thread(self._read_back, rows)
            if len(rows) < wanted:
                break
        return entries

    def _read_back(self, rows: Sequence[EntryRow]) -> list[Entry]:
        return [to_entry(row, self._cipher) for row in rows]

    async def count(self, guild: GuildId, since: datetime) -> int:
        """Count what was judged since then."""
        async with self._database.read() as session:
            found = await session.exec(
                select(func.count())
                .select_from(EntryRow)
                .where(EntryRow.guild_id == guild, EntryRow.judged_at >= since)
            )
            return found.one()

    async def cursors(self, guild: GuildId) -> list[Cursor]:
        """List how far each thread of a guild was read."""
        async with self._database.read() as session:
            found = await session.exec(
                select(CursorRow)
                .where(CursorRow.guild_id == guild)
                .order_by(col(CursorRow.thread_id))
            )
            return [to_cursor(row) for row in found]

    async def advance(self, cursor: Cursor) -> None:
        """Move a thread's cursor; never back (ids compare as numbers)."""
        async with self._database.write() as session:
            row = await session.get(CursorRow, (cursor.guild, cursor.thread))
            if row is not None and int(row.comment_id) >= int(cursor.comment):
                return
            await session.merge(
                CursorRow(
                    guild_id=cursor.guild,
                    thread_id=cursor.thread,
                    parent_id=cursor.parent,
                    comment_id=cursor.comment,
                    moved_at=cursor.moved_at,
                )
            )

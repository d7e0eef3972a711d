"""A journal in memory, for tests. Held to tests/bot/storage/test_journal_contract.py."""

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.domain.case import CaseKey
from bot.domain.ids import GuildId, PlaceId
from bot.domain.journal import Cursor, Entry


class MemoryJournal:
    """Entries and cursors in dictionaries."""

    def __init__(self) -> None:
        self.by_key: dict[CaseKey, Entry] = {}
        self._cursors: dict[tuple[GuildId, PlaceId], Cursor] = {}

    async def known(self, keys: Collection[CaseKey]) -> frozenset[CaseKey]:
        return frozenset(keys) & self.by_key.keys()

    async def record(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.by_key.setdefault(entry.key, entry)

    async def entries(self, guild: GuildId, since: datetime, *, limit: int = 20_000) -> list[Entry]:
        found = [e for e in self._of(guild) if e.judged_at >= since]
        found.sort(key=lambda e: (e.judged_at, e.key.comment, e.key.revision), reverse=True)
        return found[:limit]

    async def count(self, guild: GuildId, since: datetime) -> int:
        return len([e for e in self._of(guild) if e.judged_at >= since])

    async def cursors(self, guild: GuildId) -> list[Cursor]:
        return [cursor for (of, _), cursor in sorted(self._cursors.items()) if of == guild]

    async def advance(self, cursor: Cursor) -> None:
        known = self._cursors.get((cursor.guild, cursor.thread))
        if known is None or int(cursor.comment) > int(known.comment):
            self._cursors[cursor.guild, cursor.thread] = cursor

    def _of(self, guild: GuildId) -> list[Entry]:
        return [entry for entry in self.by_key.values() if entry.key.guild == guild]

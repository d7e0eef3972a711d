"""What is kept and forgotten, in memory. Held to tests/bot/storage/test_archive_contract.py."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from bot.domain.appeal import AppealState
from bot.domain.case import Case, CaseEvent, EventKind
from bot.domain.effect import EffectKind
from bot.domain.ids import GuildId, MemberId
from bot.domain.journal import Entry
from bot.moderation.ports import Stored
from bot.storage.erasing import (
    MEMBER_WISHED,
    RETENTION_IS_OVER,
    without_member,
    without_words,
)
from bot.storage.member_copy import member_copy
from bot.storage.planning import UNSETTLED
from bot.storage.retention import deadlines
from tests.fakes.memory_appeals import MemoryAppeals
from tests.fakes.memory_case_log import MemoryCaseLog
from tests.fakes.memory_erasing import appeal_without_words, entry_without, line_without_words
from tests.fakes.memory_guilds import MemoryGuilds
from tests.fakes.memory_journal import MemoryJournal


class MemoryArchive:
    """Looks through the other fakes' dictionaries."""

    def __init__(
        self,
        *,
        cases: MemoryCaseLog,
        journal: MemoryJournal,
        appeals: MemoryAppeals,
        guilds: MemoryGuilds,
        clock: Callable[[], datetime],
    ) -> None:
        self._cases = cases
        self._journal = journal
        self._appeals = appeals
        self._guilds = guilds
        self._clock = clock
        self._erased: set[tuple[GuildId, int]] = set()

    async def stored(self, guild: GuildId, member: MemberId) -> Stored:
        cases, entries = self._cases_of(guild, member), self._entries_of(guild, member)
        appeals = await self._appeals.of_member(guild, member)
        said = [remark.text for a in appeals for remark in a.remarks if remark.is_member]
        texts = [*(c.draft.text for c in cases), *(e.text for e in entries), *said]
        return Stored(len(cases), len(appeals), len(entries), sum(bool(text) for text in texts))

    async def export(self, guild: GuildId, member: MemberId) -> dict[str, object]:
        appeals = await self._appeals.of_member(guild, member)
        cases, entries = self._cases_of(guild, member), self._entries_of(guild, member)
        return member_copy(guild, member, cases, appeals[::-1], entries)

    async def erase(self, guild: GuildId, member: MemberId, *, keep_cases: Collection[int]) -> int:
        now = self._clock()
        changed = 0
        for case in self._cases.of_guild(guild):
            key = (guild, case.number)
            before = (case, self._cases.lines[key])
            keeps = case.number in keep_cases or self._is_appealed(guild, case.number)
            draft = without_member(case.draft, member, keeps_words=keeps)
            if draft.member.id == member and case.number not in keep_cases:
                if key not in self._erased:
                    draft = without_words(draft)
                    self._mark_erased(case, now, MEMBER_WISHED)
                self._erase_lines(case, member)
            self._cases.by_key[case.draft.key] = replace(case, draft=draft)
            changed += before != (replace(case, draft=draft), self._cases.lines[key])
        for key, entry in self._journal.by_key.items():
            if key.guild == guild:
                self._journal.by_key[key] = entry_without(entry, member)
                changed += self._journal.by_key[key] != entry
        for appeal in await self._appeals.of_member(guild, member):
            if appeal.case not in keep_cases:
                self._appeals.by_id[appeal.id] = appeal_without_words(appeal, only_members=True)
                changed += self._appeals.by_id[appeal.id] != appeal
        return changed

    async def sweep(self, now: datetime) -> int:
        changed = 0
        for case in list(self._cases.by_key.values()):
            limit = deadlines(await self._guilds.settings(case.guild), now).case_text
            key = (case.guild, case.number)
            if (
                (case.settled_at or case.draft.opened_at) < limit
                and key not in self._erased
                and not self._is_appealed(*key)
                and not self._owes_text(*key)
            ):
                self._mark_erased(case, now, RETENTION_IS_OVER)
                self._erase_lines(case, None)
                self._cases.by_key[case.draft.key] = replace(case, draft=without_words(case.draft))
                changed += 1
        return changed + await self._sweep_journal(now)

    async def _sweep_journal(self, now: datetime) -> int:
        changed = 0
        for key, entry in list(self._journal.by_key.items()):
            limits = deadlines(await self._guilds.settings(key.guild), now)
            if entry.judged_at < limits.scores:
                del self._journal.by_key[key]
                changed += 1
            elif entry.judged_at < limits.allowed_text and entry.text is not None:
                self._journal.by_key[key] = replace(entry, text=None)
                changed += 1
        return changed

    def _mark_erased(self, case: Case, now: datetime, why: str) -> None:
        """Add the line, and erase what hangs on a case whose time is over."""
        key = (case.guild, case.number)
        self._erased.add(key)
        if case.draft.text:
            self._cases.lines[key].append(CaseEvent(now, EventKind.ERASED, None, why))
        if why == RETENTION_IS_OVER:
            for appeal in [a for a in self._appeals.by_id.values() if (a.guild, a.case) == key]:
                self._appeals.by_id[appeal.id] = appeal_without_words(appeal, only_members=False)
            for effect in self._cases.ledger.of_case(*key):
                self._cases.ledger.by_id[effect.id] = replace(effect, text=None)

    def _erase_lines(self, case: Case, member: MemberId | None) -> None:
        key = (case.guild, case.number)
        lines = self._cases.lines[key]
        self._cases.lines[key] = [line_without_words(line, member) for line in lines]

    def _is_appealed(self, guild: GuildId, case: int) -> bool:
        return any(
            (a.guild, a.case, a.state) == (guild, case, AppealState.OPEN)
            for a in self._appeals.by_id.values()
        )

    def _owes_text(self, guild: GuildId, case: int) -> bool:
        return any(
            effect.kind is EffectKind.RETURN_TEXT and effect.state in UNSETTLED
            for effect in self._cases.ledger.of_case(guild, case)
        )

    def _cases_of(self, guild: GuildId, member: MemberId) -> list[Case]:
        return [c for c in self._cases.of_guild(guild) if c.draft.member.id == member]

    def _entries_of(self, guild: GuildId, member: MemberId) -> list[Entry]:
        found = (e for e in self._journal.by_key.values() if e.key.guild == guild)
        return sorted((e for e in found if e.author.id == member), key=lambda e: e.judged_at)

"""A record of appeals in memory, for tests. Held to tests/bot/storage/test_appeals_contract.py."""

from collections.abc import Callable
from datetime import datetime

from bot.domain.appeal import Appeal, AppealState, Remark
from bot.domain.ids import AppealId, GuildId, MemberId
from bot.storage.dialogue import closed, reminded, require_first, with_remark


class MemoryAppeals:
    """Appeals in a dictionary, in the order they were opened."""

    def __init__(self) -> None:
        self.by_id: dict[AppealId, Appeal] = {}

    async def open(self, appeal: Appeal) -> Appeal:
        require_first(appeal, [a.state for a in await self.of_case(appeal.guild, appeal.case)])
        return self._put(appeal)

    async def get(self, appeal: AppealId) -> Appeal | None:
        return self.by_id.get(appeal)

    async def of_case(self, guild: GuildId, case: int) -> list[Appeal]:
        return self._list(lambda a: (a.guild, a.case) == (guild, case))

    async def list_open(self, guild: GuildId) -> list[Appeal]:
        found = self._list(lambda a: a.guild == guild and a.state is AppealState.OPEN)
        return sorted(found, key=lambda a: (a.due_at, a.opened_at))

    async def of_member(self, guild: GuildId, member: MemberId) -> list[Appeal]:
        return self._list(lambda a: (a.guild, a.member) == (guild, member))[::-1]

    async def remark(self, appeal: Appeal, remark: Remark) -> Appeal:
        return self._put(with_remark(self.by_id.get(appeal.id), remark, appeal.id))

    async def close(
        self, appeal: Appeal, state: AppealState, *, by: MemberId, at: datetime, reason: Remark
    ) -> Appeal:
        known = self.by_id.get(appeal.id)
        return self._put(closed(known, state, by=by, at=at, reason=reason, wanted=appeal.id))

    async def due(self, now: datetime) -> list[Appeal]:
        found = self._list(
            lambda a: a.state is AppealState.OPEN and a.due_at <= now and a.reminded_at is None
        )
        return sorted(found, key=lambda a: (a.due_at, a.opened_at))

    async def mark_reminded(self, appeal: Appeal, now: datetime) -> Appeal:
        return self._put(reminded(self.by_id.get(appeal.id), now, appeal.id))

    def _list(self, is_wanted: Callable[[Appeal], bool]) -> list[Appeal]:
        return sorted(filter(is_wanted, self.by_id.values()), key=lambda a: a.opened_at)

    def _put(self, appeal: Appeal) -> Appeal:
        self.by_id[appeal.id] = appeal
        return appeal

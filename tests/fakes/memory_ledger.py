"""A ledger in memory, for tests. Held to tests/bot/storage/test_ledger_contract.py."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.domain.effect import Effect, EffectState, PlannedEffect
from bot.domain.ids import EffectId, GuildId
from bot.storage.planning import UNSETTLED, plan_effects, sent, settled


class MemoryLedger:
    """Effects in a dictionary, in the order they were planned."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.by_id: dict[EffectId, Effect] = {}
        self._clock = clock

    async def effects(self, guild: GuildId, case: int) -> list[Effect]:
        return self.of_case(guild, case)

    async def plan(
        self, guild: GuildId, case: int, effects: Sequence[PlannedEffect]
    ) -> list[Effect]:
        return self.add(guild, case, effects, self._clock())

    async def mark_sent(self, effect: Effect) -> Effect:
        return self._put(sent(self.by_id.get(effect.id), self._clock(), effect.id))

    async def settle(
        self,
        effect: Effect,
        state: EffectState,
        *,
        error: str | None = None,
        message: str | None = None,
    ) -> Effect:
        return self._put(settled(self.by_id.get(effect.id), state, error, message, effect.id))

    async def unsettled(self) -> list[Effect]:
        waiting = [effect for effect in self.by_id.values() if effect.state in UNSETTLED]
        return sorted(waiting, key=lambda e: (e.planned_at, e.guild, e.case, e.position))

    def of_case(self, guild: GuildId, case: int) -> list[Effect]:
        return [e for e in self.by_id.values() if (e.guild, e.case) == (guild, case)]

    def add(
        self, guild: GuildId, case: int, wanted: Sequence[PlannedEffect], now: datetime
    ) -> list[Effect]:
        first = len(self.of_case(guild, case))
        planned = plan_effects(guild, case, wanted, first=first, now=now)
        self.by_id |= {effect.id: effect for effect in planned}
        return planned

    def _put(self, effect: Effect) -> Effect:
        self.by_id[effect.id] = effect
        return effect

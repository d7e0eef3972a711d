"""The ledger in a database: what is done to Discord, once each. Fits `bot.moderation.ports.Ledger`.

Carries nothing out and decides nothing: what an effect may become is said in
`bot.storage.planning`. Used by composition roots; the case log plans effects through `add_effects`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.effect import Effect, EffectState, PlannedEffect
from bot.domain.ids import EffectId, GuildId
from bot.storage.cipher import Cipher
from bot.storage.database import Database
from bot.storage.live_rows import effect_columns, to_effect
from bot.storage.planning import UNSETTLED, plan_effects, sent, settled
from bot.storage.tables import EffectRow


class SqlLedger:
    """The effects of an open database. `clock` gives the time of planning and sending."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._cipher = database.cipher
        self._clock = clock

    async def effects(self, guild: GuildId, case: int) -> list[Effect]:
        """List a case's effects in their order."""
        async with self._database.read() as session:
            found = await session.exec(
                select(EffectRow)
                .where(EffectRow.guild_id == guild, EffectRow.case_number == case)
                .order_by(col(EffectRow.position))
            )
            return [to_effect(row, self._cipher) for row in found]

    async def plan(
        self, guild: GuildId, case: int, effects: Sequence[PlannedEffect]
    ) -> list[Effect]:
        """Add effects behind those a case has; returns the new ones.

        Raises:
            StorageError: there is no such case.
        """
        async with self._database.write() as session:
            return await add_effects(
                session, guild, case, effects, now=self._clock(), cipher=self._cipher
            )

    async def mark_sent(self, effect: Effect) -> Effect:
        """Record, before the request, that it may reach Discord; counts an attempt.

        Raises:
            StaleCaseError: the effect is settled: sending it would do it twice.
        """
        async with self._database.write() as session:
            known = await self._find(session, effect.id)
            return await self._put(session, sent(known, self._clock(), effect.id))

    async def settle(
        self,
        effect: Effect,
        state: EffectState,
        *,
        error: str | None = None,
        message: str | None = None,
    ) -> Effect:
        """Record how an effect ended. A settled effect never changes again: it is given back."""
        async with self._database.write() as session:
            known = await self._find(session, effect.id)
            return await self._put(session, settled(known, state, error, message, effect.id))

    async def unsettled(self) -> list[Effect]:
        """List every planned or sent effect of every server, oldest first."""
        async with self._database.read() as session:
            found = await session.exec(
                select(EffectRow)
                .where(col(EffectRow.state).in_(UNSETTLED))
                .order_by(
                    col(EffectRow.planned_at),
                    col(EffectRow.guild_id),
                    col(EffectRow.case_number),
                    col(EffectRow.position),
                )
            )
            return [to_effect(row, self._cipher) for row in found]

    async def _find(self, session: AsyncSession, effect: EffectId) -> Effect | None:
        row = await session.get(EffectRow, effect)
        return None if row is None else to_effect(row, self._cipher)

    async def _put(self, session: AsyncSession, effect: Effect) -> Effect:
        await session.exec(
            update(EffectRow)
            .where(col(EffectRow.id) == effect.id)
            .values(**effect_columns(effect, self._cipher))
        )
        return effect


async def add_effects(
    session: AsyncSession,
    guild: GuildId,
    case: int,
    wanted: Sequence[PlannedEffect],
    *,
    now: datetime,
    cipher: Cipher,
) -> list[Effect]:
    """Plan effects of a case in the transaction at hand."""
    if not wanted:
        return []
    there = await session.exec(
        select(func.count())
        .select_from(EffectRow)
        .where(EffectRow.guild_id == guild, EffectRow.case_number == case)
    )
    planned = plan_effects(guild, case, wanted, first=there.one(), now=now)
    session.add_all(EffectRow(**effect_columns(effect, cipher)) for effect in planned)
    return planned

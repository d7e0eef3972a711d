"""Claims in a database. Fits `bot.moderation.ports.Claims`; decides nothing.

Used by composition roots; everyone else sees the port.
"""

from datetime import datetime

from sqlmodel import col, delete, select

from bot.domain.ids import GuildId
from bot.moderation.ports import Claim
from bot.storage.database import Database
from bot.storage.live_rows import to_claim
from bot.storage.live_tables import ClaimRow


class SqlClaims:
    """Who works on which queue item, in an open database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, claim: Claim, now: datetime) -> Claim:
        """Take a free or lapsed item, or renew one's own; otherwise returns whose it is."""
        async with self._database.write() as session:
            held = await session.get(ClaimRow, (claim.guild, claim.case))
            if held is not None and held.until > now and held.moderator_id != claim.moderator:
                return to_claim(held)
            await session.merge(
                ClaimRow(
                    guild_id=claim.guild,
                    case_number=claim.case,
                    moderator_id=claim.moderator,
                    until=claim.until,
                )
            )
        return claim

    async def release(self, guild: GuildId, case: int) -> None:
        """Give an item back."""
        async with self._database.write() as session:
            await session.exec(
                delete(ClaimRow).where(
                    col(ClaimRow.guild_id) == guild, col(ClaimRow.case_number) == case
                )
            )

    async def held(self, guild: GuildId, now: datetime) -> list[Claim]:
        """List the claims that have not lapsed."""
        async with self._database.read() as session:
            found = await session.exec(
                select(ClaimRow)
                .where(ClaimRow.guild_id == guild, ClaimRow.until > now)
                .order_by(col(ClaimRow.case_number))
            )
            return [to_claim(row) for row in found]

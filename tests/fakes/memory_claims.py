"""Claims in memory, for tests. Held to tests/bot/storage/test_claims_contract.py."""

from datetime import datetime

from bot.domain.ids import GuildId
from bot.moderation.ports import Claim


class MemoryClaims:
    """Claims in a dictionary."""

    def __init__(self) -> None:
        self._claims: dict[tuple[GuildId, int], Claim] = {}

    async def take(self, claim: Claim, now: datetime) -> Claim:
        key = (claim.guild, claim.case)
        held = self._claims.get(key)
        if held is None or held.until <= now or held.moderator == claim.moderator:
            self._claims[key] = claim
        return self._claims[key]

    async def release(self, guild: GuildId, case: int) -> None:
        self._claims.pop((guild, case), None)

    async def held(self, guild: GuildId, now: datetime) -> list[Claim]:
        claims = [c for c in self._claims.values() if c.guild == guild and c.until > now]
        return sorted(claims, key=lambda claim: claim.case)

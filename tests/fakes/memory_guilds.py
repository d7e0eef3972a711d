"""Servers' settings and policies in memory, for tests. Held to test_guilds_contract.py."""

from collections import defaultdict
from datetime import datetime

from bot.domain.ids import GuildId, MemberId
from bot.moderation.ports import PolicyVersion
from config.guild import GuildSettings
from config.policy import Policy


class MemoryGuilds:
    """Settings and policies in dictionaries."""

    def __init__(self) -> None:
        self._settings: dict[GuildId, GuildSettings] = {}
        self._policies: defaultdict[GuildId, list[PolicyVersion]] = defaultdict(list)

    async def settings(self, guild: GuildId) -> GuildSettings:
        return self._settings.get(guild, GuildSettings())

    async def save_settings(self, guild: GuildId, settings: GuildSettings) -> None:
        self._settings[guild] = settings

    async def policy(self, guild: GuildId) -> PolicyVersion | None:
        saved = self._policies[guild]
        return saved[-1] if saved else None

    async def save_policy(
        self, guild: GuildId, policy: Policy, *, by: MemberId | None, note: str, at: datetime
    ) -> PolicyVersion:
        saved = self._policies[guild]
        version = PolicyVersion(guild, len(saved) + 1, policy, at, by, note)
        saved.append(version)
        return version

    async def policies(self, guild: GuildId) -> list[PolicyVersion]:
        return self._policies[guild][::-1]

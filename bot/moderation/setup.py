"""Setup: which places are watched, where the mod-log is, and the other settings of a server.

Not the policy (`bot.moderation.policies`). Called by `cogs.setup`; `reset_fuse` by moderators too.
"""

from collections.abc import Callable
from datetime import datetime

from bot.domain.ids import GuildId, PlaceId
from bot.errors import RefusedError
from bot.moderation.actor import Actor, require_admin, require_moderator
from bot.moderation.checks import Turns
from bot.moderation.ports import Guilds
from bot.policy.fuse import reset
from config.guild import GuildSettings


class SetupDesk:
    """Changes a server's settings. Every change takes an admin, but for the fuse."""

    def __init__(self, *, guilds: Guilds, turns: Turns, clock: Callable[[], datetime]) -> None:
        self._guilds = guilds
        self._turns = turns
        self._clock = clock

    async def settings(self, guild: GuildId) -> GuildSettings:
        """Give a server's settings."""
        return await self._guilds.settings(guild)

    async def save(self, guild: GuildId, settings: GuildSettings, actor: Actor) -> GuildSettings:
        """Save a server's settings whole, checked against their bounds."""
        require_admin(actor)
        checked = GuildSettings.model_validate(settings.model_dump())
        async with self._turns.on(guild, 0):
            await self._guilds.save_settings(guild, checked)
        return checked

    async def watch(self, guild: GuildId, place: PlaceId, actor: Actor) -> GuildSettings:
        """Watch a forum or text channel, with all its threads."""
        require_admin(actor)
        return await self._change(guild, lambda now: {"watched": now.watched | {place}})

    async def unwatch(self, guild: GuildId, place: PlaceId, actor: Actor) -> GuildSettings:
        """Stop watching a forum or text channel."""
        require_admin(actor)
        return await self._change(guild, lambda now: {"watched": now.watched - {place}})

    async def finish(self, guild: GuildId, actor: Actor) -> GuildSettings:
        """End the set-up.

        Raises:
            RefusedError: the actor is no admin, nothing is watched yet, or there is no mod-log.
        """
        require_admin(actor)
        settings = await self._guilds.settings(guild)
        if not settings.watched:
            raise RefusedError("Nothing is watched yet: choose at least one forum or channel.")
        if settings.log_channel is None:
            raise RefusedError("There is no mod-log channel yet: moderators need to see the cases.")
        return await self._change(guild, lambda _: {"set_up_at": self._clock()})

    async def reset_fuse(self, guild: GuildId, actor: Actor) -> GuildSettings:
        """Let the bot act by itself again; a moderator may.

        Raises:
            RefusedError: the actor is no moderator, or the fuse holds.
        """
        require_moderator(actor)
        if (await self._guilds.settings(guild)).fuse_blown_at is None:
            raise RefusedError("The fuse has not blown: the bot acts as its policy says.")
        async with self._turns.on(guild, 0):
            settings = reset(await self._guilds.settings(guild), self._clock())
            await self._guilds.save_settings(guild, settings)
        return settings

    async def _change(
        self, guild: GuildId, changes: Callable[[GuildSettings], dict[str, object]]
    ) -> GuildSettings:
        async with self._turns.on(guild, 0):
            now = await self._guilds.settings(guild)
            settings = now.model_copy(update=changes(now))
            await self._guilds.save_settings(guild, settings)
        return settings

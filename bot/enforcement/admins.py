"""Words to the people who run a server: in the mod-log, or to the owner where that fails.

For what they alone can mend (a missing permission) or must know (the fuse has blown); cases are
shown by `mod_log`. Called by the enforcer, and by the client for news of other parts.
"""

import hashlib

import discord
import structlog

from bot.domain.effect import EffectKind
from bot.domain.ids import GuildId
from bot.enforcement.answers import Done
from bot.enforcement.pace import Rank
from bot.enforcement.permissions import lacking
from bot.enforcement.requests import Post, Requests
from bot.enforcement.shown_text import clip
from bot.errors import UnreachableError
from bot.moderation.ports import Guilds

_COLOUR = discord.Colour(0xE0A030)
_log = structlog.stdlib.get_logger(__name__)


class Admins:
    """Tells a server's admins something, once; what cannot be told is in the bot's own log."""

    def __init__(self, client: discord.Client, *, requests: Requests, guilds: Guilds) -> None:
        self._client = client
        self._requests = requests
        self._guilds = guilds

    async def tell(self, guild: GuildId, text: str) -> bool:
        """Say something (Markdown of our own) to a server's admins; says whether it arrived."""
        known = self._client.get_guild(int(guild))
        nonce = hashlib.sha256(f"{guild}\n{text}".encode()).hexdigest()
        embed = discord.Embed(description=clip(text, 3500), colour=_COLOUR)
        post = Post([embed], nonce)
        try:
            arrived = known is not None and (
                await self._in_log(known, post, nonce) or await self._to_owner(known, post, nonce)
            )
        except UnreachableError:
            arrived = False
        if not arrived:
            _log.warning("admins_not_told", guild=guild, text=text)
        return arrived

    async def _in_log(self, guild: discord.Guild, post: Post, nonce: str) -> bool:
        settings = await self._guilds.settings(GuildId(str(guild.id)))
        if settings.log_channel is None:
            return False
        channel = guild.get_channel_or_thread(int(settings.log_channel))
        if channel is None or lacking(EffectKind.LOG, guild, channel) is not None:
            return False
        to = self._client.get_partial_messageable(channel.id, guild_id=guild.id)
        return isinstance(await self._requests.post(to, post, nonce, Rank.LOG), Done)

    async def _to_owner(self, guild: discord.Guild, post: Post, nonce: str) -> bool:
        if guild.owner_id is None:
            return False
        direct = await self._requests.open_direct(guild.owner_id)
        if not isinstance(direct, discord.DMChannel):
            return False
        named = post.embeds[0].copy()
        named.title = clip(f"About your server {guild.name}", 250)
        to_owner = Post([named], post.marker)
        return isinstance(await self._requests.post(direct, to_owner, nonce, Rank.NOTICE), Done)

"""The check at the start: the token, the intents and, on each server, the bot's permissions.

`check_servers` asks Discord without going online, `log_shortcomings` tells what a running bot
knows. Not the checks of model and database (`bot.run`), nor those before one effect
(`bot.enforcement.permissions`).
"""

import discord
import structlog

from bot.client import EvenhandBot, NotLetInError
from bot.domain.ids import GuildId
from bot.enforcement.answers import TROUBLES
from bot.enforcement.readiness import shortcomings
from bot.errors import UnreachableError

_log = structlog.stdlib.get_logger(__name__)


async def log_shortcomings(bot: EvenhandBot) -> None:
    """Log what the bot lacks on each server it is on. Called when a session has begun."""
    for guild in bot.guilds:
        if guild.unavailable:
            continue  # Discord has lost it for now, and what the bot may do there with it
        settings = await bot.stores.guilds.settings(GuildId(str(guild.id)))
        for sentence in shortcomings(guild.me, settings, guild.channels):
            _log.warning("shortcoming", guild=guild.id, lacks=sentence)


async def check_servers(bot: EvenhandBot, token: str) -> list[str]:
    """List what is missing, a sentence each; empty where all is well.

    Raises:
        NotLetInError: Discord does not accept the token.
        UnreachableError: Discord does not answer.
    """
    try:
        return await _check(bot, token)
    except discord.LoginFailure as error:
        raise NotLetInError(
            "Discord does not accept the bot's token: copy a fresh one from the developer portal"
        ) from error
    except TROUBLES as error:
        raise UnreachableError(f"Discord could not be reached ({error})") from error


async def _check(bot: EvenhandBot, token: str) -> list[str]:
    await bot.login(token)
    found: list[str] = []
    flags = (await bot.application_info()).flags
    if not (flags.gateway_message_content or flags.gateway_message_content_limited):
        found.append("the privileged intent Message Content is off in the developer portal")
    servers = 0
    async for named in bot.fetch_guilds():
        servers += 1
        found += [f"{named.name}: {sentence}" for sentence in await _check_server(bot, named.id)]
    if not servers:
        found.append("the bot is on no server yet: invite it, as docs/guide.md tells")
    return found


async def _check_server(bot: EvenhandBot, server: int) -> list[str]:
    settings = await bot.stores.guilds.settings(GuildId(str(server)))
    if settings.set_up_at is None:
        return ["is not set up yet: an admin there uses /setup"]
    guild = await bot.fetch_guild(server)
    assert bot.user is not None, "logged in"  # noqa: S101 - told to the type checker
    me = await guild.fetch_member(bot.user.id)
    return shortcomings(me, settings, await guild.fetch_channels())

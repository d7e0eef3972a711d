"""Which server a member means, for commands that work in direct messages too.

On a server it is that one; in direct messages it has to be named, from a list of those that keep
something about who asks. So somebody who has left, or is banned, can still see and erase it.
"""

import discord
from discord import app_commands

from bot.domain.ids import GuildId, MemberId
from bot.errors import RefusedError
from cogs.access import Asked

LOOKED_THROUGH = 200
"""Servers looked through when somebody asks in direct messages."""


async def servers_with_me(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the servers that keep something about who asks."""
    found = [
        guild
        for guild in await known_on(interaction)
        if typed.strip().casefold() in guild.name.casefold()
    ]
    return [app_commands.Choice(name=guild.name[:100], value=str(guild.id)) for guild in found[:25]]


async def known_on(interaction: Asked) -> list[discord.Guild]:
    """List the server asked on, or in direct messages those that keep something about who asks."""
    if interaction.guild is not None:
        return [interaction.guild]
    member = MemberId(str(interaction.user.id))
    privacy = interaction.client.desk.privacy
    return [
        guild
        for guild in list(interaction.client.guilds)[:LOOKED_THROUGH]
        if any(
            (
                (counts := (await privacy.stored(GuildId(str(guild.id)), member)).counts).cases,
                counts.appeals,
                counts.journal_entries,
            )
        )
    ]


async def server_meant(interaction: Asked, named: str | None) -> GuildId:
    """Say which server is meant.

    Raises:
        RefusedError: in direct messages, where none or more than one could be.
    """
    if interaction.guild_id is not None:
        return GuildId(str(interaction.guild_id))
    found = await known_on(interaction)
    if named is not None:
        found = [guild for guild in found if named in {str(guild.id), guild.name}]
    if not found:
        raise RefusedError("I keep nothing about you there, or am not there any more.")
    if len(found) > 1:
        raise RefusedError("Which server? Please choose it from the list.")
    return GuildId(str(found[0].id))

"""A link to a comment, as “Copy Message Link” gives it, and the comment behind it.

Used by the commands that take a step about one comment. Refuses links into other servers, and
places that who asks cannot see: nobody reads through the bot what Discord hides from them.
"""

import re

import discord

from bot.errors import RefusedError

_LINK = re.compile(
    r"<?https://(?:ptb\.|canary\.)?discord(?:app)?\.com/channels/(\d{1,20})/(\d{1,20})/(\d{1,20})>?"
)


async def fetch_comment(interaction: discord.Interaction, link: str) -> discord.Message:
    """Fetch the comment that a link of this server names.

    Raises:
        RefusedError: no such link, or no such comment for who asks.
    """
    found = _LINK.fullmatch(link.strip())
    guild, asking = interaction.guild, interaction.user
    if found is None or guild is None or not isinstance(asking, discord.Member):
        raise RefusedError(
            "That is not a link to a comment: right-click the comment and choose"
            " “Copy Message Link”."
        )
    guild_id, channel_id, message_id = map(int, found.groups())
    if guild_id != guild.id:
        raise RefusedError("That comment is on another server.")
    gone = RefusedError("There is no such comment, or you or I cannot see where it stands.")
    try:
        channel = guild.get_channel_or_thread(channel_id) or await guild.fetch_channel(channel_id)
        if not isinstance(channel, discord.abc.Messageable):
            raise gone
        if not channel.permissions_for(asking).read_message_history:
            raise gone
        return await channel.fetch_message(message_id)
    except (discord.NotFound, discord.Forbidden) as error:
        raise gone from error

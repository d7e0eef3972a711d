"""Where comments stand, and whether that is watched. Pure, over discord.py's channels.

Not which places an admin chose (`config.guild`). Called by the live intake and by the commands.
"""

from collections.abc import Collection

import discord

from bot.domain.comment import Place
from bot.domain.ids import GuildId, PlaceId

Channel = discord.abc.GuildChannel | discord.Thread
"""A place of a server: a forum, a text or voice channel, a thread or post."""


def place_of(channel: Channel) -> Place:
    """Say where a channel's own comments stand; a thread belongs to its forum or channel.

    A text channel is its own forum, so that what a policy sets for it holds there and in its
    threads.
    """
    above = channel.parent_id if isinstance(channel, discord.Thread) else channel.id
    return Place(
        guild=GuildId(str(channel.guild.id)),
        thread=PlaceId(str(channel.id)),
        forum=PlaceId(str(above)),
        category=_category(channel),
    )


def is_watched(channel: Channel, watched: Collection[str]) -> bool:
    """Say whether a channel's comments are judged; a thread inherits that from its parent."""
    above = channel.parent_id if isinstance(channel, discord.Thread) else channel.id
    return str(above) in watched


def _category(channel: Channel) -> PlaceId | None:
    if isinstance(channel, discord.Thread):
        # The property of the same name raises where the parent is not in the cache.
        found = channel.parent.category_id if channel.parent is not None else None
    else:
        found = channel.category_id
    return None if found is None else PlaceId(str(found))

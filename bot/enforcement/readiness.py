"""Whether the bot can do its work on a server: what it lacks, in one sentence a place.

Pure, over discord.py's objects. Not the check before one effect (`bot.enforcement.permissions`).
Called by the start-up check and by /setup.
"""

from collections.abc import Iterable

import discord

from bot.enforcement.answers import permission_words
from config.guild import GuildSettings

READING = ("view_channel", "read_message_history", "manage_messages")
"""What a watched place takes."""
LOGGING = ("view_channel", "send_messages", "embed_links", "attach_files")
"""What the mod-log takes."""
ACTING = ("moderate_members", "kick_members", "ban_members", "view_audit_log", "manage_threads")
"""What the steps of the ladder, the record of moderators' own steps and archived posts take."""


def shortcomings(
    me: discord.Member,
    settings: GuildSettings,
    channels: Iterable[discord.abc.GuildChannel],
) -> list[str]:
    """List what the bot lacks on a server; empty where it can do all its work.

    `channels` are the server's; `me` is the bot as a member of it.
    """
    known = {str(channel.id): channel for channel in channels}
    found: list[str] = []
    for watched in sorted(settings.watched):
        found += _in_place(me, known.get(watched), f"the watched channel {watched}", READING)
    if settings.log_channel is not None:
        place = known.get(settings.log_channel)
        found += _in_place(me, place, f"the mod-log channel {settings.log_channel}", LOGGING)
    lacking = _lacking(me.guild_permissions, ACTING)
    if lacking:
        found.append(f"on the whole server the bot lacks {lacking}")
    return found


def _in_place(
    me: discord.Member,
    channel: discord.abc.GuildChannel | None,
    name: str,
    needs: tuple[str, ...],
) -> list[str]:
    if channel is None:
        return [f"{name} is gone, or hidden from the bot"]
    lacking = _lacking(channel.permissions_for(me), needs)
    return [f"in #{channel.name} the bot lacks {lacking}"] if lacking else []


def _lacking(held: discord.Permissions, needs: tuple[str, ...]) -> str:
    return ", ".join(permission_words(need) for need in needs if not getattr(held, need))

"""What is checked before Discord is asked at all: the bot's permissions, and who is never touched.

Pure, over discord.py's objects: no request is made here. Called by `bot.enforcement.deeds` and
`cogs.access`.
"""

import discord

from bot.domain.effect import EffectKind
from bot.enforcement.answers import Refused, permission_words

_STAFF = discord.Permissions(
    administrator=True,
    manage_guild=True,
    manage_messages=True,
    moderate_members=True,
    kick_members=True,
    ban_members=True,
)
"""Any one of these makes somebody staff."""

_NEEDS = {
    EffectKind.DELETE: ("view_channel", "manage_messages"),
    EffectKind.TIMEOUT: ("moderate_members",),
    EffectKind.LIFT_TIMEOUT: ("moderate_members",),
    EffectKind.KICK: ("kick_members",),
    EffectKind.BAN: ("ban_members",),
    EffectKind.UNBAN: ("ban_members",),
    EffectKind.LOG: ("view_channel", "send_messages", "embed_links"),
}

Channel = discord.abc.GuildChannel | discord.Thread


def is_staff(member: discord.Member) -> bool:
    """Say whether somebody moderates or administers their server."""
    held = member.guild_permissions.value
    return member.id == member.guild.owner_id or bool(held & _STAFF.value)


def main_permission(kind: EffectKind) -> str | None:
    """Name the permission that decides about an effect; None where it needs none."""
    needs = _NEEDS.get(kind)
    return None if needs is None else needs[1] if len(needs) > 1 else needs[0]


def lacking(kind: EffectKind, guild: discord.Guild, channel: Channel | None) -> Refused | None:
    """Say which permission the bot lacks for an effect, as far as the cache knows.

    `channel` is where the effect happens; None where it is not one channel's business, or where the
    channel is unknown (an archived post): then Discord itself has to say.
    """
    needs = _NEEDS.get(kind, ())
    if kind in {EffectKind.DELETE, EffectKind.LOG}:
        held = None if channel is None else _held_in(channel, guild.me)
    else:
        held = guild.me.guild_permissions
    for need in needs:
        name = _in_threads(need, channel)
        if held is not None and not getattr(held, name):
            return Refused(f"The bot lacks the permission {permission_words(name)}.", lacks=name)
    return None


def untouchable(member: discord.Member) -> Refused | None:
    """Say why a member is never acted on; None where they may be."""
    if member.id == member.guild.owner_id:
        return Refused("The member owns the server; nobody acts on them.")
    if member.bot:
        return Refused("The member is a bot, which is never acted on.")
    if is_staff(member):
        return Refused("The member is on the server's staff, which the bot never acts on.")
    return beyond_reach(member)


def beyond_reach(member: discord.Member) -> Refused | None:
    """Say why Discord would not let the bot act on a member; None where it would."""
    if member.id == member.guild.owner_id or member.guild_permissions.administrator:
        return Refused("The member is an admin or the owner, whom Discord lets no bot act on.")
    if member.top_role >= member.guild.me.top_role:
        return Refused("The member's highest role is not below the bot's own.")
    return None


def _held_in(channel: Channel, me: discord.Member) -> discord.Permissions | None:
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return None
    return channel.permissions_for(me)


def _in_threads(need: str, channel: Channel | None) -> str:
    in_thread = need == "send_messages" and isinstance(channel, discord.Thread)
    return "send_messages_in_threads" if in_thread else need

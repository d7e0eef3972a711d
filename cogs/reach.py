"""What a moderator may do to whom: never more through the bot than in Discord itself.

Being a moderator at all is checked in `cogs.access`; here it is Discord's own permission for the
step, and the ranks. Called by every command and button that orders or lifts a step.
"""

import discord

from bot.domain.case import Case
from bot.enforcement.shown_text import plain
from bot.errors import RefusedError
from config.policy import StepKind

_NEEDED = {
    StepKind.WARN: ("manage_messages", "Manage Messages"),
    StepKind.DELETE: ("manage_messages", "Manage Messages"),
    StepKind.TIMEOUT: ("moderate_members", "Time out members"),
    StepKind.KICK: ("kick_members", "Kick Members"),
    StepKind.BAN: ("ban_members", "Ban Members"),
}
"""For each step, Discord's permission and its name as Discord's settings show it."""


def require_permission(interaction: discord.Interaction, step: StepKind) -> None:
    """See that who asks could do (or lift) this step without the bot.

    Raises:
        RefusedError: they lack Discord's permission for it.
    """
    _, name = _NEEDED[step]
    if step not in permitted_steps(interaction):
        raise RefusedError(f"For this you need Discord's permission “{name}” on this server.")


def require_lift(interaction: discord.Interaction, case: Case) -> None:
    """See that who asks may take a case back.

    What the bot did by itself any moderator may take back; lifting what a colleague ordered takes
    the permission that ordering it takes.

    Raises:
        RefusedError: they lack Discord's permission for it.
    """
    ordered = case.decided_by is not None or case.draft.moderator is not None
    if ordered and case.action is not None:
        require_permission(interaction, case.action.kind)


def permitted_steps(interaction: discord.Interaction) -> list[StepKind]:
    """List the steps that who asks may order, mildest first.

    By their permissions on the whole server: one that holds in a single channel is not enough.
    """
    asking = interaction.user
    if not isinstance(asking, discord.Member):
        return []
    held = asking.guild_permissions
    return [step for step, (permission, _) in _NEEDED.items() if getattr(held, permission)]


async def require_rank(interaction: discord.Interaction, target: int) -> discord.Member | None:
    """See that who asks stands above the member in question, as Discord itself demands.

    Gives the member as they are now; None for somebody who has left, who has no rank any more.

    Raises:
        RefusedError: the target is oneself, the owner, or not below who asks.
    """
    guild, asking = interaction.guild, interaction.user
    if guild is None or not isinstance(asking, discord.Member):
        raise RefusedError("This works on a server only.")
    if target == asking.id:
        raise RefusedError("You cannot do this to yourself.")
    if target == guild.owner_id:
        raise RefusedError("Nothing can be done about the owner of the server.")
    member = await find_member(guild, target)
    if member is None:
        return None
    if asking.id != guild.owner_id and member.top_role >= asking.top_role:
        raise RefusedError(
            f"{plain(member.display_name, 80)}'s highest role is not below"
            " yours, so Discord would not let you do this either."
        )
    return member


async def find_member(guild: discord.Guild, member: int) -> discord.Member | None:
    """Find a member with their roles; None for somebody who is not (or no longer) there.

    Discord sends a message's author as a bare account to bots that do not list members.
    """
    known = guild.get_member(member)
    if known is not None:
        return known
    try:
        return await guild.fetch_member(member)
    except discord.NotFound:
        return None

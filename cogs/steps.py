"""/warn, /timeout, /kick, /ban and /remove: a moderator's own steps, through the same case log.

The member gets the same notice and the same appeal as after an automatic step. Parses and hands
over to `bot.moderation.by_hand`; who may do what to whom stands in `cogs.reach`.
"""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EvenhandBot
from bot.enforcement.shown_text import plain
from bot.errors import RefusedError
from bot.intake.message import author_of, comment_of
from cogs.access import Asked, actor_of, guild_of, moderators_only
from cogs.case_text import outcome_words
from cogs.comment_link import fetch_comment
from cogs.duration import Duration
from cogs.reach import require_permission, require_rank
from config.policy import StepKind

Reason = app_commands.Range[str, 3, 500]
Minutes = app_commands.Transform[int, Duration]
PurgeHours = app_commands.Range[int, 0, 168]

_MEMBER = "Who it is about."
_REASON = "Why; the member reads it."
_COMMENT = "A link to the comment it is about (Copy Message Link)."


class Steps(commands.Cog):
    """Steps that a moderator takes without a flagged comment."""

    @app_commands.command(description="Warn a member; they are told why and can appeal.")
    @app_commands.describe(member=_MEMBER, reason=_REASON, comment=_COMMENT)
    @moderators_only(manage_messages=True)
    async def warn(
        self,
        interaction: Asked,
        member: discord.User,
        reason: Reason,
        comment: str | None = None,
    ) -> None:
        """Warn."""
        await _order(interaction, StepKind.WARN, member, reason, link=comment)

    @app_commands.command(description="Time a member out for up to 28 days.")
    @app_commands.describe(
        member=_MEMBER, length="How long: 30m, 2h, 7d.", reason=_REASON, comment=_COMMENT
    )
    @moderators_only(moderate_members=True)
    async def timeout(
        self,
        interaction: Asked,
        member: discord.Member,
        length: Minutes,
        reason: Reason,
        comment: str | None = None,
    ) -> None:
        """Time out."""
        await _order(interaction, StepKind.TIMEOUT, member, reason, minutes=length, link=comment)

    @app_commands.command(description="Kick a member; they are told why before they go.")
    @app_commands.describe(member=_MEMBER, reason=_REASON, comment=_COMMENT)
    @moderators_only(kick_members=True)
    async def kick(
        self,
        interaction: Asked,
        member: discord.Member,
        reason: Reason,
        comment: str | None = None,
    ) -> None:
        """Kick."""
        await _order(interaction, StepKind.KICK, member, reason, link=comment)

    @app_commands.command(description="Ban a member, or somebody who has left.")
    @app_commands.describe(
        member=_MEMBER,
        reason=_REASON,
        purge_hours="Remove what they wrote in the last hours, up to 168 (7 days).",
        comment=_COMMENT,
    )
    @moderators_only(ban_members=True)
    async def ban(
        self,
        interaction: Asked,
        member: discord.User,
        reason: Reason,
        purge_hours: PurgeHours = 0,
        comment: str | None = None,
    ) -> None:
        """Ban."""
        await _order(
            interaction, StepKind.BAN, member, reason, purge_hours=purge_hours, link=comment
        )

    @app_commands.command(description="Remove a comment; its author is told why.")
    @app_commands.describe(comment=_COMMENT, reason=_REASON)
    @moderators_only(manage_messages=True)
    async def remove(self, interaction: Asked, comment: str, reason: Reason) -> None:
        """Remove a comment."""
        await _order(interaction, StepKind.DELETE, None, reason, link=comment)


async def _order(
    interaction: Asked,
    step: StepKind,
    member: discord.User | discord.Member | None,
    reason: str,
    *,
    minutes: int | None = None,
    purge_hours: int = 0,
    link: str | None = None,
) -> None:
    """Take a step about a member, or about a comment and its author, and say how it went."""
    require_permission(interaction, step)
    await interaction.response.defer(ephemeral=True, thinking=True)
    message = None if link is None else await fetch_comment(interaction, link)
    account = _account(member, message)
    # As a member of this server they have roles, for which a policy may differ.
    account = await require_rank(interaction, account.id) or account
    about = None if message is None else comment_of(message, author=account)
    case = await interaction.client.desk.by_hand.act(
        guild_of(interaction),
        author_of(account),
        actor_of(interaction),
        step,
        minutes=minutes,
        reason=reason,
        event=f"command:{interaction.id}",
        place=None if about is None else about.place,
        text=None if about is None else about.text,
        comment=None if about is None else about.id,
        purge_hours=purge_hours,
    )
    await interaction.followup.send(outcome_words(case), ephemeral=True)


def _account(
    member: discord.User | discord.Member | None, message: discord.Message | None
) -> discord.User | discord.Member:
    """Say whom a step is about: the member named, who must have written a comment that is named.

    Raises:
        RefusedError: nobody is named, or the comment is somebody else's.
    """
    if message is None:
        if member is None:
            raise RefusedError("Name a member or a comment.")
        return member
    if member is not None and member != message.author:
        raise RefusedError(
            f"That comment was written by {plain(message.author.display_name, 60)},"
            f" not by {plain(member.display_name, 60)}."
        )
    return message.author


async def setup(bot: EvenhandBot) -> None:
    """Load the cog."""
    await bot.add_cog(Steps(bot))

"""/member show: a member's record for moderators: points, when they fade, what comes next, cases.

Shows what `bot.moderation.standing` gives; changes nothing. Members see their own with /record.
"""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EvenhandBot
from bot.domain.ids import MemberId
from bot.enforcement.shown_text import clip, plain
from bot.moderation.standing import Standing
from bot.policy.wording import points_words, time_words
from cogs.access import Asked, guild_of, moderators_only
from cogs.case_text import FIELD, ago, case_line, fitting

_CASES_ROOM = 3000
"""Units: with the fields the embed may have 6,000."""


@moderators_only(manage_messages=True)
class Member(commands.GroupCog, group_name="member", group_description="Members' records."):
    """Shows moderators what is on a member's record."""

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot

    @app_commands.command(
        description="A member's record: points, when they fade, what comes next, all cases."
    )
    @app_commands.describe(member="Whose record.")
    async def show(self, interaction: Asked, member: discord.User) -> None:
        """Show a record."""
        standing = await self._bot.desk.standing.of(guild_of(interaction), MemberId(str(member.id)))
        await interaction.response.send_message(embed=_record(standing, member), ephemeral=True)


def _record(standing: Standing, member: discord.User | discord.Member) -> discord.Embed:
    cases = [case_line(case) for case in standing.cases]
    embed = discord.Embed(
        title=f"Record of {plain(member.display_name, 80)}",
        description=fitting(cases, _CASES_ROOM) if cases else "No cases.",
    )
    fades = "" if standing.fades_at is None else f", below half a point {ago(standing.fades_at)}"
    half_life = time_words(standing.half_life)
    embed.add_field(
        name="Points now",
        value=f"{points_words(standing.points)}{fades}; halving every {half_life}",
    )
    embed.add_field(name="What comes next", value=clip(standing.next_step, 500), inline=False)
    if standing.appeals:
        lines = [
            f"{ago(appeal.opened_at)} case #{appeal.case}: {appeal.state}"
            for appeal in standing.appeals
        ]
        embed.add_field(name="Appeals", value=fitting(lines, FIELD), inline=False)
    return embed


async def setup(bot: EvenhandBot) -> None:
    """Load the cog."""
    await bot.add_cog(Member(bot))

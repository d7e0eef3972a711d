"""The commands under a comment: "Judge this comment", and "Report to moderators" for members.

They work without the Message Content intent, because Discord hands the comment over with the
command. Judging shows and records nothing; a case is opened only where a moderator asks for it.
"""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EvenhandBot
from bot.domain.case import Case, CaseState, Origin
from bot.domain.comment import Comment
from bot.enforcement.shown_text import clip, plain
from bot.enforcement.wording import STATES
from bot.errors import RefusedError
from bot.intake.message import comment_of, is_comment
from bot.moderation.actor import require_moderator
from bot.moderation.by_hand import LONGEST_REPORT
from bot.moderation.pipeline import Heard
from bot.moderation.policies import TestResult
from cogs.access import Asked, Panel, actor_of, guild_of, moderators_only
from cogs.case_text import FIELD, breach_lines, fitting, score_lines
from cogs.forms import ReasonForm
from cogs.reach import find_member


class Messages(commands.Cog):
    """Adds the two commands to the menu under every comment."""

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot
        self._menus = (
            app_commands.ContextMenu(name="Judge this comment", callback=_judge),
            app_commands.ContextMenu(name="Report to moderators", callback=_report),
        )

    async def cog_load(self) -> None:
        """Add them."""
        for menu in self._menus:
            self._bot.tree.add_command(menu)

    async def cog_unload(self) -> None:
        """Take them away."""
        for menu in self._menus:
            self._bot.tree.remove_command(menu.name, type=menu.type)


@moderators_only(manage_messages=True)
async def _judge(interaction: Asked, message: discord.Message) -> None:
    """Show a moderator what the policy here says of a comment."""
    _require_comment(message)
    await interaction.response.defer(ephemeral=True, thinking=True)
    comment = await _comment(interaction, message)
    if not comment.text.strip():
        raise RefusedError("This comment has no words to judge.")
    result = await interaction.client.desk.policies.test(
        guild_of(interaction), comment.text, comment.place
    )
    await interaction.followup.send(
        embed=_judged(comment, result), view=OpenCase(interaction, comment), ephemeral=True
    )


@app_commands.guild_only
async def _report(interaction: Asked, message: discord.Message) -> None:
    """Ask a member what is wrong with a comment, and hand it to the moderators."""
    _require_comment(message)

    async def then(given: Asked, reason: str) -> None:
        await given.response.defer(ephemeral=True, thinking=True)
        guild, reporter = guild_of(given), actor_of(given)
        comment = await _comment(given, message)
        case = await given.client.desk.by_hand.report(guild, comment, reporter, reason)
        said = (
            f"Thank you: the moderators will look at it (case #{case.number})."
            if case.state is CaseState.REVIEW
            else f"Thank you. The moderators have this comment in case #{case.number} already, and"
            " your report is noted there."
        )
        await given.followup.send(
            f"{said} Who wrote the comment is not told who reported it.", ephemeral=True
        )

    await interaction.response.send_modal(
        ReasonForm(
            title="Report to moderators",
            label="What is wrong with this comment?",
            hint="Only the moderators read it.",
            then=then,
            longest=LONGEST_REPORT,
        )
    )


class OpenCase(Panel):
    """Under a judgement that was only shown: open a case after all."""

    def __init__(self, asking: Asked, comment: Comment) -> None:
        super().__init__(asking)
        self._comment = comment

    @discord.ui.button(label="Open a case", style=discord.ButtonStyle.primary)
    async def open_case(self, interaction: Asked, _: discord.ui.Button["OpenCase"]) -> None:
        """Put the comment into the queue."""
        await interaction.response.defer()
        self.use_up()
        case = await _open_case(interaction, self._comment)
        await interaction.edit_original_response(
            content=f"Case #{case.number}: {STATES[case.state]}.", view=None
        )


async def _open_case(interaction: Asked, comment: Comment) -> Case:
    """Put a comment into the queue: with its scores, or as a report where no threshold is passed.

    A comment that has a case already keeps it.
    """
    desk, guild, actor = interaction.client.desk, guild_of(interaction), actor_of(interaction)
    require_moderator(actor)
    await desk.policies.refresh(guild)
    [judgement] = await desk.pipeline.judge(
        [Heard(comment, hands_off="a moderator asked for a case")],
        origin=Origin.MODERATOR,
        moderator=actor.id,
    )
    if judgement.case is None:
        return await desk.by_hand.report(guild, comment, actor, "A moderator asked for a case.")
    case = await desk.review.get(guild, judgement.case, actor)
    desk.carry_out.submit(case)
    return case


def _require_comment(message: discord.Message) -> None:
    """Let members' comments pass.

    Raises:
        RefusedError: a bot, a webhook or Discord itself wrote it.
    """
    if not is_comment(message):
        raise RefusedError("This is not a member's comment, so there is nothing to judge.")


async def _comment(interaction: Asked, message: discord.Message) -> Comment:
    """Read a message as a comment, its author with the roles they have on this server."""
    guild = interaction.guild
    author = None if guild is None else await find_member(guild, message.author.id)
    return comment_of(message, author=author)


def _judged(comment: Comment, result: TestResult) -> discord.Embed:
    verdict = result.verdict
    embed = discord.Embed(
        title=f"Verdict here: {verdict.decision}",
        description=clip(f"{plain(result.reason, 1500)}\n{plain(result.follows, 800)}", 2400),
    )
    embed.add_field(name="Written by", value=plain(comment.author.name, 80))
    if verdict.breaches:
        lines = breach_lines(verdict)
        embed.add_field(name="Thresholds passed", value=fitting(lines, FIELD), inline=False)
    scores = score_lines(result.scores) or ["The comment has no words to score."]
    embed.add_field(name="Scores", value=fitting(scores, FIELD), inline=False)
    embed.set_footer(text="Only shown: nothing is recorded and nobody is touched.")
    return embed


async def setup(bot: EvenhandBot) -> None:
    """Load the cog."""
    await bot.add_cog(Messages(bot))

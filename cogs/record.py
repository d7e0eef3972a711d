"""/record: a member's own record: points, when they fade, what comes next, and each case.

Shows what `bot.moderation.standing` gives, to the member alone; moderators see the same and more
with /member. Changes nothing.
"""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EvenhandBot
from bot.domain.appeal import Appeal
from bot.domain.case import Case, CaseState
from bot.domain.ids import MemberId
from bot.enforcement.buttons import appeal_button
from bot.enforcement.shown_text import plain, quote
from bot.errors import RefusedError
from bot.moderation.appeals import window
from bot.moderation.standing import Standing
from bot.policy.wording import points_words, reason_for_member, time_words
from cogs.access import Asked
from cogs.appeal_text import appeal_state
from cogs.case_text import FIELD, ago, fitting
from cogs.which_server import server_meant, servers_with_me
from config.guild import GuildSettings
from config.policy import StepKind

TOLD = frozenset({CaseState.APPLIED, CaseState.OVERTURNED})
"""Cases that something was done in; what moderators only looked at is their business."""
_DONE = {
    StepKind.WARN: "you were warned",
    StepKind.DELETE: "your comment was removed",
    StepKind.TIMEOUT: "you were timed out",
    StepKind.KICK: "you were kicked",
    StepKind.BAN: "you were banned",
}
_STATES = {CaseState.APPLIED: "stands", CaseState.OVERTURNED: "was taken back"}


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
class Record(
    commands.GroupCog, group_name="record", group_description="What is on your own record."
):
    """Shows members their own record."""

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot

    @app_commands.command(description="Your points, when they fade, what comes next, your cases.")
    @app_commands.describe(server="Which server; only needed in direct messages.")
    @app_commands.autocomplete(server=servers_with_me)
    async def show(self, interaction: Asked, server: str | None = None) -> None:
        """Show the record."""
        guild = await server_meant(interaction, server)
        standing = await self._bot.desk.standing.of(guild, MemberId(str(interaction.user.id)))
        await interaction.response.send_message(embed=_record(standing), ephemeral=True)

    @app_commands.command(description="One of your cases: your words, why, until when to appeal.")
    @app_commands.describe(
        number="The case's number.", server="Which server; only needed in direct messages."
    )
    @app_commands.autocomplete(server=servers_with_me)
    async def case(
        self,
        interaction: Asked,
        number: app_commands.Range[int, 1],
        server: str | None = None,
    ) -> None:
        """Show one case."""
        guild = await server_meant(interaction, server)
        standing = await self._bot.desk.standing.of(guild, MemberId(str(interaction.user.id)))
        found = [case for case in standing.cases if case.number == number and case.state in TOLD]
        if not found:
            raise RefusedError(f"Case {number} is not on your record.")
        settings = await self._bot.desk.setup.settings(guild)
        appeals = [appeal for appeal in standing.appeals if appeal.case == number]
        why = await self._bot.desk.standing.why(found[0])
        embed = _case_embed(found[0], why, settings, appeals)
        if found[0].state is CaseState.APPLIED and window(found[0], settings) > self._bot.clock():
            view = appeal_button(guild, number)
            await interaction.response.send_message(embed=embed, view=view, ephemeral=True)
        else:
            await interaction.response.send_message(embed=embed, ephemeral=True)

    @case.autocomplete("number")
    async def _own_numbers(
        self, interaction: Asked, typed: int | str
    ) -> list[app_commands.Choice[int]]:
        """Offer one's own cases of this server."""
        if interaction.guild_id is None:
            return []
        guild = await server_meant(interaction, None)
        standing = await self._bot.desk.standing.of(guild, MemberId(str(interaction.user.id)))
        return [
            app_commands.Choice(
                name=f"#{case.number} · {case.draft.opened_at:%Y-%m-%d} · {_did(case)}"[:100],
                value=case.number,
            )
            for case in standing.cases
            if case.state in TOLD and str(case.number).startswith(str(typed))
        ][:25]


def _record(standing: Standing) -> discord.Embed:
    cases = [_line(case) for case in standing.cases if case.state in TOLD]
    embed = discord.Embed(
        title="Your record on this server",
        description=fitting(cases) if cases else "Nothing: no case is on your record.",
    )
    fades = "" if standing.fades_at is None else f", all but gone {ago(standing.fades_at)}"
    half_life = time_words(standing.half_life)
    embed.add_field(
        name="Your points",
        value=f"{points_words(standing.points)}{fades}. They halve every {half_life}.",
        inline=False,
    )
    embed.add_field(
        name="What comes next", value=fitting([standing.next_step], FIELD), inline=False
    )
    if standing.appeals:
        lines = [f"case #{appeal.case}: {appeal_state(appeal)}" for appeal in standing.appeals]
        embed.add_field(name="Your appeals", value=fitting(lines, FIELD), inline=False)
    embed.set_footer(
        text="/record case shows one with your words; /appeal case answers; /privacy show says"
        " what is stored."
    )
    return embed


def _case_embed(
    case: Case, why: str, settings: GuildSettings, appeals: list[Appeal]
) -> discord.Embed:
    draft = case.draft
    embed = discord.Embed(
        title=f"Case #{case.number}: {_did(case)}",
        description=f"{discord.utils.format_dt(draft.opened_at, 'f')}. It {_STATES[case.state]}.",
    )
    if draft.place is not None:
        words = quote(draft.text, FIELD) if draft.text else "> (erased)"
        where = f"<#{draft.place.thread}>"
        embed.add_field(name="Your comment", value=f"{where}\n{words}"[:1024], inline=False)
    embed.add_field(name="Why", value=plain(why, FIELD), inline=False)
    if case.action is not None and case.action.until is not None:
        embed.add_field(name="Until", value=discord.utils.format_dt(case.action.until, "f"))
    if case.strike is not None and case.state is CaseState.APPLIED:
        embed.add_field(name="Points it earned", value=points_words(case.strike.points))
    if case.state is CaseState.APPLIED:
        until = discord.utils.format_dt(window(case, settings), "f")
        embed.add_field(name="Appeal until", value=until)
    if appeals:
        embed.add_field(name="Your appeal", value=appeal_state(appeals[0]), inline=False)
    return embed


def _line(case: Case) -> str:
    taken_back = " (taken back)" if case.state is CaseState.OVERTURNED else ""
    reason = plain(reason_for_member(case.draft), 120)
    return f"**#{case.number}** {ago(case.draft.opened_at)} · {_did(case)}{taken_back} · {reason}"


def _did(case: Case) -> str:
    return "nothing" if case.action is None else _DONE[case.action.kind]


async def setup(bot: EvenhandBot) -> None:
    """Load the cog."""
    await bot.add_cog(Record(bot))

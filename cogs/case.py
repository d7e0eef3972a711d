"""/case: the record of cases for moderators: show, list, search, undo, note, export.

Parses, calls one use-case and replies to the asking moderator alone. Decides nothing.
"""

import io
from datetime import timedelta
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EvenhandBot
from bot.domain.case import Case, CaseState
from bot.domain.ids import MemberId
from bot.enforcement.buttons import case_buttons
from bot.moderation.ports import CaseFilter
from bot.report.case_files import CaseFile, to_csv, to_json
from cogs import decide
from cogs.access import Asked, actor_of, guild_of, moderators_only
from cogs.case_choice import any_case, undoable_case
from cogs.case_text import case_line, fitting, show_case
from cogs.one_of import StateOption

LISTED = 25
EXPORTED = 1000
"""Cases in one file: what a server has in months, and far below Discord's 10 MB."""

CaseNumber = app_commands.Range[int, 1]
Days = app_commands.Range[int, 1, 3650]
Text = app_commands.Range[str, 1, 1000]
Opener = Literal["the model", "people"]

_CASE = "The case's number."
_MEMBER = "Only cases about this member."
_STATE = "Only cases in this state."
_DAYS = "Only cases opened in the last so many days."
_OPENER = "Only cases opened by the model, or only by people."


@moderators_only(manage_messages=True)
class CaseCog(commands.GroupCog, group_name="case", group_description="The record of cases."):
    """What moderators do with single cases, and how they find them."""

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot

    @app_commands.command(description="Show a case: text, scores, why, what was done, timeline.")
    @app_commands.describe(number=_CASE)
    @app_commands.autocomplete(number=any_case)
    async def show(self, interaction: Asked, number: CaseNumber) -> None:
        """Show one case."""
        guild, actor = guild_of(interaction), actor_of(interaction)
        case = await self._bot.desk.review.get(guild, number, actor)
        timeline = await self._bot.desk.review.timeline(guild, number, actor)
        await interaction.response.send_message(
            embed=show_case(case, timeline), view=case_buttons(case), ephemeral=True
        )

    @app_commands.command(name="list", description="List cases, newest first.")
    @app_commands.describe(member=_MEMBER, state=_STATE, days=_DAYS, opened_by=_OPENER)
    async def list_cases(
        self,
        interaction: Asked,
        member: discord.User | None = None,
        state: StateOption | None = None,
        days: Days | None = None,
        opened_by: Opener | None = None,
    ) -> None:
        """List cases."""
        wanted = self._filter(member, state, days, opened_by)
        await self._reply_with_list(interaction, wanted, "Cases, newest first")

    @app_commands.command(description="Search cases by words in the reason or the member's name.")
    @app_commands.describe(
        words="Found in a case's reason or the member's name.",
        member=_MEMBER,
        state=_STATE,
        days=_DAYS,
    )
    async def search(
        self,
        interaction: Asked,
        words: app_commands.Range[str, 2, 100],
        member: discord.User | None = None,
        state: StateOption | None = None,
        days: Days | None = None,
    ) -> None:
        """Search cases."""
        wanted = self._filter(member, state, days, None, words=words)
        await self._reply_with_list(interaction, wanted, "Cases found, newest first")

    @app_commands.command(
        description="Undo a case: lift its step, void its strike, tell the member."
    )
    @app_commands.describe(number=_CASE, reason="Why; the member reads it.")
    @app_commands.autocomplete(number=undoable_case)
    async def undo(self, interaction: Asked, number: CaseNumber, reason: Text) -> None:
        """Undo a case."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send(
            await decide.undo(interaction, number, reason), ephemeral=True
        )

    @app_commands.command(description="Add a note for the other moderators to a case.")
    @app_commands.describe(number=_CASE, text="The note; members do not see it.")
    @app_commands.autocomplete(number=any_case)
    async def note(self, interaction: Asked, number: CaseNumber, text: Text) -> None:
        """Note something."""
        said = await decide.note(interaction, number, text)
        await interaction.response.send_message(said, ephemeral=True)

    @app_commands.command(description="Export cases with all that is recorded, as a file.")
    @app_commands.describe(
        number="One case alone.",
        file_format="JSON has everything; CSV is a table for a spreadsheet.",
        member=_MEMBER,
        state=_STATE,
        days=_DAYS,
    )
    @app_commands.rename(file_format="format")
    @app_commands.autocomplete(number=any_case)
    async def export(
        self,
        interaction: Asked,
        *,
        number: CaseNumber | None = None,
        file_format: Literal["json", "csv"] = "json",
        member: discord.User | None = None,
        state: StateOption | None = None,
        days: Days | None = None,
    ) -> None:
        """Export cases."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        guild, actor = guild_of(interaction), actor_of(interaction)
        review = self._bot.desk.review
        if number is not None:
            cases = [await review.get(guild, number, actor)]
        else:
            wanted = self._filter(member, state, days, None, limit=EXPORTED)
            cases = await review.search(guild, actor, wanted)
        files = [CaseFile(case, await review.timeline(guild, case.number, actor)) for case in cases]
        content = to_json(files) if file_format == "json" else to_csv(files)
        counted = "1 case" if len(cases) == 1 else f"{len(cases)} cases"
        cut = " (the newest; narrow the filter for older ones)" if len(cases) == EXPORTED else ""
        await interaction.followup.send(
            f"{counted}{cut}. The file holds what members wrote: keep it as carefully as the"
            " server does.",
            file=discord.File(io.BytesIO(content), filename=f"cases.{file_format}"),
            ephemeral=True,
        )

    def _filter(
        self,
        member: discord.User | None,
        state: CaseState | None,
        days: int | None,
        opened_by: Opener | None,
        *,
        words: str | None = None,
        limit: int = LISTED,
    ) -> CaseFilter:
        return CaseFilter(
            member=None if member is None else MemberId(str(member.id)),
            states=None if state is None else frozenset({state}),
            since=None if days is None else self._bot.clock() - timedelta(days=days),
            automatic=None if opened_by is None else opened_by == "the model",
            words=words,
            limit=limit,
        )

    async def _reply_with_list(self, interaction: Asked, wanted: CaseFilter, title: str) -> None:
        guild = guild_of(interaction)
        found = await self._bot.desk.review.search(guild, actor_of(interaction), wanted)
        embed = discord.Embed(title=title, description=_listed(found))
        if len(found) == LISTED:
            embed.set_footer(text=f"The newest {LISTED}; narrow the filter, or use /case export.")
        await interaction.response.send_message(embed=embed, ephemeral=True)


def _listed(cases: list[Case]) -> str:
    return fitting([case_line(case) for case in cases]) if cases else "No such cases."


async def setup(bot: EvenhandBot) -> None:
    """Load the cog."""
    await bot.add_cog(CaseCog(bot))

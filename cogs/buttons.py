"""The buttons under a case in the mod-log: every press is checked again, then one use-case called.

They work after a restart, because what is needed stands in their names
(`bot.enforcement.buttons`). How they look and when they are shown is decided there too.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Self

import discord
from discord.ext import commands

from bot.client import EvenhandBot
from bot.enforcement.buttons import CASE_PATTERN, CaseVerb
from bot.moderation.actor import require_moderator
from cogs import decide
from cogs.access import Asked, actor_of, answering
from cogs.context import context_embeds
from cogs.forms import ReasonForm
from config.policy import StepKind


class CaseButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=CASE_PATTERN):
    """One button of one case."""

    def __init__(
        self, button: discord.ui.Button[discord.ui.View], verb: CaseVerb, number: int
    ) -> None:
        super().__init__(button)
        self._verb = verb
        self._number = number

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction,
        item: discord.ui.Item[discord.ui.View],
        match: re.Match[str],
        /,
    ) -> Self:
        """Make the button anew from the one pressed."""
        if not isinstance(item, discord.ui.Button):
            raise TypeError(f"{match.string} is no button")
        return cls(item, CaseVerb(match["verb"]), int(match["number"]))

    async def callback(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Ask for what is needed, or show it."""
        async with answering(interaction):
            require_moderator(actor_of(interaction))
            match self._verb:
                case CaseVerb.CONTEXT:
                    await interaction.response.defer(ephemeral=True, thinking=True)
                    embeds = await context_embeds(interaction, self._number)
                    await interaction.followup.send(embeds=embeds, ephemeral=True)
                case CaseVerb.ACT:
                    await self._ask_for_step(interaction, "Act on", decide.act)
                case CaseVerb.CHANGE:
                    await self._ask_for_step(interaction, "Change", decide.change)
                case verb:
                    await interaction.response.send_modal(self._reason_form(verb))

    async def _ask_for_step(
        self,
        interaction: Asked,
        verb: str,
        decision: Callable[[Asked, int, StepKind, int | None, str], Awaitable[str]],
    ) -> None:
        async def then(given: Asked, step: StepKind, minutes: int | None, reason: str) -> None:
            await given.response.defer(ephemeral=True, thinking=True)
            said = await decision(given, self._number, step, minutes, reason)
            await given.followup.send(said, ephemeral=True)

        title = f"{verb} case #{self._number}"
        await interaction.response.send_modal(decide.step_form(interaction, title, then))

    def _reason_form(self, verb: CaseVerb) -> ReasonForm:
        title, label, hint, required, decision = _FORMS[verb]

        async def then(given: Asked, written: str) -> None:
            await given.response.defer(ephemeral=True, thinking=True)
            said = await decision(given, self._number, written)
            await given.followup.send(said, ephemeral=True)

        return ReasonForm(
            title=title.format(self._number), label=label, hint=hint, then=then, required=required
        )


_FORMS = {
    CaseVerb.APPROVE: (
        "Nothing wrong in case #{}",
        "Note",
        "For the timeline; may be left out.",
        False,
        decide.approve,
    ),
    CaseVerb.UPHOLD: (
        "Case #{} is right",
        "Note",
        "For the timeline; may be left out.",
        False,
        decide.uphold,
    ),
    CaseVerb.UNDO: ("Undo case #{}", "Reason", "The member reads it.", True, decide.undo),
    CaseVerb.NOTE: (
        "Note on case #{}",
        "Note",
        "The other moderators read it; members do not.",
        True,
        decide.note,
    ),
}


class Buttons(commands.Cog):
    """Answers the mod-log's buttons, those of before a restart too."""

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        """Start answering."""
        self._bot.add_dynamic_items(CaseButton)

    async def cog_unload(self) -> None:
        """Stop answering."""
        self._bot.remove_dynamic_items(CaseButton)


async def setup(bot: EvenhandBot) -> None:
    """Load the cog."""
    await bot.add_cog(Buttons(bot))

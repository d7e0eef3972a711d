"""/queue: what waits for a human, and the card on which a moderator decides it.

The card's buttons are dynamic items: they know their case by number and outlive a restart. Every
press is checked again. Decides nothing itself: `bot.moderation.review` does.
"""

import re
from collections.abc import Sequence
from typing import Self, TypedDict

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EvenhandBot
from bot.enforcement.shown_text import clip
from bot.moderation.actor import require_moderator
from bot.moderation.review import QueueItem
from bot.report.safe_text import one_line
from cogs import decide
from cogs.access import Asked, actor_of, answering, guild_of, moderators_only
from cogs.case_choice import waiting_case
from cogs.case_text import ago, case_line, fitting, show_case
from cogs.duration import Duration
from cogs.forms import ReasonForm, StepForm
from cogs.one_of import StepOption
from config.policy import StepKind

SHOWN = 20
"""Items in the list; the select below it offers as many."""

CaseNumber = app_commands.Range[int, 1]
Reason = app_commands.Range[str, 3, 1000]
Note = app_commands.Range[str, 1, 1000]

_VERBS = "next|claim|approve|act|escalate|release"
_LABELS = {
    "approve": ("Nothing wrong", discord.ButtonStyle.success),
    "act": ("Act…", discord.ButtonStyle.danger),
    "escalate": ("Escalate", discord.ButtonStyle.secondary),
    "next": ("Next", discord.ButtonStyle.primary),
    "claim": ("15 more minutes", discord.ButtonStyle.secondary),
    "release": ("Give back", discord.ButtonStyle.secondary),
}
"""In the order shown; claiming again renews a claim."""
_DECIDING = frozenset({"approve", "act", "escalate"})
"""In the card's first row; the others only say who has it, or leave it."""


@moderators_only(manage_messages=True)
class Queue(
    commands.GroupCog, group_name="queue", group_description="Comments that wait for a human."
):
    """The queue of flagged and reported comments."""

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        """Answer the card's buttons, those of before a restart too."""
        self._bot.add_dynamic_items(QueueButton, QueueSelect)

    async def cog_unload(self) -> None:
        """Stop answering them."""
        self._bot.remove_dynamic_items(QueueButton, QueueSelect)

    @app_commands.command(description="List what waits for a human, gravest first.")
    async def show(self, interaction: Asked) -> None:
        """List the queue."""
        items = await self._bot.desk.review.queue(guild_of(interaction), actor_of(interaction))
        await interaction.response.send_message(**_list(items), ephemeral=True)

    @app_commands.command(description="Claim the gravest free item and show it.")
    async def next(self, interaction: Asked) -> None:
        """Claim the next item."""
        await _next(interaction, edit=False)

    @app_commands.command(description="Claim an item, so that nobody else works on it.")
    @app_commands.describe(number="The case's number.")
    @app_commands.autocomplete(number=waiting_case)
    async def claim(self, interaction: Asked, number: CaseNumber) -> None:
        """Claim an item."""
        item = await self._bot.desk.review.claim(
            guild_of(interaction), number, actor_of(interaction)
        )
        shown = await _card(interaction, item)
        await interaction.response.send_message(**shown, ephemeral=True)

    @app_commands.command(description="Find nothing wrong with a comment: the case is dismissed.")
    @app_commands.describe(number="The case's number.", note="For the timeline.")
    @app_commands.autocomplete(number=waiting_case)
    async def approve(
        self, interaction: Asked, number: CaseNumber, note: Note | None = None
    ) -> None:
        """Approve a comment."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        said = await decide.approve(interaction, number, note or "")
        await interaction.followup.send(said, ephemeral=True)

    @app_commands.command(description="Take a step about a comment that waits.")
    @app_commands.describe(
        number="The case's number.",
        step="What to do.",
        reason="Why; the member reads it.",
        length="For a timeout: 30m, 2h, 7d.",
    )
    @app_commands.autocomplete(number=waiting_case)
    async def act(
        self,
        interaction: Asked,
        number: CaseNumber,
        step: StepOption,
        reason: Reason,
        length: app_commands.Transform[int, Duration] | None = None,
    ) -> None:
        """Act on a comment."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        said = await decide.act(interaction, number, step, length, reason)
        await interaction.followup.send(said, ephemeral=True)

    @app_commands.command(description="Leave an item to the admins; it goes to the queue's head.")
    @app_commands.describe(number="The case's number.", note="What makes it hard.")
    @app_commands.autocomplete(number=waiting_case)
    async def escalate(self, interaction: Asked, number: CaseNumber, note: Note) -> None:
        """Escalate an item."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        said = await decide.escalate(interaction, number, note)
        await interaction.followup.send(said, ephemeral=True)


class QueueButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=rf"evenhand:queue:(?P<verb>{_VERBS}):(?P<number>\d+)",
):
    """A button of the card. `number` is the case's; 0 for "next", which needs none."""

    def __init__(self, verb: str, number: int, *, row: int | None = None) -> None:
        label, style = _LABELS[verb]
        custom_id = f"evenhand:queue:{verb}:{number}"
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=custom_id), row=row)
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
        """Make the button anew from what its id says."""
        return cls(match["verb"], int(match["number"]))

    async def callback(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Do what the button says, for whoever pressed it."""
        async with answering(interaction):
            require_moderator(actor_of(interaction))
            match self._verb:
                case "next":
                    await _next(interaction, edit=True)
                case "claim":
                    await _claim(interaction, self._number)
                case "release":
                    await _release(interaction, self._number)
                case "approve":
                    await interaction.response.defer()
                    await _show_decided(
                        interaction, await decide.approve(interaction, self._number, "")
                    )
                case "act":
                    await interaction.response.send_modal(_step_form(interaction, self._number))
                case _:
                    await interaction.response.send_modal(_escalation_form(self._number))


class QueueSelect(
    discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template="evenhand:queue:open"
):
    """The list's select: the item chosen is claimed and shown."""

    def __init__(self, items: Sequence[QueueItem] = ()) -> None:
        options = [
            discord.SelectOption(
                label=clip(f"#{item.case.number} {one_line(item.case.draft.member.name)}", 100),
                description=clip(one_line(item.case.draft.reason), 100),
                value=str(item.case.number),
            )
            for item in items
        ]
        super().__init__(
            discord.ui.Select(
                custom_id="evenhand:queue:open",
                placeholder="Claim an item and show it",
                options=options or discord.utils.MISSING,
            )
        )

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction,
        item: discord.ui.Item[discord.ui.View],
        match: re.Match[str],
        /,
    ) -> Self:
        """Make the select anew; what was chosen comes with the press."""
        return cls()

    async def callback(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Claim what was chosen."""
        async with answering(interaction):
            await _claim(interaction, int(self.item.values[0]))


async def _next(interaction: Asked, *, edit: bool) -> None:
    item = await interaction.client.desk.review.next(guild_of(interaction), actor_of(interaction))
    shown = _empty() if item is None else await _card(interaction, item)
    if edit:
        await interaction.response.edit_message(**shown)
    else:
        await interaction.response.send_message(**shown, ephemeral=True)


async def _claim(interaction: Asked, number: int) -> None:
    review = interaction.client.desk.review
    item = await review.claim(guild_of(interaction), number, actor_of(interaction))
    await interaction.response.edit_message(**await _card(interaction, item))


async def _release(interaction: Asked, number: int) -> None:
    review = interaction.client.desk.review
    guild, actor = guild_of(interaction), actor_of(interaction)
    await review.release(guild, number, actor)
    await interaction.response.edit_message(**_list(await review.queue(guild, actor)))


def _step_form(interaction: Asked, number: int) -> StepForm:
    async def then(given: Asked, step: StepKind, minutes: int | None, reason: str) -> None:
        await given.response.defer()
        await _show_decided(given, await decide.act(given, number, step, minutes, reason))

    return decide.step_form(interaction, f"Act on case #{number}", then)


def _escalation_form(number: int) -> ReasonForm:
    async def then(given: Asked, note: str) -> None:
        await given.response.defer()
        await _show_decided(given, await decide.escalate(given, number, note))

    return ReasonForm(
        title=f"Escalate case #{number}",
        label="What makes it hard",
        hint="The admins read it.",
        then=then,
    )


async def _show_decided(interaction: Asked, said: str) -> None:
    """Put what was decided in the card's place, with a way to the next item."""
    view = discord.ui.View(timeout=None)
    view.add_item(QueueButton("next", 0))
    await interaction.edit_original_response(content=said, embed=None, view=view)


class _Shown(TypedDict):
    content: str | None
    embeds: list[discord.Embed]
    view: discord.ui.View


async def _card(interaction: Asked, item: QueueItem) -> _Shown:
    """Show one claimed item with its timeline, who reported it included, and what can be done."""
    number = item.case.number
    view = discord.ui.View(timeout=None)
    for verb in _LABELS:
        row = 0 if verb in _DECIDING else 1
        view.add_item(QueueButton(verb, 0 if verb == "next" else number, row=row))
    timeline = await interaction.client.desk.review.timeline(
        item.case.guild, number, actor_of(interaction)
    )
    embed = show_case(item.case, timeline)
    if item.claim is not None:
        claimed = f"by <@{item.claim.moderator}>, lapses {ago(item.claim.until)}"
        embed.add_field(name="Claimed", value=claimed, inline=False)
    return {"content": None, "embeds": [embed], "view": view}


def _list(items: Sequence[QueueItem]) -> _Shown:
    if not items:
        return _empty()
    embed = discord.Embed(
        title=f"Queue: {len(items)} waiting",
        description=fitting([_item_line(i) for i in items[:SHOWN]]),
    )
    if len(items) > SHOWN:
        embed.set_footer(text=f"The {SHOWN} most pressing are shown.")
    view = discord.ui.View(timeout=None)
    view.add_item(QueueSelect(items[:SHOWN]))
    view.add_item(QueueButton("next", 0))
    return {"content": None, "embeds": [embed], "view": view}


def _empty() -> _Shown:
    view = discord.ui.View(timeout=None)
    view.add_item(QueueButton("next", 0))
    return {
        "content": "The queue is empty: nothing waits for a human.",
        "embeds": [],
        "view": view,
    }


def _item_line(item: QueueItem) -> str:
    marks = "escalated · " if item.is_escalated else ""
    if item.claim is not None:
        marks += f"with <@{item.claim.moderator}> · "
    return marks + case_line(item.case)


async def setup(bot: EvenhandBot) -> None:
    """Load the cog."""
    await bot.add_cog(Queue(bot))

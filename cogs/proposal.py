"""A change of policy, shown before it is made: what would have been decided otherwise, and a plot.

Shows what `bot.moderation.policies` compares; saves only when whoever proposed it says so, twice
where the change acts on much. Used by every /policy command that changes something.
"""

import difflib
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import discord

from bot.domain.ids import GuildId
from bot.enforcement.shown_text import plain, quote
from bot.errors import RefusedError, StaleCaseError
from bot.moderation.actor import Actor
from bot.moderation.policies import LONGEST_NOTE, PolicyDesk
from bot.moderation.ports import PolicyVersion
from bot.moderation.preview import Example, Preview
from bot.policy.describe import describe
from bot.report.preview_plot import plot_words, preview_plot
from cogs.access import Asked, Panel, actor_of, guild_of
from cogs.case_text import FIELD, fitting
from config.policy import Policy

_EXAMPLES = 3000
"""Units of all examples together; with the rest of the embeds below Discord's 6,000."""
_PICTURE = "preview.png"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A policy that somebody wants, made from the version `base`. `note` is for the history."""

    policy: Policy
    base: PolicyVersion
    note: str
    rollback_to: int | None = None


async def propose(interaction: Asked, proposal: Proposal) -> None:
    """Show what a change would have done, with buttons to save it or not.

    The answer must have been put off already (`defer`): judging a month anew takes a moment.

    Raises:
        RefusedError: nothing would change.
    """
    if proposal.policy == proposal.base.policy and proposal.base.by is not None:
        raise RefusedError("That is how it is already: nothing would change.")
    preview = await interaction.client.desk.policies.preview(guild_of(interaction), proposal.policy)
    embeds = [_change_embed(proposal, preview)]
    if preview.examples:
        embeds.append(_examples_embed(preview))
    picture = preview_plot(preview)
    files: list[discord.File] = []
    if picture is not None:
        name = _PICTURE
        files.append(
            discord.File(io.BytesIO(picture), filename=name, description=plot_words(preview)[:1024])
        )
        embeds[0].set_image(url=f"attachment://{name}")
    panel = ProposalPanel(interaction, proposal, preview)
    await interaction.edit_original_response(embeds=embeds, attachments=files, view=panel)


class ProposalPanel(Panel):
    """Save or cancel; a change that acts on much is asked about a second time."""

    def __init__(self, asking: Asked, proposal: Proposal, preview: Preview) -> None:
        super().__init__(asking)
        self._proposal = proposal
        self._preview = preview
        save = self._confirm if preview.needs_confirmation else self._save
        self._put(_Choice("Save", save, discord.ButtonStyle.primary))

    def _put(self, yes: "_Choice") -> None:
        self.clear_items()
        self.add_item(yes)
        self.add_item(_Choice("Cancel", self._cancel, discord.ButtonStyle.secondary))

    async def _confirm(self, interaction: Asked) -> None:
        share = self._preview.enforced_after / self._preview.compared
        self._put(_Choice("Yes, act on that many", self._save, discord.ButtonStyle.danger))
        await interaction.response.edit_message(
            content=(
                f"⚠ **This would have acted on {self._preview.enforced_after:,} of"
                f" {self._preview.compared:,} comments ({share:.0%}).** Are you sure?"
            ),
            view=self,
        )

    async def _save(self, interaction: Asked) -> None:
        await interaction.response.defer()
        guild, actor = guild_of(interaction), actor_of(interaction)
        desk = interaction.client.desk.policies
        saved = await self._saved(desk, guild, actor)
        self.use_up()
        await interaction.edit_original_response(
            content=(
                f"Saved as version {saved.number}; it holds from now on."
                f" `/policy rollback {self._proposal.base.number}` goes back."
            ),
            embeds=[],
            attachments=[],
            view=None,
        )

    async def _saved(self, desk: PolicyDesk, guild: GuildId, actor: Actor) -> PolicyVersion:
        proposal = self._proposal
        if (await desk.current(guild)).policy != proposal.base.policy:
            raise StaleCaseError(
                "Somebody has changed the policy meanwhile, so what you saw no longer holds:"
                " please begin again."
            )
        confirmed = self._preview.needs_confirmation
        if proposal.rollback_to is not None:
            return await desk.rollback(guild, proposal.rollback_to, actor, confirmed=confirmed)
        note = proposal.note[:LONGEST_NOTE]
        return await desk.save(guild, proposal.policy, actor, note, confirmed=confirmed)

    async def _cancel(self, interaction: Asked) -> None:
        self.use_up()
        await interaction.response.edit_message(
            content="Nothing was changed.", embeds=[], attachments=[], view=None
        )


class _Choice(discord.ui.Button[ProposalPanel]):
    """A button under a proposal."""

    def __init__(
        self, label: str, then: Callable[[Asked], Awaitable[None]], style: discord.ButtonStyle
    ) -> None:
        super().__init__(label=label, style=style)
        self._then = then

    async def callback(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Do it."""
        await self._then(interaction)


def _change_embed(proposal: Proposal, preview: Preview) -> discord.Embed:
    embed = discord.Embed(title="Before you save it", description=preview.summary)
    difference = _difference(proposal.base.policy, proposal.policy)
    if difference:
        embed.add_field(name="What changes", value=difference, inline=False)
    embed.set_footer(text=f"Now: version {proposal.base.number}")
    return embed


def _difference(before: Policy, after: Policy) -> str:
    """Show the lines of the policy's description that change, as a diff."""
    lines = difflib.unified_diff(
        describe(before).splitlines(), describe(after).splitlines(), lineterm="", n=0
    )
    changed = [
        line.replace("`", "'") for line in lines if not line.startswith(("---", "+++", "@@"))
    ]
    return f"```diff\n{fitting(changed, FIELD - 20)}\n```" if changed else ""


def _examples_embed(preview: Preview) -> discord.Embed:
    return discord.Embed(
        title="For example",
        description=fitting([_example_words(example) for example in preview.examples], _EXAMPLES),
    )


def _example_words(example: Example) -> str:
    entry = example.entry
    text = (
        quote(entry.text, 250, is_hidden=True)
        if entry.text
        else "> (the words are erased; the scores stay)"
    )
    return (
        f"**{plain(entry.author.name, 40)}** in <#{entry.place.thread}>: {example.before} →"
        f" **{example.after}**\n{text}\n-# {plain(example.reason, 200)}"
    )

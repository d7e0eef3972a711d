"""/appeals, the moderators' side: see them, ask back, decide with a reason; and the reminder.

Parses, calls `bot.moderation.appeals` and replies to the moderator alone; the member hears of it by
direct message. The member's side is `cogs.appeal`.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Self

import discord
import structlog
from discord import app_commands
from discord.ext import commands, tasks

from bot.client import EvenhandBot
from bot.domain.appeal import Appeal, AppealState
from bot.domain.ids import AppealId, MemberId
from bot.errors import RefusedError
from cogs.access import Asked, actor_of, answering, guild_of, moderators_only
from cogs.appeal_text import appeal_embed, appeal_line
from cogs.case_text import fitting
from cogs.forms import ReasonForm
from cogs.reach import require_lift

REMIND_EVERY_MINUTES = 30
CaseNumber = app_commands.Range[int, 1]
Text = app_commands.Range[str, 3, 1000]
_CASE = "The case that is appealed against."
_VERBS = "ask|uphold|overturn"
_log = structlog.stdlib.get_logger(__name__)


async def appealed_case(interaction: Asked, typed: str) -> list[app_commands.Choice[int]]:
    """Offer the cases with an open appeal, to moderators alone."""
    actor = actor_of(interaction)
    if interaction.guild_id is None or not (actor.may_moderate or actor.may_administer):
        return []
    found = await interaction.client.desk.appeals.list_open(guild_of(interaction), actor)
    wanted = typed.strip().removeprefix("#")
    return [
        app_commands.Choice(
            name=f"#{a.case} · due {a.due_at:%Y-%m-%d}"
            + (" · waits for the member" if a.awaits_member else ""),
            value=a.case,
        )
        for a in found
        if str(a.case).startswith(wanted)
    ][:25]


@moderators_only(manage_messages=True)
class Appeals(
    commands.GroupCog, group_name="appeals", group_description="Members' appeals, to be decided."
):
    """What moderators do with appeals."""

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        """Answer the buttons, those of before a restart too."""
        self._bot.add_dynamic_items(DecisionButton)

    async def cog_unload(self) -> None:
        """Stop answering, and reminding."""
        self._remind.cancel()
        self._bot.remove_dynamic_items(DecisionButton)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Begin to remind: that takes a mod-log to write to."""
        if not self._remind.is_running():
            self._remind.start()

    @app_commands.command(
        name="list", description="List the open appeals, the one due first first."
    )
    async def list_appeals(self, interaction: Asked) -> None:
        """List the appeals."""
        found = await self._bot.desk.appeals.list_open(guild_of(interaction), actor_of(interaction))
        embed = discord.Embed(
            title=f"Open appeals: {len(found)}",
            description=fitting([appeal_line(appeal) for appeal in found])
            or "Nobody waits for a decision.",
        )
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(description="Show an appeal with all that was said, and decide it.")
    @app_commands.describe(case=_CASE)
    @app_commands.autocomplete(case=appealed_case)
    async def show(self, interaction: Asked, case: CaseNumber) -> None:
        """Show an appeal."""
        appeals = await self._bot.desk.appeals.of_case(
            guild_of(interaction), case, actor_of(interaction)
        )
        if not appeals:
            raise RefusedError(f"Nobody has appealed against case {case}.")
        embed = appeal_embed(appeals[-1], for_member=False)
        if appeals[-1].state is AppealState.OPEN:
            await interaction.response.send_message(
                embed=embed, view=_buttons(appeals[-1]), ephemeral=True
            )
        else:
            await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(description="Ask the member something about their appeal.")
    @app_commands.describe(case=_CASE, question="The member reads it, and can answer.")
    @app_commands.autocomplete(case=appealed_case)
    async def ask(self, interaction: Asked, case: CaseNumber, question: Text) -> None:
        """Ask back."""
        appeal = await _open_appeal(interaction, case)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send(
            await _ask(interaction, appeal.id, question), ephemeral=True
        )

    @app_commands.command(description="Decide that the case stands; the member reads why.")
    @app_commands.describe(case=_CASE, reason="The member reads it.")
    @app_commands.autocomplete(case=appealed_case)
    async def uphold(self, interaction: Asked, case: CaseNumber, reason: Text) -> None:
        """Let the case stand."""
        appeal = await _open_appeal(interaction, case)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send(
            await _uphold(interaction, appeal.id, reason), ephemeral=True
        )

    @app_commands.command(description="Decide that the member was right: all is taken back.")
    @app_commands.describe(case=_CASE, reason="The member reads it.")
    @app_commands.autocomplete(case=appealed_case)
    async def overturn(self, interaction: Asked, case: CaseNumber, reason: Text) -> None:
        """Take the case back."""
        appeal = await _open_appeal(interaction, case)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send(
            await _overturn(interaction, appeal.id, reason), ephemeral=True
        )

    @app_commands.command(description="Keep a member from appealing, for abusing it.")
    @app_commands.describe(member="Who.")
    async def mute(self, interaction: Asked, member: discord.User) -> None:
        """Mute somebody."""
        await self._bot.desk.appeals.mute(
            guild_of(interaction), MemberId(str(member.id)), actor_of(interaction)
        )
        await interaction.response.send_message(
            f"{member.mention} can no longer appeal; what is open is still decided."
            " `/appeals unmute` lifts it.",
            ephemeral=True,
        )

    @app_commands.command(description="Let a member appeal again.")
    @app_commands.describe(member="Who.")
    async def unmute(self, interaction: Asked, member: discord.User) -> None:
        """Let somebody appeal again."""
        await self._bot.desk.appeals.unmute(
            guild_of(interaction), MemberId(str(member.id)), actor_of(interaction)
        )
        await interaction.response.send_message(
            f"{member.mention} can appeal again.", ephemeral=True
        )

    @tasks.loop(minutes=REMIND_EVERY_MINUTES)
    async def _remind(self) -> None:
        """Remind moderators, in the mod-log, of appeals past their date."""
        try:
            reminded = await self._bot.desk.appeals.remind_due()
        except Exception:  # noqa: BLE001 - a background loop: logged, and tried again
            _log.exception("reminding_failed")
        else:
            if reminded:
                _log.info("appeals_reminded_of", count=len(reminded))


class DecisionButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=rf"evenhand:appeals:(?P<verb>{_VERBS}):(?P<appeal>[0-9]+-[0-9]+-[0-9]+)",
):
    """A button under an appeal, for moderators."""

    def __init__(self, verb: str, appeal: AppealId) -> None:
        label, style, _, _ = _LOOKS[verb]
        super().__init__(
            discord.ui.Button(
                label=label, style=style, custom_id=f"evenhand:appeals:{verb}:{appeal}"
            )
        )
        self._verb = verb
        self._appeal = appeal

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction,
        item: discord.ui.Item[discord.ui.View],
        match: re.Match[str],
        /,
    ) -> Self:
        """Make the button anew from its name."""
        return cls(match["verb"], AppealId(match["appeal"]))

    async def callback(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Ask for the words that go with the decision."""
        async with answering(interaction):
            found = await interaction.client.desk.appeals.get(self._appeal)
            if found.guild != guild_of(interaction):
                raise RefusedError("This appeal belongs to another server.")
            await interaction.response.send_modal(_form(self._verb, self._appeal))


async def _ask(interaction: Asked, appeal: AppealId, text: str) -> str:
    done = await interaction.client.desk.appeals.ask(appeal, actor_of(interaction), text)
    return f"The member reads your question about case #{done.case} and can answer it."


async def _uphold(interaction: Asked, appeal: AppealId, reason: str) -> str:
    done = await interaction.client.desk.appeals.uphold(appeal, actor_of(interaction), reason)
    return f"Case #{done.case} stands; the member reads why."


async def _overturn(interaction: Asked, appeal: AppealId, reason: str) -> str:
    desk, actor = interaction.client.desk, actor_of(interaction)
    found = await desk.appeals.get(appeal)
    require_lift(interaction, await desk.review.get(found.guild, found.case, actor))
    done = await desk.appeals.overturn(appeal, actor, reason)
    return (
        f"Case #{done.case} is taken back: its step is lifted, its strike void, and the member"
        " reads why. The case's timeline tells what was lifted with it."
    )


_LOOKS: dict[
    str,
    tuple[
        str, discord.ButtonStyle, tuple[str, str], Callable[[Asked, AppealId, str], Awaitable[str]]
    ],
] = {
    "ask": (
        "Ask the member",
        discord.ButtonStyle.secondary,
        ("Ask the member", "Your question"),
        _ask,
    ),
    "uphold": ("The case stands", discord.ButtonStyle.danger, ("The case stands", "Why"), _uphold),
    "overturn": (
        "The member is right",
        discord.ButtonStyle.success,
        ("The member is right", "Why"),
        _overturn,
    ),
}
"""For each verb the button's look, the form's title and question, and what is done then."""


def _form(verb: str, appeal: AppealId) -> ReasonForm:
    _, _, (title, label), decide = _LOOKS[verb]

    async def then(given: Asked, written: str) -> None:
        await given.response.defer(ephemeral=True, thinking=True)
        await given.followup.send(await decide(given, appeal, written), ephemeral=True)

    return ReasonForm(title=title, label=label, hint="The member reads it.", then=then)


def _buttons(appeal: Appeal) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for verb in _LOOKS:
        view.add_item(DecisionButton(verb, appeal.id))
    view.stop()
    return view


async def _open_appeal(interaction: Asked, case: int) -> Appeal:
    appeals = await interaction.client.desk.appeals.of_case(
        guild_of(interaction), case, actor_of(interaction)
    )
    found = [appeal for appeal in appeals if appeal.state is AppealState.OPEN]
    if not found:
        raise RefusedError(f"There is no open appeal against case {case}.")
    return found[-1]


async def setup(bot: EvenhandBot) -> None:
    """Load the cog."""
    await bot.add_cog(Appeals(bot))

"""The member's way to answer: the Appeal button under a notice, and /appeal.

Both work in direct messages too, for who cannot reach the server any more. Parses, calls
`bot.moderation.appeals` and replies. The moderators' side is `cogs.appeals`.
"""

import re
from typing import Self

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EvenhandBot
from bot.domain.appeal import Appeal, AppealState
from bot.domain.case import Case, CaseState
from bot.domain.ids import GuildId, MemberId
from bot.enforcement.buttons import APPEAL_PATTERN
from bot.enforcement.shown_text import plain, quote
from bot.errors import RefusedError
from bot.moderation.appeals import LONGEST_STATEMENT
from cogs.access import Asked, Form, Panel, actor_of, answering
from cogs.appeal_text import appeal_embed
from cogs.case_text import ago

LOOKED_THROUGH = 200
"""Servers looked through for somebody's cases when they ask in direct messages."""
_CASE = "Which of your cases."
_NAMED = re.compile(r"(?:(\d{1,20})-)?#?(\d{1,9})")


async def own_cases(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the asking member's own cases: of this server, or of all in direct messages."""
    wanted = typed.strip().removeprefix("#")
    choices: list[app_commands.Choice[str]] = []
    for guild in _guilds(interaction):
        for case in await _record(interaction, guild):
            if not str(case.number).startswith(wanted) and wanted.isdigit():
                continue
            where = "" if interaction.guild else f" · {guild.name}"
            name = f"#{case.number} · {case.draft.opened_at:%Y-%m-%d} · {case.state}{where}"
            choices.append(app_commands.Choice(name=name[:100], value=f"{guild.id}-{case.number}"))
    return choices[:25]


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
class AppealCog(
    commands.GroupCog, group_name="appeal", group_description="Answer to what was decided on you."
):
    """What members do about their own cases."""

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        """Answer the buttons under notices, those of before a restart too."""
        self._bot.add_dynamic_items(AppealButton)

    async def cog_unload(self) -> None:
        """Stop answering them."""
        self._bot.remove_dynamic_items(AppealButton)

    @app_commands.command(description="Appeal against one of your cases, or answer a question.")
    @app_commands.describe(case=_CASE)
    @app_commands.autocomplete(case=own_cases)
    async def case(self, interaction: Asked, case: str) -> None:
        """Appeal."""
        await answer_to(interaction, *await _named(interaction, case))

    @app_commands.command(description="Show your appeal against a case, with all that was said.")
    @app_commands.describe(case=_CASE)
    @app_commands.autocomplete(case=own_cases)
    async def show(self, interaction: Asked, case: str) -> None:
        """Show an appeal."""
        appeal = await _newest(interaction, *await _named(interaction, case))
        if appeal is None:
            raise RefusedError("You have not appealed against that case.")
        await _show(interaction, appeal)

    @app_commands.command(description="Take your appeal back.")
    @app_commands.describe(case=_CASE)
    @app_commands.autocomplete(case=own_cases)
    async def withdraw(self, interaction: Asked, case: str) -> None:
        """Take an appeal back."""
        appeal = await _newest(interaction, *await _named(interaction, case))
        if appeal is None:
            raise RefusedError("You have not appealed against that case.")
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._bot.desk.appeals.withdraw(appeal.id, actor_of(interaction))
        await interaction.followup.send(_WITHDRAWN.format(appeal.case), ephemeral=True)


class AppealButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=APPEAL_PATTERN
):
    """Appeal, or answer the moderators' question; names its server, for it stands in messages."""

    def __init__(
        self, button: discord.ui.Button[discord.ui.View], guild: GuildId, number: int
    ) -> None:
        super().__init__(button)
        self._guild = guild
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
        return cls(item, GuildId(match["guild"]), int(match["number"]))

    async def callback(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Ask for the member's words, or say where the appeal stands."""
        async with answering(interaction):
            await answer_to(interaction, self._guild, self._number)


async def answer_to(interaction: Asked, guild: GuildId, number: int) -> None:
    """Do the next thing a member can do about a case: appeal, answer, or see how it stands.

    Raises:
        RefusedError: it is not their case.
    """
    appeal = await _newest(interaction, guild, number)
    if appeal is None or appeal.state is AppealState.WITHDRAWN:
        await interaction.response.send_modal(StatementForm(guild, number))
    elif appeal.state is AppealState.OPEN and appeal.awaits_member:
        await interaction.response.send_modal(AnswerForm(appeal))
    else:
        await _show(interaction, appeal)


class StatementForm(Form):
    """Takes a member's statement; where it is refused, they get their words back."""

    def __init__(self, guild: GuildId, number: int) -> None:
        super().__init__(title=f"Appeal against case #{number}")
        self._guild = guild
        self._number = number
        self._text = _paragraph()
        self.add_item(
            discord.ui.Label(
                text="Why is this wrong?",
                description="A moderator reads it, and decides with a reason.",
                component=self._text,
            )
        )

    async def on_submit(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Open the appeal."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        desk = interaction.client.desk.appeals
        try:
            appeal = await desk.open(
                self._guild, self._number, actor_of(interaction), self._text.value
            )
        except RefusedError as error:
            raise _with_words(error, self._text.value) from error
        await interaction.followup.send(
            f"Your appeal against case #{self._number} is with the moderators; they should decide"
            f" {ago(appeal.due_at)}. You get a direct message with the decision and its reason, and"
            " can see it here with `/appeal show`.",
            ephemeral=True,
        )


class AnswerForm(Form):
    """Takes a member's answer to what the moderators asked."""

    def __init__(self, appeal: Appeal) -> None:
        super().__init__(title=f"Your appeal against case #{appeal.case}")
        self._appeal = appeal
        self._text = _paragraph()
        asked = appeal.remarks[-1].text
        self.add_item(discord.ui.TextDisplay(f"The moderators ask:\n{quote(asked, 1000)}"))
        self.add_item(discord.ui.Label(text="Your answer", component=self._text))

    async def on_submit(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Hand the answer on."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        desk = interaction.client.desk.appeals
        try:
            await desk.answer(self._appeal.id, actor_of(interaction), self._text.value)
        except RefusedError as error:
            raise _with_words(error, self._text.value) from error
        await interaction.followup.send("The moderators have your answer.", ephemeral=True)


class WithdrawPanel(Panel):
    """Under an open appeal: the way to take it back."""

    def __init__(self, asking: Asked, appeal: Appeal) -> None:
        super().__init__(asking)
        self.add_item(_Withdraw(appeal))


class _Withdraw(discord.ui.Button[WithdrawPanel]):
    def __init__(self, appeal: Appeal) -> None:
        super().__init__(label="Withdraw", style=discord.ButtonStyle.secondary)
        self._appeal = appeal

    async def callback(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Take the appeal back."""
        await interaction.response.defer()
        await interaction.client.desk.appeals.withdraw(self._appeal.id, actor_of(interaction))
        if self.view is not None:
            self.view.use_up()
        said = _WITHDRAWN.format(self._appeal.case)
        await interaction.edit_original_response(content=said, embed=None, view=None)


_WITHDRAWN = "Your appeal against case #{} is withdrawn; the case stands."


async def _show(interaction: Asked, appeal: Appeal) -> None:
    embed = appeal_embed(appeal, for_member=True)
    if appeal.state is AppealState.OPEN:
        panel = WithdrawPanel(interaction, appeal)
        await interaction.response.send_message(embed=embed, view=panel, ephemeral=True)
    else:
        await interaction.response.send_message(embed=embed, ephemeral=True)


async def _newest(interaction: Asked, guild: GuildId, number: int) -> Appeal | None:
    actor = actor_of(interaction)
    appeals = await interaction.client.desk.appeals.of_case(guild, number, actor)
    mine = [appeal for appeal in appeals if appeal.member == actor.id]
    return mine[-1] if mine else None


async def _named(interaction: Asked, typed: str) -> tuple[GuildId, int]:
    """Read which case is meant: chosen from the list, or a number typed on the server.

    Raises:
        RefusedError: it cannot be told.
    """
    found = _NAMED.fullmatch(typed.strip())
    if found is None:
        raise RefusedError(f"“{plain(typed, 40)}” is no case: choose one from the list.")
    guild, number = found.groups()
    if guild is not None:
        return GuildId(guild), int(number)
    if interaction.guild_id is not None:
        return GuildId(str(interaction.guild_id)), int(number)
    fitting = [
        GuildId(str(each.id))
        for each in _guilds(interaction)
        if any(case.number == int(number) for case in await _record(interaction, each))
    ]
    if len(fitting) != 1:
        raise RefusedError(f"Case {number} of which server? Please choose it from the list.")
    return fitting[0], int(number)


def _guilds(interaction: Asked) -> list[discord.Guild]:
    if interaction.guild is not None:
        return [interaction.guild]
    return list(interaction.client.guilds)[:LOOKED_THROUGH]


async def _record(interaction: Asked, guild: discord.Guild) -> list[Case]:
    """List a member's cases that something was done in, newest first."""
    member = MemberId(str(interaction.user.id))
    standing = await interaction.client.desk.standing.of(GuildId(str(guild.id)), member)
    told = {CaseState.APPLIED, CaseState.OVERTURNED}
    return [case for case in standing.cases if case.state in told]


def _with_words(error: RefusedError, words: str) -> RefusedError:
    """Give the words back with the refusal: nobody should have to write them twice."""
    return RefusedError(f"{error}\n\nYour words, so that nothing is lost:\n{quote(words, 1500)}")


def _paragraph() -> discord.ui.TextInput[Form]:
    return discord.ui.TextInput[Form](
        custom_id="text", style=discord.TextStyle.paragraph, max_length=LONGEST_STATEMENT
    )


async def setup(bot: EvenhandBot) -> None:
    """Load the cog."""
    await bot.add_cog(AppealCog(bot))

"""Who may use what, and what people read when they may not. Every cog's ground floor.

Discord hides commands by `default_permissions`, which each server may change: that is a hint, so
everything is checked again here, in code, at the moment of use. No decision about cases is made.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

import discord
from discord import app_commands

from bot.client import EvenhandBot
from bot.domain.ids import GuildId, MemberId
from bot.enforcement.error_replies import answer_error
from bot.enforcement.permissions import is_staff
from bot.moderation.actor import Actor

Asked: TypeAlias = discord.Interaction[EvenhandBot]
"""What somebody asked of the bot: a command, a press of a button, a form handed in."""

T = TypeVar("T")


class NotAllowedError(app_commands.CheckFailure):
    """Somebody asked for what they may not. The message is the sentence they read."""


class Form(discord.ui.Modal):
    """A form in a window of its own, whose errors are answered like those of commands."""

    async def on_error(self, interaction: discord.Interaction, error: Exception, /) -> None:
        """Tell who asked what went wrong."""
        await answer_error(interaction, error)


class Panel(discord.ui.View):
    """Buttons and selects under a reply that only who asked can see. Lapses after 14 minutes.

    Discord lets such a reply be changed for 15 minutes. A press by anybody else is refused, though
    nobody else should see it.
    """

    def __init__(self, asking: discord.Interaction, *, timeout: float | None = 14 * 60) -> None:
        super().__init__(timeout=timeout)
        self._asking = asking
        self._is_used = False

    def use_up(self) -> None:
        """Take no more presses: what was asked has been decided."""
        self._is_used = True
        self.stop()

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Let only who asked press, and only once decided nothing more."""
        return interaction.user.id == self._asking.user.id and not self._is_used

    async def on_timeout(self) -> None:
        """Grey the buttons out, so that nobody presses what no longer answers."""
        for item in self.walk_children():
            if isinstance(item, discord.ui.Button | discord.ui.Select):
                item.disabled = True
        try:
            await self._asking.edit_original_response(view=self)
        except discord.HTTPException:
            return  # dismissed by who asked, or too old to be changed

    async def on_error(
        self, interaction: discord.Interaction, error: Exception, item: object, /
    ) -> None:
        """Tell who asked what went wrong."""
        del item
        await answer_error(interaction, error)


def actor_of(interaction: discord.Interaction) -> Actor:
    """Say who asks, with what they may do on the whole server right now; in messages, nothing."""
    asking = interaction.user
    id_, name = MemberId(str(asking.id)), asking.display_name
    if not isinstance(asking, discord.Member):
        return Actor(id_, name)
    held = asking.guild_permissions
    return Actor(
        id_,
        name,
        may_moderate=is_staff(asking),
        may_administer=held.manage_guild or held.administrator,
    )


def guild_of(interaction: discord.Interaction) -> GuildId:
    """Say in which server something was asked; commands that ask are for servers alone.

    Raises:
        NotAllowedError: it was asked in direct messages.
    """
    if interaction.guild_id is None:
        raise NotAllowedError("This works on a server only.")
    return GuildId(str(interaction.guild_id))


def moderators_only(**shown_to: bool) -> Callable[[T], T]:
    """Keep a command, or a cog's whole group, to moderators of a server.

    `shown_to` are the permissions by which Discord shows it at first; who may do what to whom is
    checked further on (`cogs.reach`).
    """

    def check(interaction: discord.Interaction) -> bool:
        guild_of(interaction)
        actor = actor_of(interaction)
        if not (actor.may_moderate or actor.may_administer):
            raise NotAllowedError("Only moderators can do this here.")
        return True

    return _kept(check, shown_to)


def admins_only() -> Callable[[T], T]:
    """Keep a command, or a cog's whole group, to those who may manage the server."""

    def check(interaction: discord.Interaction) -> bool:
        guild_of(interaction)
        if not actor_of(interaction).may_administer:
            raise NotAllowedError("Only admins of this server can do this here.")
        return True

    return _kept(check, {"manage_guild": True})


@asynccontextmanager
async def answering(interaction: discord.Interaction) -> AsyncGenerator[None]:
    """Answer errors inside: discord.py itself only logs those of dynamic items."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the edge to a person: answered, and logged there
        await answer_error(interaction, error)


def _kept(check: Callable[[discord.Interaction], bool], shown_to: dict[str, bool]) -> Any:
    def keep(what: Any) -> Any:
        what = app_commands.guild_only(app_commands.default_permissions(**shown_to)(what))
        if isinstance(what, type):
            # A cog: every command of it asks this before it runs.
            setattr(what, "interaction_check", _checking(check))  # noqa: B010 - pyright knows it as a method
            return what
        return app_commands.check(check)(what)

    return keep


def _checking(check: Callable[[discord.Interaction], bool]) -> Callable[[Any, Any], Any]:
    def interaction_check(self: object, interaction: discord.Interaction) -> bool:
        del self
        return check(interaction)

    return interaction_check

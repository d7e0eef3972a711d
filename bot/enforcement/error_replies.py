"""What people read when something they asked for went wrong: one sentence, for them alone.

Not the members' notices. Called wherever a command, a button or a form may fail: by the client's
command tree and by `cogs.access`.
"""

from collections.abc import Callable
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.enforcement.answers import TROUBLES
from bot.enforcement.shown_text import clip
from bot.errors import (
    BadInputError,
    RefusedError,
    ScoringError,
    StorageError,
    UnreachableError,
)

LONGEST = 1900
"""Units of a sentence, a little under Discord's 2,000."""

_log = structlog.stdlib.get_logger(__name__)


async def answer_error(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Tell who asked, and nobody else, what went wrong; what nobody expected goes to the log."""
    sentence = sentence_of(error)
    if sentence is None:
        command = interaction.command
        name = None if command is None else command.qualified_name
        _log.error("answer_failed", command=name, guild=interaction.guild_id, exc_info=error)
        sentence = "Something went wrong on my side. It is in my log; please try again later."
    try:
        if interaction.response.is_done():
            await interaction.followup.send(clip(sentence, LONGEST), ephemeral=True)
        else:
            await interaction.response.send_message(clip(sentence, LONGEST), ephemeral=True)
    except TROUBLES as trouble:
        _log.warning("answer_not_delivered", why=str(trouble))


def sentence_of(error: BaseException) -> str | None:
    """Put an error into words for who asked; None where it is a mistake of ours."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    if isinstance(error, app_commands.TransformerError):
        cause = None if error.__cause__ is None else sentence_of(error.__cause__)
        return cause or f"“{clip(str(error.value), 100)}” is not something I can use there."
    return next((words(error) for kinds, words in _SENTENCES if isinstance(error, kinds)), None)


_CHANGED = "This command has changed lately: please restart Discord and try again."
_SENTENCES: tuple[tuple[tuple[type[Exception], ...], Callable[[Any], str]], ...] = (
    (
        (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch),
        lambda _: _CHANGED,
    ),
    ((app_commands.NoPrivateMessage,), lambda _: "This works on a server only."),
    (
        (RefusedError, BadInputError, app_commands.CheckFailure),
        lambda error: str(error) or "You may not use this here.",
    ),
    ((ScoringError,), lambda error: f"The model cannot judge just now: {error}"),
    (
        (UnreachableError,),
        lambda error: f"{error}. Nothing is lost; please try again in a few minutes.",
    ),
    (
        (StorageError,),
        lambda _: "I cannot reach my records just now, so nothing was done. Please try again.",
    ),
    (
        (discord.Forbidden,),
        lambda error: f"Discord does not let me: I lack a permission here ({error.text}).",
    ),
)

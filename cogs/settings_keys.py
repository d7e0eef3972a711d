"""The settings that an admin changes by name: which there are, how they are read and shown.

Their meaning, unit and bounds stand in `config.guild`; what is watched, the mod-log and the fuse
have their own commands. Used by `cogs.setup`.
"""

from typing import get_args

import discord
from discord import app_commands
from pydantic import ValidationError

from bot.enforcement.shown_text import plain
from bot.errors import RefusedError
from config.guild import GuildSettings

_OWN_COMMANDS = frozenset(
    {
        "watched",
        "log_channel",
        "muted_appellants",
        "fuse_blown_at",
        "fuse_reset_at",
        "set_up_at",
    }
)
SETTABLE = tuple(key for key in GuildSettings.model_fields if key not in _OWN_COMMANDS)
"""The keys, in the order of `config.guild`."""


def changed(settings: GuildSettings, key: str, value: str) -> GuildSettings:
    """Give the settings with one of them read from what somebody typed.

    Raises:
        RefusedError: there is no such setting, or the value does not fit it.
    """
    if key not in SETTABLE:
        raise RefusedError(f"There is no setting “{plain(key, 40)}”: {', '.join(SETTABLE)}.")
    written = value.strip()
    is_none = written.casefold() in {"none", "-"} and _may_be_none(key)
    table = settings.model_dump() | {key: None if is_none else written}
    try:
        return GuildSettings.model_validate(table)
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Input ")
        raise RefusedError(
            f"{key} {why}, not “{plain(written, 60)}”. {_description(key)}"
        ) from error


def setting_line(settings: GuildSettings, key: str) -> str:
    """Show a setting with its value and meaning on one line."""
    return f"`{key}` **{plain(_words(getattr(settings, key)), 300)}**: {_description(key)}"


async def setting_names(
    interaction: discord.Interaction, typed: str
) -> list[app_commands.Choice[str]]:
    """Offer the settings whose name has what is typed."""
    del interaction
    fitting = [key for key in SETTABLE if typed.casefold() in key]
    return [app_commands.Choice(name=key, value=key) for key in fitting[:25]]


def _words(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _may_be_none(key: str) -> bool:
    return type(None) in get_args(GuildSettings.model_fields[key].annotation)


def _description(key: str) -> str:
    return GuildSettings.model_fields[key].description or ""

"""Spans of time as moderators type them: 30m, 2h, 7d, 1d12h.

Reads them and offers the usual ones. Not how they are shown (`bot.policy.wording`). Used by the
commands and forms that set a timeout.
"""

import re
from datetime import timedelta

import discord
from discord import app_commands

from bot.enforcement.shown_text import plain
from bot.errors import RefusedError
from bot.policy.wording import time_words
from config.policy_keys import LONGEST_TIMEOUT_MINUTES

USUAL = ("10m", "1h", "6h", "1d", "3d", "7d", "28d")
"""What is offered before anything is typed."""

_MINUTES = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}
_WRITTEN = re.compile(r"(\d{1,6})\s*(m|h|d|w)[a-z]*", re.IGNORECASE)
_WHOLE = re.compile(rf"(?:{_WRITTEN.pattern}\s*)+", re.IGNORECASE)
_DAYS = 28


def minutes_of(written: str) -> int:
    """Read a span of time as minutes, from 1 to 28 days; a bare number is refused.

    28 days are a minute less, because Discord refuses a timeout that ends later than that.

    Raises:
        RefusedError: it cannot be read, or is too short or too long.
    """
    cleaned = written.strip()
    if not _WHOLE.fullmatch(cleaned):
        raise RefusedError(
            f"“{plain(cleaned, 40)}” is not a length I can read:"
            " write it like 30m, 2h, 7d or 1d12h."
        )
    minutes = sum(int(count) * _MINUTES[unit.lower()] for count, unit in _WRITTEN.findall(cleaned))
    if not 1 <= minutes <= _DAYS * _MINUTES["d"]:
        raise RefusedError(
            f"A timeout lasts from 1 minute to {_DAYS} days, which is Discord's own limit."
        )
    return min(minutes, LONGEST_TIMEOUT_MINUTES)


class Duration(app_commands.Transformer):
    """An option that takes a span of time and gives minutes."""

    async def transform(self, interaction: discord.Interaction, value: str, /) -> int:
        """Read what was typed; see `minutes_of`."""
        return minutes_of(value)

    async def autocomplete(
        self, interaction: discord.Interaction, value: float | str, /
    ) -> list[app_commands.Choice[str | int | float]]:
        """Offer the usual spans, or say how what is typed so far is understood."""
        typed = str(value).strip()
        if not typed:
            offered = list(USUAL)
        elif typed.isdigit():
            offered = [typed + unit for unit in ("m", "h", "d")]
        else:
            offered = [typed]
        return [choice for written in offered if (choice := _choice(written)) is not None]


def _choice(written: str) -> app_commands.Choice[str | int | float] | None:
    """Offer a span in words; None where it cannot be read (yet)."""
    try:
        minutes = minutes_of(written)
    except RefusedError:
        return None
    exact = minutes + 1 if minutes == LONGEST_TIMEOUT_MINUTES else minutes
    return app_commands.Choice(name=time_words(timedelta(minutes=exact)), value=written)

"""The buttons under what the bot posts: their names on the wire, and when each is shown.

They only name what is asked; `cogs.buttons` and `cogs.appeal` answer, after a restart too, because
everything needed stands in the name. Called by the notices and the mod-log.
"""

from collections.abc import Sequence
from enum import StrEnum

import discord

from bot.domain.case import Case, CaseState
from bot.domain.ids import GuildId


class CaseVerb(StrEnum):
    """What a moderator can do with a case from its post in the mod-log."""

    APPROVE = "approve"
    """The flagged comment may stay."""
    ACT = "act"
    """Take a step about a flagged comment, or one whose step failed."""
    UPHOLD = "uphold"
    """What was done was right."""
    UNDO = "undo"
    CHANGE = "change"
    """Put another step in the place of what was done."""
    NOTE = "note"
    CONTEXT = "context"
    """Show what was said before and after, and all of the scores."""


CASE_PATTERN = rf"evenhand:case:(?P<verb>{'|'.join(CaseVerb)}):(?P<number>[0-9]+)"
"""For `discord.ui.DynamicItem`: the server is the one where the button is pressed."""
APPEAL_PATTERN = r"evenhand:appeal:(?P<guild>[0-9]+):(?P<number>[0-9]+)"
"""Pressed in a direct message, so it names the server too."""


def case_id(verb: CaseVerb, number: int) -> str:
    """Name a button of a case."""
    return f"evenhand:case:{verb}:{number}"


def appeal_id(guild: GuildId, number: int) -> str:
    """Name the button with which a member answers to a case."""
    return f"evenhand:appeal:{guild}:{number}"


def case_buttons(case: Case) -> discord.ui.View:
    """Show moderators what they can do with a case as it stands."""
    return _view(
        [
            discord.ui.Button[discord.ui.View](
                label=_LABELS[verb],
                style=_STYLES.get(verb, discord.ButtonStyle.secondary),
                custom_id=case_id(verb, case.number),
            )
            for verb in _SHOWN.get(case.state, _ALWAYS)
        ]
    )


def appeal_button(guild: GuildId, number: int, *, is_answer: bool = False) -> discord.ui.View:
    """Show a member the way to answer: to appeal, or to reply to the moderators' question."""
    button = discord.ui.Button[discord.ui.View](
        label="Answer" if is_answer else "Appeal",
        style=discord.ButtonStyle.primary,
        custom_id=appeal_id(guild, number),
    )
    return _view([button])


_ALWAYS = (CaseVerb.NOTE, CaseVerb.CONTEXT)
_SHOWN = {
    CaseState.REVIEW: (CaseVerb.APPROVE, CaseVerb.ACT, *_ALWAYS),
    CaseState.APPLIED: (CaseVerb.UPHOLD, CaseVerb.UNDO, CaseVerb.CHANGE, *_ALWAYS),
    CaseState.FAILED: (CaseVerb.ACT, *_ALWAYS),
}
_LABELS = {
    CaseVerb.APPROVE: "Nothing wrong",
    CaseVerb.ACT: "Act",
    CaseVerb.UPHOLD: "Uphold",
    CaseVerb.UNDO: "Undo",
    CaseVerb.CHANGE: "Change",
    CaseVerb.NOTE: "Note",
    CaseVerb.CONTEXT: "More context",
}
_STYLES = {
    CaseVerb.APPROVE: discord.ButtonStyle.success,
    CaseVerb.ACT: discord.ButtonStyle.danger,
    CaseVerb.UPHOLD: discord.ButtonStyle.success,
    CaseVerb.UNDO: discord.ButtonStyle.danger,
}


def _view(buttons: Sequence[discord.ui.Button[discord.ui.View]]) -> discord.ui.View:
    """Put buttons together. Stopped at once: else discord.py keeps every view ever sent."""
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    view.stop()
    return view

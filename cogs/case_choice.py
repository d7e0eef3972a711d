"""Case numbers to choose from while typing: each with its member and why it was opened.

Offered to moderators alone; a number that is not offered may be typed all the same.
"""

from discord import app_commands

from bot.domain.case import Case, CaseState
from bot.enforcement.shown_text import clip
from bot.moderation.ports import CaseFilter
from bot.report.safe_text import one_line
from cogs.access import Asked, actor_of, guild_of

_OFFERED = 25
"""Discord shows no more."""
_LONGEST = 100
"""Letters of a choice."""


async def any_case(interaction: Asked, typed: str) -> list[app_commands.Choice[int]]:
    """Offer the newest cases that fit what is typed."""
    return await _offer(interaction, typed, None)


async def undoable_case(interaction: Asked, typed: str) -> list[app_commands.Choice[int]]:
    """Offer cases whose step stands, so that it can be undone."""
    return await _offer(interaction, typed, frozenset({CaseState.APPLIED}))


async def waiting_case(interaction: Asked, typed: str) -> list[app_commands.Choice[int]]:
    """Offer cases that wait for a human."""
    return await _offer(interaction, typed, frozenset({CaseState.REVIEW}))


async def _offer(
    interaction: Asked, typed: str, states: frozenset[CaseState] | None
) -> list[app_commands.Choice[int]]:
    actor = actor_of(interaction)
    if interaction.guild_id is None or not actor.may_moderate:
        return []
    guild = guild_of(interaction)
    review = interaction.client.desk.review
    wanted = typed.strip().removeprefix("#")
    if not wanted.isdecimal():
        found = await review.search(
            guild, actor, CaseFilter(states=states, words=wanted or None, limit=_OFFERED)
        )
    else:
        newest = await review.search(guild, actor, CaseFilter(states=states, limit=200))
        found = [case for case in newest if str(case.number).startswith(wanted)]
    return [app_commands.Choice(name=_named(case), value=case.number) for case in found[:_OFFERED]]


def _named(case: Case) -> str:
    name = one_line(f"#{case.number} · {case.draft.member.name} · {case.draft.reason}")
    return clip(name, _LONGEST)

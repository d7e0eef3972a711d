"""The post that moderators see of a case: one embed, edited in place whenever the case changes.

Pure: puts it together, sends nothing (`bot.enforcement.deeds` does). The member's words are hidden
until somebody wants to read them. Sizes add up to less than the 6,000 that Discord allows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import discord
from discord.utils import format_dt

from bot.domain.action import Action
from bot.domain.appeal import Appeal, AppealState
from bot.domain.case import Case, CaseEvent, CaseState, EventKind
from bot.domain.effect import Effect, EffectKind, EffectState
from bot.enforcement.buttons import case_buttons
from bot.enforcement.notices import marker, points_then
from bot.enforcement.requests import Post
from bot.enforcement.shown_text import plain, quote
from bot.enforcement.wording import DELIVERIES, ERASED, NO_REASON, NO_WORDS, ORIGINS, STATES, STEPS
from bot.policy.wording import points_words
from config.policy import Mode

_QUOTED = 1400
_REASON = 700
_SHORT = 250
_LAST_NOTES = 3
_NOTED = 150
_COLOURS = {
    CaseState.REVIEW: 0xE0A030,
    CaseState.PENDING: 0x5078B0,
    CaseState.APPLIED: 0xB04A4A,
    CaseState.FAILED: 0x7A3FA0,
    CaseState.SHADOW: 0x808890,
    CaseState.DISMISSED: 0x4F8A5B,
    CaseState.OVERTURNED: 0x4F8A5B,
}
_APPEALS = {
    AppealState.OPEN: "open",
    AppealState.UPHELD: "decided: the case stands",
    AppealState.OVERTURNED: "decided: the member was right",
    AppealState.WITHDRAWN: "withdrawn",
}
_NOTED_KINDS = frozenset({EventKind.NOTE, EventKind.FAILED, EventKind.SUPERSEDED})
_TOLD_ABOUT = (EffectKind.NOTICE, EffectKind.RETURN_TEXT, EffectKind.APPEAL_NEWS)


@dataclass(frozen=True, slots=True)
class Known:
    """What else is known of a case when its post is put together."""

    effects: Sequence[Effect]
    timeline: Sequence[CaseEvent]
    appeals: Sequence[Appeal]


def log_marker(case: Case) -> str:
    """Name a case's post, whichever effect made it: so begins its footer."""
    return f"Case #{case.number} ·"


def log_post(case: Case, effect: Effect, known: Known) -> Post:
    """Make a case's post. `effect.text` is said on top, such as a reminder."""
    embed = case_embed(case, known)
    if effect.text:
        embed.insert_field_at(0, name="News", value=_given(effect.text, _REASON), inline=False)
    embed.set_footer(text=marker(effect))
    return Post([embed], marker(effect), case_buttons(case))


def case_embed(case: Case, known: Known) -> discord.Embed:
    """Show moderators a case as it stands."""
    draft = case.draft
    step = "flagged" if case.action is None else STEPS[case.action.kind]
    embed = discord.Embed(
        title=f"Case #{case.number}: {step}, {STATES[case.state]}",
        colour=discord.Colour(_COLOURS[case.state]),
        timestamp=draft.opened_at,
        description=_said(case),
    )
    who = f"<@{draft.member.id}> {plain(draft.member.name, 60)} (`{plain(draft.member.id, 25)}`)"
    embed.add_field(name="Who", value=who, inline=False)
    embed.add_field(name="Where", value=_where(case))
    embed.add_field(name="Origin", value=_origin(case))
    embed.add_field(name="Why", value=_given(draft.reason, _REASON), inline=False)
    if case.strike is not None:
        points = f"{points_words(draft.points_before)} → {points_words(points_then(case))}"
        embed.add_field(name="Points", value=points)
    if case.action is not None:
        embed.add_field(name="Action", value=_action(case, case.action))
    if case.failure is not None:
        embed.add_field(name="Refused", value=_given(case.failure, _SHORT), inline=False)
    _add_story(embed, case, known)
    return embed


def _add_story(embed: discord.Embed, case: Case, known: Known) -> None:
    """Add what came after: was the member told, the appeal, who decided, the newest notes."""
    told = [effect for effect in known.effects if effect.kind in _TOLD_ABOUT]
    if told:
        embed.add_field(name="Direct message", value=_delivery(told[-1]))
    if known.appeals:
        newest = known.appeals[-1]
        said = _APPEALS[newest.state]
        if newest.state is AppealState.OPEN:
            said += f", to be decided by {format_dt(newest.due_at, 'D')}"
        embed.add_field(name="Appeal", value=said)
    if case.decided_by is not None:
        embed.add_field(name="Decided by", value=f"<@{case.decided_by}>")
    notes = [e for e in known.timeline if e.kind in _NOTED_KINDS and e.text != case.failure]
    if notes:
        lines = [_note(event) for event in notes[-_LAST_NOTES:]]
        embed.add_field(name="Notes", value="\n".join(lines), inline=False)


def _said(case: Case) -> str:
    draft = case.draft
    if draft.text is None:
        return "" if draft.place is None else ERASED
    if not draft.text.strip():
        return NO_WORDS
    return quote(draft.text, _QUOTED, is_hidden=True)


def _where(case: Case) -> str:
    place = case.draft.place
    if place is None:
        return "nowhere in particular"
    comment = case.draft.key.comment
    if not comment.isdecimal():
        return f"<#{place.thread}>"
    link = f"https://discord.com/channels/{place.guild}/{place.thread}/{comment}"
    return f"<#{place.thread}> ([comment]({link}))"


def _origin(case: Case) -> str:
    draft = case.draft
    said = ORIGINS[draft.origin]
    if draft.moderator is not None:
        said += f", <@{draft.moderator}>"
    if draft.mode is Mode.SHADOW:
        said += ", in shadow mode"
    return said


def _action(case: Case, action: Action) -> str:
    said = STEPS[action.kind]
    if action.until is not None:
        said += f" until {format_dt(action.until, 'f')}"
    if action.removes_comment and case.draft.place is not None and said != "comment removed":
        said += ", comment removed"
    if action.capped_from is not None:
        said += f"; the ladder asks for a {action.capped_from}, which a human must confirm"
    return said


def _delivery(effect: Effect) -> str:
    said = DELIVERIES[effect.state]
    if effect.error is not None and effect.state is not EffectState.DONE:
        said += f": {plain(effect.error, _SHORT)}"
    return said


def _note(event: CaseEvent) -> str:
    by = "the bot" if event.actor is None else f"<@{event.actor}>"
    return f"{format_dt(event.at, 'd')} {by}: {plain(event.text, _NOTED)}"


def _given(text: str, limit: int) -> str:
    """Show a reason; Discord takes no empty field."""
    return plain(text, limit) or NO_REASON

"""Cases in words, for replies that only the asking moderator sees: lines, timelines, scores.

Not the mod-log's post nor the member's notice (`bot.enforcement`). Member's words go through
`bot.enforcement.shown_text`, so that they ping nobody and break nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import discord

from bot.domain.case import Case, CaseDraft, CaseEvent
from bot.domain.scores import Scores
from bot.domain.verdict import Verdict
from bot.enforcement.mod_log import Known, case_embed
from bot.enforcement.shown_text import clip, plain, units
from bot.enforcement.wording import ORIGINS, STATES, STEPS
from bot.policy.wording import score_words, threshold_words

PAGE = 4000
"""Units of an embed's description, a little under Discord's 4096."""
FIELD = 1000
"""Units of an embed's field, a little under Discord's 1024."""


def show_case(case: Case, timeline: Sequence[CaseEvent] = ()) -> discord.Embed:
    """Show a case as the mod-log does, with its scores and its whole timeline."""
    draft = case.draft
    embed = case_embed(case, Known(effects=(), timeline=(), appeals=()))
    if isinstance(draft, CaseDraft) and draft.scores.by_label:
        # A score and its label stay on one line.
        scores = [line.replace(" ", "\N{NO-BREAK SPACE}") for line in score_lines(draft.scores)]
        embed.add_field(name="Scores", value=clip(" · ".join(scores), FIELD), inline=False)
    if timeline:
        # Why it was opened stands above already.
        told = [replace(e, text="") if e.text == draft.reason else e for e in timeline]
        lines = newest_fitting(timeline_lines(told), FIELD)
        embed.add_field(name="Timeline", value=lines, inline=False)
    return embed


def case_line(case: Case) -> str:
    """Show a case on one line: number, when, who, what became of it, why."""
    draft = case.draft
    step = "" if case.action is None else f"{STEPS[case.action.kind]}, "
    return (
        f"**#{case.number}** {ago(draft.opened_at)} {plain(draft.member.name, 40)} ·"
        f" **{step}{STATES[case.state]}** · {ORIGINS[draft.origin]} · {plain(draft.reason, 120)}"
    )


def fitting(lines: Sequence[str], limit: int = PAGE) -> str:
    """Join as many whole lines as fit, and say how many more there are."""
    count = _that_fit(lines, limit)
    hidden = len(lines) - count
    return "\n".join([*lines[:count], f"… and {hidden} more"] if hidden else lines)


def newest_fitting(lines: Sequence[str], limit: int = PAGE) -> str:
    """Join as many whole lines as fit, from the last one back, and say how many came before."""
    count = _that_fit(lines[::-1], limit)
    hidden = len(lines) - count
    return "\n".join([f"… {hidden} earlier", *lines[hidden:]] if hidden else lines)


def timeline_lines(events: Sequence[CaseEvent]) -> list[str]:
    """Show a timeline, a line an event, oldest first."""
    return [
        f"{discord.utils.format_dt(event.at, 'f')} **{event.kind}**"
        f" by {'the bot' if event.actor is None else f'<@{event.actor}>'}"
        + (f": {plain(event.text, 300)}" if event.text else "")
        for event in events
    ]


def score_lines(scores: Scores) -> list[str]:
    """Show what the model says, highest first."""
    ranked = sorted(scores.by_label.items(), key=lambda found: -found[1].value)
    return [f"`{score_words(score.value)}` {label}" for label, score in ranked]


def breach_lines(verdict: Verdict) -> list[str]:
    """Show which thresholds were passed, gravest first."""
    return [
        f"**{breach.category}** {score_words(breach.score, breach.threshold)}"
        f" ({breach.label}), {breach.decision} from {threshold_words(breach.threshold)}"
        for breach in verdict.breaches
    ]


def scores_field(case: Case) -> str | None:
    """Show a judged case's scores; None for a case without."""
    draft = case.draft
    if not isinstance(draft, CaseDraft) or not draft.scores.by_label:
        return None
    return fitting([*breach_lines(draft.verdict), *score_lines(draft.scores)], FIELD)


def ago(at: datetime) -> str:
    """Show a moment as Discord's clients count it: "3 hours ago", in the reader's language."""
    return discord.utils.format_dt(at, "R")


def outcome_words(case: Case) -> str:
    """Say in a sentence what became of a case, for whoever just decided it."""
    who = plain(case.draft.member.name, 60)
    head = f"Case #{case.number}:"
    if case.failure is not None:
        return clip(f"{head} this could not be done. {case.failure}", 1900)
    if case.action is None:
        return f"{head} {STATES[case.state]}."
    until = case.action.until
    lasting = "" if until is None else f" until {discord.utils.format_dt(until, 'f')}"
    return f"{head} {who}: {STEPS[case.action.kind]}{lasting} ({STATES[case.state]})."


def _that_fit(lines: Sequence[str], limit: int) -> int:
    """Count the lines that fit from the first one on, with room left for "… and 999 more"."""
    left = limit - 20
    for count, line in enumerate(lines):
        left -= units(line) + 1
        if left < 0:
            return count
    return len(lines)

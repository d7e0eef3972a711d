"""What members read by direct message: the statement of reasons, and what came of a case later.

Pure: puts messages together, sends nothing (`bot.enforcement.deeds` does). A member's own words are
given back as they wrote them, but dead: they ping nobody and link nowhere.
"""

import math
import tomllib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import discord
from discord.utils import format_dt

from bot.domain.case import Case, CaseDraft, Origin
from bot.domain.comment import Place
from bot.domain.effect import Effect
from bot.domain.verdict import Decision
from bot.enforcement.buttons import appeal_button
from bot.enforcement.requests import Post
from bot.enforcement.shown_text import clip, plain, quote, units
from bot.enforcement.wording import (
    CATEGORIES,
    ERASED,
    LABELS,
    NO_REASON,
    NO_WORDS,
    NOTICE_STEPS,
    NOTICE_TITLES,
)
from bot.moderation.appeals import window
from bot.policy.wording import listed, points_words, reason_for_member, time_words
from config.guild import GuildSettings
from config.policy import Category, StepKind

FADED = 0.5
"""Points below which nothing is left to speak of."""
_FIELD = 1000
_RETURNED = 3600
_NEWS = 1500
_SORRY = (
    "What was done about you in this case was wrong, and has been taken back. It no longer counts"
    " against you. We are sorry."
)
_WARM, _CALM = discord.Colour(0xE0A030), discord.Colour(0x4F8A5B)


@dataclass(frozen=True, slots=True)
class Told:
    """What a notice speaks of: `removed` the comment, and the step that was or will be taken.

    `step` is None where the step itself was refused and only the comment went.
    """

    removed: bool
    step: StepKind | None


@dataclass(frozen=True, slots=True)
class Around:
    """What a message needs beside the case: the server's name and settings, and the time."""

    server: str
    settings: GuildSettings
    now: datetime


def marker(effect: Effect) -> str:
    """Name a message so that it can be found again: after a crash nobody is told twice."""
    return f"Case #{effect.case} · {effect.id[:8]}"


def statement(case: Case, effect: Effect, told: Told, around: Around) -> Post:
    """Give a member the reasons: what, where, why, by whom, how long, and how to answer."""
    settings = around.settings
    title = NOTICE_TITLES[told.step or StepKind.DELETE]
    embed = _embed(title.format(server=plain(around.server, 100)), _WARM)
    embed.description = _what_happened(case, told)
    words = _words(case)
    if words is not None:
        embed.add_field(name="Your comment", value=words, inline=False)
    embed.add_field(name="Why", value=_why(case, effect.text), inline=False)
    embed.add_field(name="Who decided", value=_who(case), inline=False)
    points = _points(case, around.now)
    if points is not None:
        embed.add_field(name="Your points", value=points, inline=False)
    may_appeal = case.draft.member.id not in settings.muted_appellants
    embed.add_field(
        name="If you think this is wrong",
        value=_way_to_appeal(case, around) if may_appeal else _MUTED,
        inline=False,
    )
    if settings.rules_url is not None:
        embed.add_field(name="The rules", value=settings.rules_url, inline=False)
    view = appeal_button(case.guild, case.number) if may_appeal else None
    return _post(embed, effect, view)


def return_of_text(case: Case, effect: Effect, around: Around) -> Post:
    """Tell a member that a case was taken back, and give them their words again."""
    embed = _embed(f"Taken back: case #{case.number} on {plain(around.server, 100)}", _CALM)
    lines = [_SORRY]
    if case.action is not None and case.action.kind is StepKind.KICK:
        lines.append("You are welcome back: a new invitation lets you in.")
    if effect.text:
        lines.append(f"**Why:** {plain(effect.text, _NEWS)}")
    embed.description = "\n\n".join(lines)
    was_removed = case.action is not None and case.action.removes_comment
    words = _quoted(case.draft.text or "", _RETURNED) if was_removed else ""
    if units(words) > _FIELD:  # too long for a field: in an embed of its own
        embed.add_field(name="Your comment", value="Below, to post again if you like.")
        return _post(embed, effect, None, words)
    if words:
        embed.add_field(name="Your comment, to post again if you like", value=words, inline=False)
    return _post(embed, effect, None)


def appeal_news(case: Case, effect: Effect, around: Around, *, is_question: bool) -> Post:
    """Tell a member what the moderators ask, or how the appeal ended."""
    title = "A question about your appeal" if is_question else "News about your appeal"
    embed = _embed(f"{title} on {plain(around.server, 100)}", _CALM)
    embed.description = f"Case #{case.number}.\n\n{quote(effect.text or '', 3500)}"
    view = appeal_button(case.guild, case.number, is_answer=True) if is_question else None
    return _post(embed, effect, view)


def points_then(case: Case) -> float:
    """Give the member's points with this case's strike, which a moderator may have decided on."""
    draft = case.draft
    if case.strike is None or case.strike == draft.strike:
        return draft.points_after
    return draft.points_before + case.strike.points


def half_life_of(case: Case) -> timedelta | None:
    """Read how fast points fade from the policy that the case was judged by; None without one."""
    draft = case.draft
    if not isinstance(draft, CaseDraft):
        return None
    days = tomllib.loads(draft.policy_toml).get("strikes", {}).get("half_life_days")
    return None if days is None else timedelta(days=days)


def _embed(title: str, colour: discord.Colour) -> discord.Embed:
    return discord.Embed(title=clip(title, 250), colour=colour)


def _post(
    embed: discord.Embed, effect: Effect, view: discord.ui.View | None, more: str | None = None
) -> Post:
    embeds = [embed] if more is None else [embed, discord.Embed(description=more)]
    embeds[-1].set_footer(text=marker(effect))
    return Post(embeds, marker(effect), view)


def _what_happened(case: Case, told: Told) -> str:
    """Say which comment it is about, and what follows; the step itself stands in the title."""
    about = _about(case.draft.place, removed=told.removed)
    if told.step is None:
        return about
    until = None if case.action is None else case.action.until
    return f"{about} {NOTICE_STEPS[told.step].format(until=_moment(until))}".strip()


def _about(place: Place | None, *, removed: bool) -> str:
    if place is None:
        return "Your comment was removed." if removed else ""
    post = f"[this post](https://discord.com/channels/{place.guild}/{place.thread})"
    if removed:
        return f"Your comment in {post} was removed."
    return f"This is about your comment in {post}."


def _moment(until: datetime | None) -> str:
    return "it is lifted" if until is None else f"{format_dt(until, 'f')} ({format_dt(until, 'R')})"


def _words(case: Case) -> str | None:
    if case.draft.text is None:
        return None if case.draft.place is None else ERASED
    return _quoted(case.draft.text, _FIELD, is_hidden=speaks_in_slurs(case)) or NO_WORDS


def _quoted(text: str, limit: int, *, is_hidden: bool = False) -> str:
    return quote(text, limit, is_hidden=is_hidden) if text.strip() else ""


def speaks_in_slurs(case: Case) -> bool:
    """Say whether a comment's words should stay out of sight until somebody wants to read them."""
    draft = case.draft
    return isinstance(draft, CaseDraft) and any(
        breach.category is Category.SLUR for breach in draft.verdict.breaches
    )


def _why(case: Case, ordered: str | None) -> str:
    """Give the rule in plain words; `ordered` is the reason of a moderator who ordered the step."""
    draft = case.draft
    if not isinstance(draft, CaseDraft) or not draft.verdict.breaches:
        words = plain(ordered or reason_for_member(draft), 800)
        return f"In the moderators' words: {words or NO_REASON}"
    breaches = draft.verdict.breaches
    breaches = [b for b in breaches if b.decision is Decision.ACT] or breaches
    categories = list(dict.fromkeys(breach.category for breach in breaches))
    labels = list(dict.fromkeys(breach.label for breach in breaches))
    said = (
        f"This server does not allow {listed([CATEGORIES[category] for category in categories])}."
        f" Your comment reads as {listed([LABELS[label] for label in labels])}."
    )
    words = plain(ordered or "", 500)
    return f"{said}\nIn the moderators' words: {words}" if words else said


def _who(case: Case) -> str:
    if case.decided_by is not None or case.draft.moderator is not None:
        found = " A program had pointed at it." if case.draft.origin is Origin.MODEL else ""
        return f"A moderator decided this.{found}"
    return (
        "This was decided automatically, by a program that compares how a comment reads with the"
        " limits this server has set. No human has looked at it yet; one will if you appeal."
    )


def _points(case: Case, now: datetime) -> str | None:
    if case.strike is None:
        return None
    points = points_then(case)
    said = f"You now have {points_words(points)}; the more points, the harder the next step."
    half_life = half_life_of(case)
    if half_life is None:
        return said
    said += f" They halve every {time_words(half_life)}"
    if points < FADED:
        return f"{said}."
    gone = max(now, case.strike.at + half_life * math.log2(points / FADED))
    return f"{said}, and are all but gone on {format_dt(gone, 'D')}."


def _way_to_appeal(case: Case, around: Around) -> str:
    settings = around.settings
    who = "A moderator" if settings.self_review else "A moderator who had no part in this"
    settled = replace(case, settled_at=case.settled_at or around.now)  # it is about to be
    until = format_dt(window(settled, settings), "f")
    return (
        f"Press **Appeal** below, or use `/appeal`, until {until}. {who} looks at it afresh, tells"
        " you the decision and why. If you were right, everything is taken back."
    )


_MUTED = "The moderators have closed appeals for you. You can still write to them."

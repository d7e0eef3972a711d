"""Weighs a verdict against a member's record: the strike, the action, and why.

Puts `strikes` and `ladder` together for one comment; decides nothing about words (`judge`) and
carries nothing out. Called by the pipeline; `exemption` by the preview of a policy too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.action import Action
from bot.domain.case import Strike
from bot.domain.comment import Author, Comment
from bot.domain.verdict import Decision, Verdict
from bot.policy.ladder import climb
from bot.policy.place import has_role
from bot.policy.strikes import incident_of, new_strike, points_at
from bot.policy.wording import points_words, time_words
from config.policy import Policy


@dataclass(frozen=True, slots=True)
class Weighed:
    """What follows from a verdict. `points_*` are the author's at the comment's time.

    `strike` is None where the comment adds nothing to the record; it may be of 0 points for a
    repeat within an incident. `reason` is the verdict's sentence and what follows from it.
    `is_exempt`: the author is never acted on, so no case is needed either.
    """

    strike: Strike | None
    action: Action | None
    points_before: float
    points_after: float
    reason: str
    is_exempt: bool = False


def weigh(
    verdict: Verdict, comment: Comment, strikes: Sequence[Strike], policy: Policy, now: datetime
) -> Weighed:
    """Say what a comment adds to its author's record and what is done about it.

    The mode makes no difference here: shadow decides as enforce would, and the pipeline holds back.
    """
    before = points_at(strikes, now, policy.strikes)
    if verdict.decision is Decision.ALLOW:
        return Weighed(None, None, before, before, verdict.reason)
    spared = exemption(comment.author, policy)
    if spared is not None:
        reason = f"{verdict.reason}; {spared}"
        return Weighed(None, None, before, before, reason, is_exempt=True)
    if verdict.decision is Decision.FLAG:
        return Weighed(None, None, before, before, f"{verdict.reason}; a human decides")
    earned = max(
        policy.categories[breach.category].points_at(breach.score) for breach in verdict.breaches
    )
    strike = new_strike(earned, strikes, now, policy.strikes)
    after = before + strike.points
    is_repeat = bool(incident_of(strikes, now, policy.strikes))
    climbed = climb(policy, before, after, now, is_repeat=is_repeat)
    half_life = time_words(timedelta(days=policy.strikes.half_life_days))
    reason = (
        f"{verdict.reason}; {points_words(after)} after this (half-life {half_life}): {climbed.why}"
    )
    return Weighed(strike, climbed.action, before, after, reason)


def leave_to_a_human(weighed: Weighed, why: str) -> Weighed:
    """Take back what was to be done automatically, and the strike with it; the reason says why."""
    return replace(
        weighed,
        strike=None,
        action=None,
        points_after=weighed.points_before,
        reason=f"{weighed.reason}; nothing was done automatically ({why}): a human decides",
    )


def exemption(author: Author, policy: Policy) -> str | None:
    """Say why an author is never acted on; None where the ladder has to be asked."""
    if author.is_bot:
        return "the author is a bot, which is never acted on"
    if author.immune is not None:
        return f"the author {author.immune}: nothing is done automatically"
    held = [role for role in policy.exempt_roles if has_role(role, author.roles)]
    return f"the author's role {held[0]} is exempt: nothing is done" if held else None

"""What a member's points mean for what comes next, and when they have faded. Pure.

Not the points themselves (`bot.policy.strikes`). Called by `bot.moderation.standing`.
"""

from datetime import datetime, timedelta
from math import log2

from bot.policy.ladder import step_words
from bot.policy.wording import points_words
from config.policy import Mode, Policy, StrikeRules


def fades_below(limit: float, points: float, now: datetime, rules: StrikeRules) -> datetime | None:
    """Say when points fall to `limit` if nothing is added; None where they are there already.

    All strikes halve in the same time, so their sum does too.
    """
    if points <= limit:
        return None
    return now + log2(points / limit) * timedelta(days=rules.half_life_days)


def next_step(policy: Policy, points: float) -> str:
    """Say in a sentence what the next breach leads to, by the fewest points that one can earn."""
    if policy.mode is Mode.OFF:
        return "Nothing is judged on this server at present."
    least = min(
        (rule.points_at_act for rule in policy.categories.values() if rule.judged),
        default=0.0,
    )
    reached = [rung for rung in policy.ladder if rung.at_points <= points + least]
    if not reached:
        first = policy.ladder[0]
        return f"From {points_words(first.at_points)} on: {step_words(first)}."
    step = reached[-1]
    is_capped = step.step.rank > policy.max_without_human.rank
    human = ", once a human has confirmed it" if is_capped else ""
    return f"A further breach leads at least to: {step_words(step)}{human}."

"""Strike points: how they are earned, and how they fade. Fading is computed, never scheduled.

Not what follows from them (`bot.policy.ladder`). Called by `bot.policy.weigh`, and by whoever
shows a member's points.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.case import Strike
from config.policy import StrikeRules


def points_at(strikes: Iterable[Strike], now: datetime, rules: StrikeRules) -> float:
    """Add up what strikes are worth at `now`: each halves every half-life; later ones count 0."""
    half_life = timedelta(days=rules.half_life_days)
    return sum(
        strike.points * 0.5 ** ((now - strike.at) / half_life)
        for strike in strikes
        if strike.at <= now
    )


def new_strike(
    points: float, strikes: Iterable[Strike], now: datetime, rules: StrikeRules
) -> Strike:
    """Make the strike of a comment worth `points` by itself: one incident is one strike.

    Within an incident it adds only what exceeds the incident's points so far, which may be 0.
    """
    incident = incident_of(strikes, now, rules)
    if not incident:
        return Strike(at=now, incident_at=now, points=points)
    so_far = sum(strike.points for strike in incident)
    return Strike(at=now, incident_at=incident[0].incident_at, points=max(0.0, points - so_far))


def incident_of(strikes: Iterable[Strike], now: datetime, rules: StrikeRules) -> list[Strike]:
    """List the strikes of the incident that a comment at `now` belongs to; empty for a new one.

    An incident is open for less than `incident_minutes` after its first strike.
    """
    window = timedelta(minutes=rules.incident_minutes)
    past = [strike for strike in strikes if strike.at <= now]
    latest = max((strike.incident_at for strike in past), default=None)
    if latest is None or now - latest >= window:
        return []
    return [strike for strike in past if strike.incident_at == latest]

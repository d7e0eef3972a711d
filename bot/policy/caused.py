"""Which later steps of a member an overturned case had led to. Pure.

The ladder is climbed anew without the void strike, each case under the policy it keeps. Not the
lifting itself (`bot.policy.reversal` says what it takes). Called by `bot.moderation.reversal`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.action import Action
from bot.domain.case import VOID_STATES, Case, CaseDraft, CaseState, Strike
from bot.policy.by_hand import kept_policy
from bot.policy.ladder import climb
from bot.policy.strikes import incident_of, new_strike, points_at
from config.policy import Mode, StepKind

_LIFTED = frozenset({StepKind.TIMEOUT, StepKind.KICK, StepKind.BAN})
"""Steps that weigh on a member beyond the comment. A removed comment stays removed: it was a breach
by itself."""


def caused_by(void: Case, record: Sequence[Case], now: datetime) -> tuple[Case, ...]:
    """List the member's later cases whose step the ladder would not have reached otherwise.

    `record` is all of the member's cases. A case is listed when the ladder, climbed without the
    void case's strike, gives something milder than was done, and only for that reason. Steps that
    a moderator named are not listed, for no ladder chose them; nor are timeouts that are over.
    """
    if void.strike is None:
        return ()
    counted = [c for c in record if c.number != void.number and _counts(c)]
    having = _climbed([*counted, void])
    lacking = _climbed(counted)
    return tuple(
        case
        for case in _in_time(counted)
        if _order(case) > _order(void)
        and _can_be_lifted(case, now)
        and is_harsher(case.action, lacking[case.number])
        and is_harsher(having[case.number], lacking[case.number])
    )


def is_harsher(one: Action | None, other: Action | None) -> bool:
    """Say whether one action weighs more on a member than another; timeouts by their end."""
    if one is None or other is None:
        return one is not None
    if one.kind is not other.kind:
        return one.kind.rank > other.kind.rank
    return one.until is not None and other.until is not None and one.until > other.until


def _counts(case: Case) -> bool:
    """Say whether a case is part of the real record; rehearsals touch nobody."""
    return (
        case.strike is not None
        and case.state not in VOID_STATES
        and case.draft.mode is Mode.ENFORCE
    )


def _can_be_lifted(case: Case, now: datetime) -> bool:
    action = case.action
    if case.state is not CaseState.APPLIED or action is None or not _is_the_ladders(case):
        return False
    return action.kind in _LIFTED and (action.until is None or action.until > now)


def _is_the_ladders(case: Case) -> bool:
    """Say whether the ladder chose the case's step, and no human."""
    return isinstance(case.draft, CaseDraft) and case.draft.action == case.action


def _climbed(cases: Sequence[Case]) -> Mapping[int, Action | None]:
    """Climb the ladder through these cases, from an empty record; the action that each gets.

    A case that the machine judged earns anew what its words are worth, for what it adds depends on
    the incident it belongs to. One that a human judged keeps its strike.
    """
    strikes: list[Strike] = []
    given: dict[int, Action | None] = {}
    for case in _in_time(cases):
        draft, kept = case.draft, case.strike
        if kept is None:
            continue
        if not isinstance(draft, CaseDraft) or draft.strike is None:
            strikes.append(kept)
            given[case.number] = case.action
            continue
        policy = kept_policy(draft)
        earned = max(
            policy.categories[b.category].points_at(b.score) for b in draft.verdict.breaches
        )
        strike = new_strike(earned, strikes, kept.at, policy.strikes)
        before = points_at(strikes, kept.at, policy.strikes)
        is_repeat = bool(incident_of(strikes, kept.at, policy.strikes))
        after = before + strike.points
        given[case.number] = climb(policy, before, after, kept.at, is_repeat=is_repeat).action
        strikes.append(strike)
    return given


def _in_time(cases: Sequence[Case]) -> list[Case]:
    return sorted((case for case in cases if case.strike is not None), key=_order)


def _order(case: Case) -> tuple[datetime, int]:
    at = case.draft.opened_at if case.strike is None else case.strike.at
    return at, case.number

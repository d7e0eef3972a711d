"""What a human's step on a comment earns and means: the strike, the action, how grave it is.

Pure. Not the machine's own weighing (`bot.policy.weigh`), whose rules for strikes these share.
Called by the use-cases that moderators reach.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from bot.domain.action import Action
from bot.domain.case import Case, CaseDraft, Draft, Origin, Strike
from bot.domain.ids import CommentId
from bot.errors import RefusedError
from bot.policy.policy_file import parse_policy
from bot.policy.strikes import new_strike
from config.policy import Policy, StepKind
from config.policy_keys import LONGEST_TIMEOUT_MINUTES

LONGEST_PURGE_HOURS = 7 * 24
"""Discord takes away a banned member's messages of seven days at most."""


@lru_cache(maxsize=64)
def _parsed(toml: str) -> Policy:
    return parse_policy(toml, where="a case's policy", name="kept")


def kept_policy(draft: CaseDraft) -> Policy:
    """Read the policy that a case was judged under: all of it stands in the case."""
    return _parsed(draft.policy_toml)


def earned_by_hand(draft: Draft, policy: Policy) -> float:
    """Say how many points a case earns by itself, once a human says that it is a breach.

    The gravest breach's, at least those at its act threshold; where no category was breached, as in
    a step by command, the fewest that any judged category begins with.
    """
    if isinstance(draft, CaseDraft) and draft.verdict.breaches:
        rules = kept_policy(draft).categories
        return max(
            max(rules[b.category].points_at(b.score), rules[b.category].points_at_act)
            for b in draft.verdict.breaches
        )
    rules = policy.categories.values()
    judged = [rule.points_at_act for rule in rules if rule.judged]
    return min(judged or [rule.points_at_act for rule in rules])


def strike_by_hand(draft: Draft, strikes: Sequence[Strike], policy: Policy, at: datetime) -> Strike:
    """Make the strike of a case that a human acts on. `at` is when the words were said.

    It counts from then, as if the machine had acted in time. `strikes` are the member's without the
    case's own; `policy` holds in the comment's place and is asked where the case keeps none.
    """
    rules = kept_policy(draft).strikes if isinstance(draft, CaseDraft) else policy.strikes
    return new_strike(earned_by_hand(draft, policy), strikes, at, rules)


def named_action(
    step: StepKind,
    now: datetime,
    *,
    minutes: int | None,
    removes_comment: bool,
    purge_hours: int = 0,
) -> Action:
    """Make the action that a moderator named.

    Raises:
        RefusedError: a timeout without its minutes or beyond 28 days, minutes or a purge where
            they do not belong.
    """
    until = None
    if step is StepKind.TIMEOUT:
        if minutes is None:
            raise RefusedError("A timeout needs its length in minutes.")
        if not 1 <= minutes <= LONGEST_TIMEOUT_MINUTES:
            raise RefusedError(
                f"A timeout lasts from 1 to {LONGEST_TIMEOUT_MINUTES:,} minutes"
                f" (28 days less a minute), not {minutes:,}."
            )
        until = now + timedelta(minutes=minutes)
    elif minutes is not None:
        raise RefusedError(f"A {step} has no length; only a timeout has.")
    if purge_hours and step is not StepKind.BAN:
        raise RefusedError(f"Only a ban can take earlier messages along, not a {step}.")
    if not 0 <= purge_hours <= LONGEST_PURGE_HOURS:
        raise RefusedError(
            f"A ban can take the messages of 0 to {LONGEST_PURGE_HOURS} hours along,"
            f" not {purge_hours:,}."
        )
    return Action(step, until, removes_comment=removes_comment, purge_hours=purge_hours)


def is_comment(named: CommentId) -> bool:
    """Say whether a case's key names a comment, and not an event such as `command:1`."""
    return ":" not in named


def revision_by_hand(known: Sequence[Case]) -> int:
    """Choose the revision of a human's step on a comment that has these cases already.

    0 without any, so that the machine, should it come later, finds the comment dealt with.
    """
    return min([0, *(case.draft.key.revision for case in known)]) - 1 if known else 0


def gravest_first(cases: Iterable[Case], policy: Policy) -> list[Case]:
    """Order what waits for a human: most points at stake first, the oldest of equals first.

    A comment that could not be scored comes last: nothing is known against it.
    """
    return sorted(cases, key=lambda case: (-_stake(case, policy), case.draft.opened_at))


def _stake(case: Case, policy: Policy) -> float:
    is_unknown = case.draft.origin is Origin.UNSCORED
    return 0.0 if is_unknown else earned_by_hand(case.draft, policy)

"""The ladder: a member's points in, the action out. More points never mean a milder action.

Not the points themselves (`bot.policy.strikes`), nor whether anything may be done at all
(`bot.policy.weigh`, which calls this).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.action import Action
from bot.policy.wording import points_words, time_words
from config.policy import LadderStep, Policy, StepKind


@dataclass(frozen=True, slots=True)
class Climb:
    """What the ladder says. No action means that a human decides; `why` is a clause for people."""

    action: Action | None
    why: str


def climb(policy: Policy, before: float, after: float, now: datetime, *, is_repeat: bool) -> Climb:
    """Say what is done about a comment that takes its author from `before` points to `after`.

    A repeat belongs to an incident that is known already: once a step has been taken, the comment
    is removed and that is all, unless its points reach a further and harsher step. Nothing beyond
    the policy's cap is done; the action then names in `capped_from` what a human must confirm.
    """
    asked, had = step_at(policy, after), step_at(policy, before)
    if asked is None:
        first = points_words(policy.ladder[0].at_points)
        return Climb(None, f"below the ladder's first step at {first}: a human decides")
    climbed = _take(policy, asked, after, now)
    if not is_repeat or had is None:
        return climbed
    if asked == had:
        return _repeat(policy, None)
    is_mild = climbed.action is None or climbed.action.kind is StepKind.WARN
    return _repeat(policy, asked) if is_mild and _may(policy, StepKind.DELETE) else climbed


def step_at(policy: Policy, points: float) -> LadderStep | None:
    """Find the highest step that `points` reach; None below the first."""
    reached = [step for step in policy.ladder if step.at_points <= points]
    return reached[-1] if reached else None


def step_words(step: LadderStep) -> str:
    """Say a step as it is said to people: "timeout for 1 hour"."""
    match step.step:
        case StepKind.WARN if step.removes_comment:
            return "warn and remove the comment"
        case StepKind.WARN | StepKind.DELETE:
            return str(step.step)
        case StepKind.TIMEOUT:
            said = f"timeout for {time_words(timedelta(minutes=step.minutes or 0))}"
        case StepKind.KICK | StepKind.BAN:
            said = str(step.step)
    return said if step.removes_comment else f"{said}, the comment stays"


def _repeat(policy: Policy, further: LadderStep | None) -> Climb:
    """Remove the comment and no more; `further` is the step its points reach beyond the last."""
    why = "this incident has had its step"
    if not _may(policy, StepKind.DELETE):
        return Climb(None, f"{why}: a human decides whether the comment stays")
    if further is None or _may(policy, further.step):
        return Climb(Action(StepKind.DELETE), f"{why}: the comment is removed and that is all")
    why = f"{why}: the comment is removed, and a human must confirm {step_words(further)}"
    return Climb(Action(StepKind.DELETE, capped_from=further.step), why)


def _take(policy: Policy, asked: LadderStep, after: float, now: datetime) -> Climb:
    """Take the step asked for, or what the cap leaves of it.

    That is the harshest permitted step that was reached, or only the comment's removal, or nothing.
    """
    why = f"the ladder says {step_words(asked)}"
    removes = asked.removes_comment and _may(policy, StepKind.DELETE)
    if _may(policy, asked.step):
        return Climb(_act(asked, now, removes=removes), why)
    why = f"{why}, which a human must confirm"
    permitted = [s for s in policy.ladder if s.at_points <= after and _may(policy, s.step)]
    if permitted:
        taken = permitted[-1]
        also = " and the comment is removed" if removes and not taken.removes_comment else ""
        action = _act(taken, now, removes=removes, capped_from=asked.step)
        return Climb(action, f"{why}; until then {step_words(taken)}{also}")
    if removes:
        action = Action(StepKind.DELETE, capped_from=asked.step)
        return Climb(action, f"{why}; until then the comment is removed")
    return Climb(None, why)


def _may(policy: Policy, kind: StepKind) -> bool:
    return kind.rank <= policy.max_without_human.rank


def _act(
    step: LadderStep, now: datetime, *, removes: bool, capped_from: StepKind | None = None
) -> Action:
    until = None if step.minutes is None else now + timedelta(minutes=step.minutes)
    return Action(step.step, until, removes_comment=removes, capped_from=capped_from)

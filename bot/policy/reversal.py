"""What taking a step back takes, given what else holds against the member. Pure.

A member has one timeout and one ban at a time on Discord, however many cases asked for it: lifting
one case's step must leave what another case still asks for. Not which later cases go with it
(`bot.policy.caused`). Called by `bot.moderation.reversal`.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.action import Action
from bot.domain.case import Case, CaseState
from bot.domain.effect import EffectKind, PlannedEffect
from bot.policy.effects import reversal_of
from config.policy import Mode, StepKind

LIFTS = frozenset({EffectKind.LIFT_TIMEOUT, EffectKind.UNBAN})


def reversal_here(
    case: Case, record: Sequence[Case], gone: Collection[int], reason: str, now: datetime
) -> tuple[PlannedEffect, ...]:
    """List what taking a case's action back takes, in order; `reason` is told to the member.

    `record` is all of the member's cases; those numbered in `gone` are lifted or overturned, this
    one included. A timeout that is over needs no lifting, and what another case still asks for
    stays: its ban, or its timeout up to that one's end.
    """
    if case.action is None:
        return ()
    planned = reversal_of(case.action, reason)
    holding = [c.action for c in record if c.number not in gone and _holds(c, case.action, now)]
    return tuple(
        effect
        for wanted in planned
        if (effect := _adjusted(wanted, case.action, [a for a in holding if a], now)) is not None
    )


def lifting_of(
    case: Case, record: Sequence[Case], gone: Collection[int], now: datetime
) -> tuple[PlannedEffect, ...]:
    """List what lifting a case's step takes while its comment stays removed."""
    kept = LIFTS | {EffectKind.LOG}
    return tuple(e for e in reversal_here(case, record, gone, "", now) if e.kind in kept)


def replaced_by(instead: Action, planned: Collection[PlannedEffect]) -> tuple[PlannedEffect, ...]:
    """Leave in place what another step asks for too: a ban, and a timeout up to its new end.

    A timeout must be set to that end here, because a longer one that holds is never shortened by
    asking for another.
    """
    kept = [e for e in planned if not (e.kind is EffectKind.UNBAN and instead.kind is StepKind.BAN)]
    if instead.kind is not StepKind.TIMEOUT or instead.until is None:
        return tuple(kept)
    return tuple(
        replace(e, until=max(instead.until, e.until or instead.until))
        if e.kind is EffectKind.LIFT_TIMEOUT
        else e
        for e in kept
    )


def _holds(case: Case, action: Action, now: datetime) -> bool:
    """Say whether a case still asks for the same kind of step."""
    asked = case.action
    return (
        case.state is CaseState.APPLIED
        and case.draft.mode is Mode.ENFORCE
        and asked is not None
        and asked.kind is action.kind
        and (asked.until is None or asked.until > now)
    )


def _adjusted(
    effect: PlannedEffect, action: Action, holding: Sequence[Action], now: datetime
) -> PlannedEffect | None:
    if effect.kind not in LIFTS:
        return effect
    if action.kind is StepKind.TIMEOUT:
        if action.until is not None and action.until <= now:
            return None
        ends = [held.until for held in holding if held.until is not None]
        return PlannedEffect(effect.kind, until=max(ends, default=None))
    return None if holding else effect

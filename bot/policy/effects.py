"""What a case's action and its reversal mean in effects, in the order they are carried out.

Pure. Not the carrying out (`bot.enforcement`). Called by the pipeline and the use-cases.
"""

from bot.domain.action import Action
from bot.domain.effect import EffectKind, PlannedEffect
from config.policy import StepKind

_STEPS = {
    StepKind.TIMEOUT: EffectKind.TIMEOUT,
    StepKind.KICK: EffectKind.KICK,
    StepKind.BAN: EffectKind.BAN,
}


def effects_of(action: Action, *, has_comment: bool = True) -> tuple[PlannedEffect, ...]:
    """List what carrying an action out takes: the comment first, the mod-log last.

    The member is told before a kick or a ban, because afterwards no direct message arrives, and
    after any other step, when it is known to have happened.
    """
    effects = [PlannedEffect(EffectKind.DELETE)] if action.removes_comment and has_comment else []
    notice = PlannedEffect(EffectKind.NOTICE)
    step = _STEPS.get(action.kind)
    if step is None:
        return (*effects, notice, PlannedEffect(EffectKind.LOG))
    sanction = PlannedEffect(step, until=action.until)
    pair = (sanction, notice) if step is EffectKind.TIMEOUT else (notice, sanction)
    return (*effects, *pair, PlannedEffect(EffectKind.LOG))


def reversal_of(action: Action, reason: str) -> tuple[PlannedEffect, ...]:
    """List what taking an applied action back takes; `reason` is told to the member.

    A kick cannot be undone on Discord: the member is told that they may come back.
    """
    lifted = {StepKind.TIMEOUT: EffectKind.LIFT_TIMEOUT, StepKind.BAN: EffectKind.UNBAN}
    lift = lifted.get(action.kind)
    lifts = (PlannedEffect(lift),) if lift is not None else ()
    return (
        *lifts,
        PlannedEffect(EffectKind.RETURN_TEXT, text=reason),
        PlannedEffect(EffectKind.LOG),
    )


LOGGED_ONLY = (PlannedEffect(EffectKind.LOG),)
"""For a case that waits for a human, or that shadow mode only records."""

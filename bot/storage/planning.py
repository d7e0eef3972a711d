"""How effects are planned, sent and settled: the rules of the ledger.

Pure: nothing is stored here (`bot.storage.ledger` and `bot.storage.case_log` do).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.effect import Effect, EffectKind, EffectState, PlannedEffect
from bot.domain.ids import EffectId, GuildId
from bot.errors import StaleCaseError, StorageError

UNSETTLED = frozenset({EffectState.PLANNED, EffectState.SENT})
"""States in which an effect may still change."""


def plan_effects(
    guild: GuildId, case: int, wanted: Sequence[PlannedEffect], *, first: int, now: datetime
) -> list[Effect]:
    """Make effects of what a decision asks for. `first` is the first one's position."""
    return [
        Effect(
            id=effect_id(guild, case, planned.kind, position),
            guild=guild,
            case=case,
            position=position,
            kind=planned.kind,
            state=EffectState.PLANNED,
            planned_at=now,
            until=planned.until,
            text=planned.text,
        )
        for position, planned in enumerate(wanted, start=first)
    ]


def effect_id(guild: GuildId, case: int, kind: EffectKind, position: int) -> EffectId:
    """Name an effect by what it is: planned twice, it has one name. 64 hex digits."""
    named = "\n".join((guild, str(case), kind, str(position)))
    return EffectId(hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest())


def sent(effect: Effect | None, now: datetime, wanted: EffectId) -> Effect:
    """Say what an effect becomes by being sent.

    Raises:
        StaleCaseError: it is settled: sending it would do it twice.
        StorageError: it was never planned.
    """
    if effect is None:
        raise _unplanned(wanted)
    if effect.state not in UNSETTLED:
        raise StaleCaseError(
            f"The {effect.kind} of case {effect.case} is {effect.state} already: it is not sent."
        )
    return replace(effect, state=EffectState.SENT, sent_at=now, attempts=effect.attempts + 1)


def settled(
    effect: Effect | None,
    state: EffectState,
    error: str | None,
    message: str | None,
    wanted: EffectId,
) -> Effect:
    """Say what an effect becomes by being settled; one that is settled stays as it is.

    Raises:
        StorageError: it was never planned, or `state` settles nothing.
    """
    if effect is None:
        raise _unplanned(wanted)
    if state in UNSETTLED:
        raise StorageError(
            f"the {effect.kind} of case {effect.case} cannot be settled as {state}:"
            " expected done, failed, unknown or superseded"
        )
    if effect.state not in UNSETTLED:
        return effect
    return replace(effect, state=state, error=error, message=message or effect.message)


def _unplanned(wanted: EffectId) -> StorageError:
    return StorageError(f"the effect {wanted} is not recorded: it must be planned first")

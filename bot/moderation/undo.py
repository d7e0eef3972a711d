"""Undo: a moderator takes an applied case back, or puts another step in its place.

Not a decision on an appeal (`bot.moderation.appeals`), which reverses through the same
`bot.moderation.reversal`. Called by `cogs.case` and the mod-log's buttons.
"""

from collections.abc import Callable
from datetime import datetime

from bot.domain.appeal import AppealState
from bot.domain.case import Case, CaseState
from bot.domain.ids import GuildId
from bot.errors import RefusedError, StaleCaseError
from bot.moderation.actor import Actor, require_moderator
from bot.moderation.carry_out import CarryOut
from bot.moderation.checks import (
    STATES,
    Turns,
    require_case,
    require_other,
    require_touchable,
    require_words,
)
from bot.moderation.orders import Orders
from bot.moderation.ports import Appeals, CaseLog
from bot.moderation.reversal import Reversal, Undone
from bot.policy.by_hand import is_comment, named_action
from config.policy import StepKind

__all__ = ["Undo", "Undone"]


class Undo:
    """Takes applied cases back."""

    def __init__(
        self,
        *,
        cases: CaseLog,
        appeals: Appeals,
        reversal: Reversal,
        orders: Orders,
        carry_out: CarryOut,
        turns: Turns,
        clock: Callable[[], datetime],
    ) -> None:
        self._cases = cases
        self._appeals = appeals
        self._reversal = reversal
        self._orders = orders
        self._carry_out = carry_out
        self._turns = turns
        self._clock = clock

    async def undo(self, guild: GuildId, number: int, actor: Actor, reason: str) -> Undone:
        """Reverse an applied case: lift its step, void its strike, tell the member.

        Later steps that the ladder would not have reached without that strike are lifted too. An
        open appeal of the case ends as overturned.

        Raises:
            RefusedError: the actor may not, or there is nothing to take back.
            StaleCaseError: somebody was quicker.
        """
        reason = require_words(reason, "reason")
        async with self._turns.on(guild, number):
            case = await self._applied(guild, number, actor)
            return await self._reversal.reverse(case, by=actor.id, reason=reason, line=reason)

    async def change(
        self,
        guild: GuildId,
        number: int,
        actor: Actor,
        step: StepKind,
        *,
        minutes: int | None = None,
        reason: str,
    ) -> Case:
        """Put another step in the place of an applied one, in a new case, which is returned.

        The old case is overturned and the new one takes its strike over: same comment, same points.
        So does a step that the ladder asked for and a human had to confirm.

        Raises:
            RefusedError: the actor may not, there is nothing to change, or an appeal is open.
            StaleCaseError: somebody was quicker.
        """
        reason = require_words(reason, "reason")
        async with self._turns.on(guild, number):
            case = await self._applied(guild, number, actor)
            require_touchable(case.draft.member)
            for appeal in await self._appeals.of_case(guild, number):
                if appeal.state is AppealState.OPEN:
                    raise RefusedError(f"Case {number} has an open appeal: decide that first.")
            has_comment = is_comment(case.draft.key.comment)
            if step is StepKind.DELETE and not has_comment:
                raise RefusedError(f"Case {number} is about no comment that could be deleted.")
            removes = has_comment and step is not StepKind.WARN
            now = self._clock()
            action = named_action(step, now, minutes=minutes, removes_comment=removes)
            was_removed = case.action is not None and case.action.removes_comment
            strike = await self._orders.strike_of(case)
            old = await self._reversal.replace(
                case,
                by=actor.id,
                line=f"changed to {step}: {reason}",
                instead=action,
                told=reason if was_removed and not removes else None,
            )
            said = f"{reason} (in place of case {number})"
            draft = await self._orders.again(old, actor, action, said, strike=strike)
            new = await self._orders.open(draft)
            await self._carry_out.run(old)
        return new

    async def _applied(self, guild: GuildId, number: int, actor: Actor) -> Case:
        """Give a case that the actor may take back now."""
        require_moderator(actor)
        case = await require_case(self._cases, guild, number)
        require_other(actor, case)
        if case.state is CaseState.OVERTURNED:
            raise StaleCaseError(f"Case {number} was overturned already.")
        if case.state is not CaseState.APPLIED:
            raise RefusedError(
                f"Case {number} {STATES[case.state]}: there is nothing to take back."
            )
        return case

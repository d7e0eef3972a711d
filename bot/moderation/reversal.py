"""Reversal: an applied case is overturned, with all that it had led to, in one transaction.

Not who may ask for it: moderators by `bot.moderation.undo`, appeals by `bot.moderation.appeals`,
and the audit log by `bot.moderation.by_hand` come here once that is settled.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.action import Action
from bot.domain.appeal import Appeal, AppealState, Remark
from bot.domain.case import Case, CaseEvent, CaseState, EventKind
from bot.domain.effect import EffectKind, PlannedEffect
from bot.domain.ids import MemberId
from bot.moderation.carry_out import CarryOut
from bot.moderation.checks import WHOLE_RECORD
from bot.moderation.ports import Appeals, CaseFilter, CaseLog, Lift
from bot.policy.caused import caused_by
from bot.policy.effects import LOGGED_ONLY
from bot.policy.reversal import lifting_of, replaced_by, reversal_here
from bot.policy.wording import listed


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back: the case, and later cases whose steps it had led to."""

    case: Case
    lifted: tuple[Case, ...]


class Reversal:
    """Overturns cases. The caller has checked who asks, and holds the case's turn."""

    def __init__(
        self,
        *,
        cases: CaseLog,
        appeals: Appeals,
        carry_out: CarryOut,
        clock: Callable[[], datetime],
    ) -> None:
        self._cases = cases
        self._appeals = appeals
        self._carry_out = carry_out
        self._clock = clock

    async def reverse(
        self, case: Case, *, by: MemberId, reason: str, line: str, news: str | None = None
    ) -> Undone:
        """Overturn an applied case and carry out what that takes.

        `reason` is what the member reads, `line` what the timeline says. `news` is said instead
        where an appeal was granted. Later steps that the case's strike had led to are lifted, and
        the member is told of them in the same message. An open appeal ends with the case.

        Raises:
            StaleCaseError: the case is no longer as it was read.
        """
        now = self._clock()
        record = await self._record_of(case)
        lifted_before = await self._lifted_among(record)
        caused = [c for c in caused_by(case, record, now) if c.number not in lifted_before]
        gone = {case.number, *lifted_before, *(c.number for c in caused)}
        also = _also_lifted(caused)
        effects = reversal_here(case, record, gone, reason + also, now)
        if news is not None:
            effects = _with_news(case, effects, news + also)
        done = await self._cases.decide(
            case,
            CaseState.OVERTURNED,
            event=CaseEvent(now, EventKind.OVERTURNED, by, line),
            effects=effects,
            lifts=[
                Lift(
                    later.number,
                    CaseEvent(now, EventKind.LIFTED, by, f"case {case.number} was overturned"),
                    lifting_of(later, record, gone, now),
                )
                for later in caused
            ],
        )
        await self._end_appeals(case, by, now, reason)
        done = await self._carry_out.run(done)
        return Undone(done, tuple([await self._carry_out.run(later) for later in caused]))

    async def replace(
        self, case: Case, *, by: MemberId, line: str, instead: Action, told: str | None
    ) -> Case:
        """Overturn an applied case because another takes its place; carries nothing out yet.

        What the new step puts in place anyway (`instead`) is not lifted, only shortened, and the
        member is told by the new case. `told` is what they read with the removed comment's words,
        where the new step leaves the comment alone.
        """
        now = self._clock()
        record = await self._record_of(case)
        gone = {case.number, *await self._lifted_among(record)}
        effects = [
            effect
            for effect in replaced_by(instead, reversal_here(case, record, gone, told or "", now))
            if told or effect.kind is not EffectKind.RETURN_TEXT
        ]
        event = CaseEvent(now, EventKind.OVERTURNED, by, line)
        return await self._cases.decide(case, CaseState.OVERTURNED, event=event, effects=effects)

    async def note(self, case: Case, *, by: MemberId, line: str, at: datetime) -> Case:
        """Overturn an applied case that a human has reversed in Discord itself.

        Who has appealed hears that it is over; others see the step gone.
        """
        event = CaseEvent(at, EventKind.OVERTURNED, by, line)
        effects = LOGGED_ONLY
        if any(a.state is AppealState.OPEN for a in await self._of_case(case)):
            news = f"Your appeal against case {case.number} was granted: {line} by a moderator."
            effects = (PlannedEffect(EffectKind.APPEAL_NEWS, text=news), *LOGGED_ONLY)
        done = await self._cases.decide(case, CaseState.OVERTURNED, event=event, effects=effects)
        await self._end_appeals(case, by, at, line)
        return await self._carry_out.run(done)

    async def _record_of(self, case: Case) -> list[Case]:
        wanted = CaseFilter(member=case.draft.member.id, limit=WHOLE_RECORD)
        return await self._cases.list_cases(case.guild, wanted)

    async def _lifted_among(self, record: Sequence[Case]) -> set[int]:
        """Find applied cases whose step was lifted already, with an earlier case."""
        lifted: set[int] = set()
        for case in record:
            if case.state is CaseState.APPLIED and case.action is not None:
                lines = await self._cases.timeline(case.guild, case.number)
                if any(line.kind is EventKind.LIFTED for line in lines):
                    lifted.add(case.number)
        return lifted

    async def _of_case(self, case: Case) -> list[Appeal]:
        return await self._appeals.of_case(case.guild, case.number)

    async def _end_appeals(self, case: Case, by: MemberId, now: datetime, reason: str) -> None:
        """End the case's open appeal as overturned: the member has what they asked for."""
        for appeal in await self._of_case(case):
            if appeal.state is AppealState.OPEN:
                last = Remark(now, by, is_member=False, text=reason)
                await self._appeals.close(
                    appeal, AppealState.OVERTURNED, by=by, at=now, reason=last
                )


def _also_lifted(cases: Collection[Case]) -> str:
    """Tell the member of later steps that are lifted with the case."""
    if not cases:
        return ""
    steps = listed([f"the {c.action.kind} of case {c.number}" for c in cases if c.action])
    return f"\n\nIt had led to {steps} as well, which is lifted with it."


def _with_news(
    case: Case, effects: Sequence[PlannedEffect], news: str
) -> tuple[PlannedEffect, ...]:
    """Tell how the appeal ended; the words come back in their own message if they were removed."""
    is_removed = case.action is not None and case.action.removes_comment
    kept = [e for e in effects if is_removed or e.kind is not EffectKind.RETURN_TEXT]
    said = PlannedEffect(EffectKind.APPEAL_NEWS, text=news)
    logged = [e for e in kept if e.kind is EffectKind.LOG]
    return (*(e for e in kept if e.kind is not EffectKind.LOG), said, *logged)

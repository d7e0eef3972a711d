"""Review: the queue of flagged comments, and a moderator's decision on a case.

Not the taking back of an action (`bot.moderation.undo`) nor a step without a case behind it
(`bot.moderation.by_hand`). Called by `cogs.queue`, `cogs.case` and the mod-log's buttons.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.action import Action
from bot.domain.appeal import AppealState
from bot.domain.case import Case, CaseEvent, CaseState, EventKind
from bot.domain.effect import EffectKind, PlannedEffect
from bot.domain.ids import GuildId
from bot.errors import RefusedError, StaleCaseError
from bot.moderation.actor import Actor, mention, require_moderator
from bot.moderation.carry_out import CarryOut
from bot.moderation.checks import (
    STATES,
    WHOLE_RECORD,
    Turns,
    require_case,
    require_other,
    require_touchable,
    require_words,
)
from bot.moderation.orders import Orders, with_reason
from bot.moderation.policies import PolicyDesk
from bot.moderation.ports import Appeals, CaseFilter, CaseLog, Claim, Claims, Ledger
from bot.policy.by_hand import gravest_first, is_comment, named_action
from bot.policy.effects import LOGGED_ONLY
from config.policy import Mode, StepKind

CLAIM_LASTS = timedelta(minutes=15)
"""After this an item that nobody decided goes back to the queue."""


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A case that waits for a human. `claim` is who works on it; None while it is free.

    An escalated item waits for an admin.
    """

    case: Case
    claim: Claim | None
    is_escalated: bool = False


class Review:
    """What moderators do with recorded cases.

    Every method raises `RefusedError` for whoever is no moderator or decides on a case of their
    own, and `StaleCaseError` where somebody else holds the case or was quicker.
    """

    def __init__(
        self,
        *,
        cases: CaseLog,
        claims: Claims,
        ledger: Ledger,
        appeals: Appeals,
        policies: PolicyDesk,
        orders: Orders,
        carry_out: CarryOut,
        turns: Turns,
        clock: Callable[[], datetime],
    ) -> None:
        self._cases = cases
        self._claims = claims
        self._ledger = ledger
        self._appeals = appeals
        self._policies = policies
        self._orders = orders
        self._carry_out = carry_out
        self._turns = turns
        self._clock = clock

    async def queue(self, guild: GuildId, actor: Actor) -> list[QueueItem]:
        """List what waits for a human: escalated first, then gravest, then oldest."""
        require_moderator(actor)
        wanted = CaseFilter(states=frozenset({CaseState.REVIEW}), limit=WHOLE_RECORD)
        waiting = await self._cases.list_cases(guild, wanted)
        held = {claim.case: claim for claim in await self._claims.held(guild, self._clock())}
        policy = (await self._policies.current(guild)).policy
        items = [
            QueueItem(case, held.get(case.number), await self._is_escalated(case))
            for case in gravest_first(waiting, policy)
        ]
        return sorted(items, key=lambda item: not item.is_escalated)

    async def next(self, guild: GuildId, actor: Actor) -> QueueItem | None:
        """Claim the first free item that the actor may decide; None when there is none."""
        for item in await self.queue(guild, actor):
            is_own = item.case.draft.member.id == actor.id
            is_for_admins = item.is_escalated and not actor.may_administer
            if item.claim is not None or is_own or is_for_admins:
                continue
            try:
                return await self.claim(guild, item.case.number, actor)
            except StaleCaseError:
                continue  # somebody claimed or decided it since the queue was read
        return None

    async def claim(self, guild: GuildId, number: int, actor: Actor) -> QueueItem:
        """Claim one item for 15 minutes, or renew one's own claim."""
        case = await self._to_decide(guild, number, actor, {CaseState.REVIEW})
        claim = await self._hold(case, actor)
        return QueueItem(case, claim, await self._is_escalated(case))

    async def release(self, guild: GuildId, number: int, actor: Actor) -> None:
        """Give one's own item back to the queue; an admin may release anybody's."""
        require_moderator(actor)
        claim = await self._claim_on(guild, number)
        if claim is None:
            raise RefusedError(f"Nobody holds case {number}: there is nothing to give back.")
        if claim.moderator != actor.id and not actor.may_administer:
            raise _held(claim)
        await self._claims.release(guild, number)
        event = CaseEvent(self._clock(), EventKind.RELEASED, actor.id, "given back to the queue")
        await self._cases.note(guild, number, event)

    async def approve(self, guild: GuildId, number: int, actor: Actor, note: str = "") -> Case:
        """Find nothing to act on: a flagged or failed case is dismissed."""
        note = require_words(note, "note", is_needed=False)
        case = await self._to_decide(guild, number, actor, _UNDECIDED)
        await self._hold(case, actor)
        event = CaseEvent(self._clock(), EventKind.DISMISSED, actor.id, note or "nothing to act on")
        case = await self._cases.decide(case, CaseState.DISMISSED, event=event, effects=LOGGED_ONLY)
        await self._claims.release(guild, number)
        return await self._carry_out.run(case)

    async def act(
        self,
        guild: GuildId,
        number: int,
        actor: Actor,
        step: StepKind,
        *,
        minutes: int | None = None,
        reason: str,
        purge_hours: int = 0,
    ) -> Case:
        """Take a named step on a flagged or failed case, and carry it out.

        The comment earns the points of its breach, at least those at `points_at_act`, for a human
        says that it is one. `minutes` belongs to a timeout alone. The case comes back settled:
        applied, or failed with the reason in `failure`. One of shadow mode is dismissed and comes
        back as a new case by hand, for a rehearsal never touches anybody.
        """
        reason = require_words(reason, "reason")
        case = await self._to_decide(guild, number, actor, _UNDECIDED)
        require_touchable(case.draft.member)
        has_comment = is_comment(case.draft.key.comment)
        if step is StepKind.DELETE and not has_comment:
            raise RefusedError(f"Case {number} is about no comment that could be deleted.")
        removes = has_comment and step is not StepKind.WARN
        action = named_action(
            step,
            self._clock(),
            minutes=minutes,
            removes_comment=removes,
            purge_hours=purge_hours,
        )
        await self._hold(case, actor)
        if case.draft.mode is Mode.SHADOW:
            case = await self._act_for_real(case, actor, action, reason)
        else:
            case = await self._cases.decide(
                case,
                CaseState.PENDING,
                event=CaseEvent(self._clock(), EventKind.ORDERED, actor.id, reason),
                action=action,
                strike=await self._orders.strike_of(case),
                effects=with_reason(action, reason, has_comment=has_comment),
            )
            case = await self._carry_out.run(case)
        await self._claims.release(guild, number)
        return case

    async def escalate(self, guild: GuildId, number: int, actor: Actor, note: str) -> Case:
        """Leave a flagged case to the admins; it goes to the head of the queue."""
        note = require_words(note, "note")
        case = await self._to_decide(guild, number, actor, {CaseState.REVIEW})
        await self._hold(case, actor)
        event = CaseEvent(self._clock(), EventKind.ESCALATED, actor.id, note)
        await self._cases.note(guild, number, event)
        await self._claims.release(guild, number)
        return await self._show(case, f"{mention(actor.id)} leaves this to the admins: {note}")

    async def uphold(self, guild: GuildId, number: int, actor: Actor, note: str = "") -> Case:
        """Say that an applied case is right. Whoever does so cannot decide its appeal."""
        note = require_words(note, "note", is_needed=False)
        async with self._turns.on(guild, number):
            case = await self._to_decide(guild, number, actor, {CaseState.APPLIED})
            appeals = await self._appeals.of_case(guild, number)
            if any(appeal.state is AppealState.OPEN for appeal in appeals):
                raise RefusedError(f"Case {number} has an open appeal: decide that instead.")
            event = CaseEvent(self._clock(), EventKind.UPHELD, actor.id, note or "found right")
            await self._cases.note(guild, number, event)
        return await self._show(case, None)

    async def note(self, guild: GuildId, number: int, actor: Actor, text: str) -> None:
        """Add a note for the other moderators to a case's timeline, and show it in the mod-log."""
        require_moderator(actor)
        text = require_words(text, "note")
        case = await require_case(self._cases, guild, number)
        event = CaseEvent(self._clock(), EventKind.NOTE, actor.id, text)
        await self._cases.note(guild, number, event)
        await self._show(case, None)

    async def get(self, guild: GuildId, number: int, actor: Actor) -> Case:
        """Give a case by its number."""
        require_moderator(actor)
        return await require_case(self._cases, guild, number)

    async def search(self, guild: GuildId, actor: Actor, wanted: CaseFilter) -> list[Case]:
        """List the cases asked for, newest first."""
        require_moderator(actor)
        return await self._cases.list_cases(guild, wanted)

    async def timeline(self, guild: GuildId, number: int, actor: Actor) -> list[CaseEvent]:
        """List all that happened to a case, oldest first."""
        require_moderator(actor)
        await require_case(self._cases, guild, number)
        return await self._cases.timeline(guild, number)

    async def _to_decide(
        self,
        guild: GuildId,
        number: int,
        actor: Actor,
        states: frozenset[CaseState] | set[CaseState],
    ) -> Case:
        """Give a case that the actor may decide now."""
        require_moderator(actor)
        case = await require_case(self._cases, guild, number)
        require_other(actor, case)
        if case.state not in states:
            whose = f" (by {mention(case.decided_by)})" if case.decided_by else ""
            raise StaleCaseError(f"Case {number} {STATES[case.state]}{whose}: look at it again.")
        is_waiting = case.state is CaseState.REVIEW
        if is_waiting and not actor.may_administer and await self._is_escalated(case):
            raise RefusedError(f"Case {number} was left to the admins of this server.")
        return case

    async def _hold(self, case: Case, actor: Actor) -> Claim:
        """Claim a case, unless somebody else holds it."""
        now = self._clock()
        before = await self._claim_on(case.guild, case.number)
        wanted = Claim(case.guild, case.number, actor.id, now + CLAIM_LASTS)
        claim = await self._claims.take(wanted, now)
        if claim.moderator != actor.id:
            raise _held(claim)
        if before is None and case.state is CaseState.REVIEW:
            event = CaseEvent(now, EventKind.CLAIMED, actor.id, "")
            await self._cases.note(case.guild, case.number, event)
        return claim

    async def _claim_on(self, guild: GuildId, number: int) -> Claim | None:
        held = await self._claims.held(guild, self._clock())
        return next((claim for claim in held if claim.case == number), None)

    async def _is_escalated(self, case: Case) -> bool:
        lines = await self._cases.timeline(case.guild, case.number)
        return any(line.kind is EventKind.ESCALATED for line in lines)

    async def _act_for_real(self, case: Case, actor: Actor, action: Action, reason: str) -> Case:
        """Put a moderator's step in the place of a rehearsed case."""
        event = CaseEvent(
            self._clock(), EventKind.DISMISSED, actor.id, f"acted on in a case of its own: {reason}"
        )
        old = await self._cases.decide(case, CaseState.DISMISSED, event=event, effects=LOGGED_ONLY)
        strike = await self._orders.strike_of(old)
        draft = await self._orders.again(old, actor, action, reason, strike=strike)
        new = await self._orders.open(draft)
        await self._carry_out.run(old)
        return new

    async def _show(self, case: Case, text: str | None) -> Case:
        """Show a case anew in the mod-log, with something to say beyond it."""
        planned = [PlannedEffect(EffectKind.LOG, text=text)]
        await self._ledger.plan(case.guild, case.number, planned)
        return await self._carry_out.run(case)


_UNDECIDED = frozenset({CaseState.REVIEW, CaseState.FAILED})
"""States in which a moderator may still choose what is done."""


def _held(claim: Claim) -> StaleCaseError:
    return StaleCaseError(
        f"{mention(claim.moderator)} is working on case {claim.case}"
        f" until {claim.until:%H:%M} UTC: leave it to them, or take the next one."
    )

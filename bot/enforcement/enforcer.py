"""Carries a case's effects out on Discord, each once: recorded, asked for, settled, in that order.

Fits `bot.moderation.ports.Enforcer`. It decides nothing about members, and knows nothing of how
Discord is asked (`deeds`, `requests`). An effect found sent (a crash, a lost answer) is looked up
before anything is repeated. Called by `bot.moderation.carry_out`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.domain.action import Action, Applied, Failed, Outcome
from bot.domain.case import VOID_STATES, Case, CaseEvent, CaseState, EventKind
from bot.domain.effect import Effect, EffectKind, EffectState
from bot.domain.ids import GuildId
from bot.enforcement.answers import Answer, Done, Gone, Refused, Unclear, permission_words
from bot.enforcement.breakers import Breakers
from bot.enforcement.deeds import NOT_ASKED, SANCTIONS, Deed, Deeds
from bot.enforcement.permissions import main_permission
from bot.enforcement.reconcile import Finding, Lost, NotDone, Reconcile, Superseded
from bot.enforcement.wording import NOT_DONE, TOLD
from bot.errors import UnreachableError
from bot.moderation.ports import CaseLog, Ledger
from bot.policy.effects import LOGGED_ONLY
from config.policy import StepKind

HEAD_START = timedelta(seconds=2)
"""A notice goes out this long before a kick or ban, which then waits no longer for it."""
MOST_ATTEMPTS = 20
"""Requests for one effect, minutes apart in the end; then it is given up, and moderators see it."""

UNSETTLED = frozenset({EffectState.PLANNED, EffectState.SENT})
_LAST_WORDS = frozenset({EffectKind.KICK, EffectKind.BAN})
"""After these no direct message arrives."""
_STEPS = frozenset({EffectKind.DELETE, EffectKind.TIMEOUT, EffectKind.KICK, EffectKind.BAN})
_log = structlog.stdlib.get_logger(__name__)

Ending = Answer | Superseded | Lost


class DiscordEnforcer:
    """Carries effects out. `tell_admins` is called once for each permission a server withholds."""

    def __init__(
        self,
        *,
        deeds: Deeds,
        reconcile: Reconcile,
        breakers: Breakers,
        cases: CaseLog,
        ledger: Ledger,
        clock: Callable[[], datetime],
        tell_admins: Callable[[GuildId, str], Awaitable[None]],
    ) -> None:
        self._deeds = deeds
        self._reconcile = reconcile
        self._breakers = breakers
        self._cases = cases
        self._ledger = ledger
        self._clock = clock
        self._tell_admins = tell_admins

    async def enforce(self, case: Case) -> Outcome:
        """Do what the case's planned effects say, but for the mod-log, and tell how it ended.

        A message to the member that stays unclear holds nothing up: `follow_up` sees to it.

        Raises:
            UnreachableError: Discord does not answer; called again later, it goes on from there.
        """
        effects = await self._ledger.effects(case.guild, case.number)
        waiting = [e for e in effects if e.state in UNSETTLED and e.kind is not EffectKind.LOG]
        while waiting:
            effect = waiting.pop(0)
            if effect.kind in TOLD and waiting and waiting[0].kind in _LAST_WORDS:
                await self._tell_then_act(case, effect, waiting.pop(0))
            elif effect.kind in TOLD:
                await self._tell(case, effect)
            else:
                await self._carry_out(case, effect)
        effects = await self._ledger.effects(case.guild, case.number)
        outcome = _outcome(case.action, effects)
        if isinstance(outcome, Applied):
            await self._note_what_failed(case, effects)
        return outcome

    async def follow_up(self, case: Case) -> None:
        """Carry out what is left once a case is settled: reversals, news, the mod-log post.

        Raises:
            UnreachableError: Discord does not answer; called again later, it goes on from there.
        """
        effects = await self._ledger.effects(case.guild, case.number)
        trouble = await self._see_to(case, [e for e in effects if e.kind is not EffectKind.LOG])
        was_shown = any(e.kind is EffectKind.LOG and e.state is EffectState.DONE for e in effects)
        logs = [e for e in effects if e.kind is EffectKind.LOG and e.state in UNSETTLED]
        has_news = any(e.state in UNSETTLED and e.kind in TOLD for e in effects)
        if was_shown and not logs and has_news and trouble is None:
            logs = await self._ledger.plan(case.guild, case.number, LOGGED_ONLY)
        for log in logs:
            if _is_needless(log, logs[-1]):
                await self._ledger.settle(log, EffectState.SUPERSEDED)
            else:
                await self._carry_out(case, log)
        if trouble is not None:
            raise trouble

    async def _see_to(self, case: Case, effects: Sequence[Effect]) -> UnreachableError | None:
        """Carry out, in order, until Discord does not answer; gives that back as a value."""
        for effect in effects:
            if effect.state not in UNSETTLED:
                continue
            try:
                if _comes_too_late(case, effect):
                    await self._drop(case, effect)
                else:
                    await self._carry_out(case, effect)
            except UnreachableError as error:
                return error
        return None

    async def _drop(self, case: Case, effect: Effect) -> None:
        """Leave a step undone whose case was decided without it: a human's word wins."""
        why = (
            "The case was decided otherwise meanwhile."
            if case.state in VOID_STATES
            else "The case was settled without it."
        )
        await self._ledger.settle(effect, EffectState.SUPERSEDED, error=why)

    async def _tell_then_act(self, case: Case, notice: Effect, step: Effect) -> None:
        """Tell the member before a step after which nothing reaches them, if it can be taken."""
        ready = await self._ready(case, step)
        if not callable(ready):
            await self._end(case, step, ready)
            await self._tell(case, notice)
            return
        telling = asyncio.create_task(self._tell(case, notice))
        try:
            # Not cancelled when it takes longer: it may be on the wire already.
            await asyncio.wait({telling}, timeout=HEAD_START.total_seconds())
            await self._do(case, step, ready)
        finally:
            await telling

    async def _tell(self, case: Case, effect: Effect) -> None:
        """Send a message; where that stays unclear, it is seen to once the case is settled."""
        try:
            await self._carry_out(case, effect)
        except UnreachableError as error:
            _log.info("notice_put_off", guild=case.guild, case=case.number, why=str(error))

    async def _carry_out(self, case: Case, effect: Effect) -> None:
        ready = await self._ready(case, effect)
        if callable(ready):
            await self._do(case, effect, ready)
        else:
            await self._end(case, effect, ready)

    async def _ready(self, case: Case, effect: Effect) -> Deed | Ending:
        """Look up what was sent; prepare what was not, or did not happen."""
        self._breakers.hold()
        if effect.state is EffectState.SENT:
            effects = await self._ledger.effects(case.guild, case.number)
            found: Finding = await self._reconcile.look_up(case, effect, effects)
            if not isinstance(found, NotDone):
                return found
        return await self._deeds.prepare(case, effect)

    async def _do(self, case: Case, effect: Effect, deed: Deed) -> None:
        permission = main_permission(effect.kind)
        if permission is None:
            await self._ask(case, effect, deed)
            return
        async with self._breakers.turn(case.guild, permission) as may_ask:
            if may_ask:
                await self._ask(case, effect, deed)
                return
        await self._end(case, effect, NOT_ASKED)

    async def _ask(self, case: Case, effect: Effect, deed: Deed) -> None:
        self._breakers.hold()
        sent = await self._ledger.mark_sent(effect)
        answer = await deed()
        if sent.attempts < MOST_ATTEMPTS:
            if isinstance(answer, Unclear):
                raise answer.unreachable()
            if isinstance(answer, Gone) and sent.kind is EffectKind.KICK and sent.attempts > 1:
                # Perhaps the first kick came through late: the audit log is looked at once more.
                raise UnreachableError("whether the kick came through is looked up")
        await self._end(case, sent, answer, by_discord=True)

    async def _end(
        self, case: Case, effect: Effect, ending: Ending, *, by_discord: bool = False
    ) -> None:
        """Settle an effect, and tell the timeline what people should know."""
        state, error, message = _settlement(ending)
        settled = await self._ledger.settle(effect, state, error=error, message=message)
        _log.info(
            "effect_settled", guild=case.guild, case=case.number, kind=effect.kind, state=state
        )
        if effect.kind in TOLD:
            await self._note(case, EventKind.NOTICE, _delivery_words(settled))
        elif state is EffectState.SUPERSEDED:
            await self._note(case, EventKind.SUPERSEDED, error or "")
        elif state is not EffectState.DONE and effect.kind not in _STEPS | {EffectKind.LOG}:
            await self._note(case, EventKind.FAILED, f"{NOT_DONE[effect.kind]} {error}")
        await self._mind_permissions(case, effect, ending, by_discord=by_discord)

    async def _mind_permissions(
        self, case: Case, effect: Effect, ending: Ending, *, by_discord: bool
    ) -> None:
        permission = main_permission(effect.kind)
        if isinstance(ending, Refused) and ending.lacks is not None:
            if self._breakers.refused(case.guild, ending.lacks, by_discord=by_discord):
                await self._tell_admins(case.guild, _missing(ending.lacks))
        elif isinstance(ending, Done) and by_discord and permission is not None:
            self._breakers.granted(case.guild, permission)

    async def _note_what_failed(self, case: Case, effects: Sequence[Effect]) -> None:
        """Tell the timeline of a comment that stayed although the step itself was taken."""
        deletions = [e for e in effects if e.kind is EffectKind.DELETE]
        if deletions and deletions[-1].state in {EffectState.FAILED, EffectState.UNKNOWN}:
            why = f"{NOT_DONE[EffectKind.DELETE]} {deletions[-1].error}"
            await self._note(case, EventKind.FAILED, why)

    async def _note(self, case: Case, kind: EventKind, text: str) -> None:
        event = CaseEvent(self._clock(), kind, None, text)
        await self._cases.note(case.guild, case.number, event)


def _comes_too_late(case: Case, effect: Effect) -> bool:
    """Say whether a settled case leaves no room for an effect: it is never acted on afterwards."""
    is_told = case.state in {CaseState.APPLIED, CaseState.FAILED}
    return effect.kind in _STEPS or (effect.kind is EffectKind.NOTICE and not is_told)


def _outcome(action: Action | None, effects: Sequence[Effect]) -> Outcome:
    """Say how a case ended: by the effect that is its step's own. A warning is none but words."""
    if action is None:
        return Failed("No step was decided.")
    if action.kind is StepKind.WARN:
        return Applied()
    main = SANCTIONS.get(action.kind, EffectKind.DELETE)
    asked = [effect for effect in effects if effect.kind is main]
    if not asked:
        return Failed("Nothing was planned for this step.")
    if asked[-1].state is EffectState.DONE:
        return Applied()
    return Failed(asked[-1].error or "It was not done.")


def _settlement(ending: Ending) -> tuple[EffectState, str | None, str | None]:
    match ending:
        case Done(message=message):
            return EffectState.DONE, None, message
        case Gone(what=why) | Refused(why=why):
            return EffectState.FAILED, why, None
        case Superseded(why=why):
            return EffectState.SUPERSEDED, why, None
        case Lost(why=why):
            return EffectState.UNKNOWN, why, None
        case Unclear(why=why):
            return EffectState.UNKNOWN, f"Discord did not answer so that it is known: {why}.", None


def _delivery_words(effect: Effect) -> str:
    told = TOLD[effect.kind]
    match effect.state:
        case EffectState.DONE:
            return f"The member was told {told}, by direct message."
        case EffectState.UNKNOWN:
            return f"Nobody can tell whether the member was told {told}. {effect.error}"
        case _:
            return f"The member could not be told {told}. {effect.error}"


def _missing(permission: str) -> str:
    return (
        f"A case could not be carried out, because the bot lacks the permission"
        f" **{permission_words(permission)}** there, or its role stands below the member's. Please"
        " give it to the bot's role; until then such cases are marked as failed."
    )


def _is_needless(log: Effect, newest: Effect) -> bool:
    """Say whether a newer post shows the same; news, and what was sent already, are seen to."""
    return log is not newest and log.state is EffectState.PLANNED and log.text is None

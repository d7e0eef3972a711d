"""Appeals: a member says that a case is wrong, and another moderator decides.

Not the taking back itself (`bot.moderation.reversal`). Called by `cogs.appeal` and its buttons; by
direct message too, for who is banned.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.domain.appeal import Appeal, AppealState, Remark
from bot.domain.case import Case, CaseEvent, CaseState, EventKind
from bot.domain.effect import EffectKind, PlannedEffect
from bot.domain.ids import AppealId, GuildId, MemberId
from bot.errors import RefusedError, StaleCaseError
from bot.moderation.actor import Actor, mention, require_moderator
from bot.moderation.carry_out import CarryOut
from bot.moderation.checks import STATES, Turns, require_case, require_other, require_words
from bot.moderation.ports import Appeals, CaseLog, Guilds, Ledger
from bot.moderation.reversal import Reversal
from bot.policy.wording import time_words
from config.guild import GuildSettings

LONGEST_STATEMENT = 2000
"""Characters in a member's statement or answer."""

_DECIDING = frozenset({EventKind.ORDERED, EventKind.UPHELD, EventKind.DISMISSED})
"""Lines of a timeline whose actor has taken a side in the case."""


def window(case: Case, settings: GuildSettings) -> datetime:
    """Say until when a case may be appealed."""
    return (case.settled_at or case.draft.opened_at) + settings.appeal_window


class AppealDesk:
    """Takes appeals, keeps the dialogue, and carries a decision through.

    Members' methods refuse whoever the case is not about; moderators' methods refuse whoever is no
    moderator. All raise `RefusedError` with a sentence for who asked, and `StaleCaseError` where
    the appeal is decided already. The timeline tells that each turn was taken; members' own words
    stand in the appeal alone, where they can be erased.
    """

    def __init__(
        self,
        *,
        cases: CaseLog,
        ledger: Ledger,
        appeals: Appeals,
        guilds: Guilds,
        reversal: Reversal,
        carry_out: CarryOut,
        turns: Turns,
        clock: Callable[[], datetime],
    ) -> None:
        self._cases = cases
        self._ledger = ledger
        self._appeals = appeals
        self._guilds = guilds
        self._reversal = reversal
        self._carry_out = carry_out
        self._turns = turns
        self._clock = clock

    async def open(self, guild: GuildId, number: int, member: Actor, statement: str) -> Appeal:
        """Appeal against an applied case of one's own, within its window."""
        statement = require_words(statement, "statement", longest=LONGEST_STATEMENT)
        async with self._turns.on(guild, number):
            case = await self._appealable(guild, number, member)
            settings = await self._guilds.settings(guild)
            await self._require_turn(guild, member.id, settings)
            now = self._clock()
            earlier = await self._appeals.of_case(guild, number)
            appeal = await self._appeals.open(
                Appeal(
                    id=AppealId(f"{guild}-{number}-{len(earlier) + 1}"),
                    guild=guild,
                    case=number,
                    member=member.id,
                    state=AppealState.OPEN,
                    opened_at=now,
                    due_at=now + timedelta(days=settings.decide_days),
                    remarks=(Remark(now, member.id, is_member=True, text=statement),),
                )
            )
            due = f"to be decided by {appeal.due_at:%Y-%m-%d %H:%M} UTC"
            await self._tell(case, member.id, f"{_APPEALED}; {due}", f"Appealed: {due}.")
        return appeal

    async def withdraw(self, appeal: AppealId, member: Actor) -> Appeal:
        """Take one's own open appeal back."""
        found = await self._own(appeal, member)
        async with self._turns.on(found.guild, found.case):
            case = await require_case(self._cases, found.guild, found.case)
            now = self._clock()
            last = Remark(now, member.id, is_member=True, text="withdrawn")
            done = await self._appeals.close(
                found, AppealState.WITHDRAWN, by=member.id, at=now, reason=last
            )
            await self._tell(case, member.id, "withdrew the appeal", "The appeal was withdrawn.")
        return done

    async def ask(self, appeal: AppealId, actor: Actor, text: str) -> Appeal:
        """Ask the member something; they are told by direct message."""
        text = require_words(text, "question")
        found, case = await self._to_decide(appeal, actor)
        remark = Remark(self._clock(), actor.id, is_member=False, text=text)
        done = await self._appeals.remark(found, remark)
        news = f"The moderators ask about your appeal against case {case.number}:\n{text}"
        await self._tell(case, actor.id, f"asked the member: {text}", None, news=news)
        return done

    async def answer(self, appeal: AppealId, member: Actor, text: str) -> Appeal:
        """Answer the moderators."""
        text = require_words(text, "answer", longest=LONGEST_STATEMENT)
        found = await self._own(appeal, member)
        case = await require_case(self._cases, found.guild, found.case)
        remark = Remark(self._clock(), member.id, is_member=True, text=text)
        done = await self._appeals.remark(found, remark)
        await self._tell(case, member.id, "answered", "The member answered the question.")
        return done

    async def uphold(self, appeal: AppealId, actor: Actor, reason: str) -> Appeal:
        """Decide that the case stands; the member is told why."""
        reason = require_words(reason, "reason")
        guild, number = await self._where(appeal)
        async with self._turns.on(guild, number):
            found, case = await self._to_decide(appeal, actor)
            if case.state is CaseState.OVERTURNED:
                raise RefusedError(f"Case {number} was overturned already: grant the appeal.")
            relaxed = await self._require_different(case, actor)
            now = self._clock()
            last = Remark(now, actor.id, is_member=False, text=reason)
            done = await self._appeals.close(
                found, AppealState.UPHELD, by=actor.id, at=now, reason=last
            )
            heard = f"Your appeal against case {number} was heard, and the decision stands"
            line = f"appeal upheld the case{relaxed}: {reason}"
            await self._tell(case, actor.id, line, None, news=f"{heard}:\n{reason}")
        return done

    async def overturn(self, appeal: AppealId, actor: Actor, reason: str) -> Appeal:
        """Decide that the member was right: the case is reversed and the member told."""
        reason = require_words(reason, "reason")
        guild, number = await self._where(appeal)
        async with self._turns.on(guild, number):
            found, case = await self._to_decide(appeal, actor)
            relaxed = await self._require_different(case, actor)
            if case.state is CaseState.OVERTURNED:
                # A stop came between the case's end and the appeal's: only the latter is missing.
                now = self._clock()
                last = Remark(now, actor.id, is_member=False, text=reason)
                return await self._appeals.close(
                    found, AppealState.OVERTURNED, by=actor.id, at=now, reason=last
                )
            news = f"Your appeal against case {number} was granted:\n{reason}"
            line = f"appeal granted{relaxed}: {reason}"
            await self._reversal.reverse(case, by=actor.id, reason=reason, line=line, news=news)
        return await self.get(appeal)

    async def get(self, appeal: AppealId) -> Appeal:
        """Give an appeal by its id. Whoever shows it checks who may see it."""
        found = await self._appeals.get(appeal)
        if found is None:
            raise RefusedError("There is no such appeal.")
        return found

    async def list_open(self, guild: GuildId, actor: Actor) -> list[Appeal]:
        """List what moderators have to decide, the one due first first."""
        require_moderator(actor)
        return await self._appeals.list_open(guild)

    async def of_member(self, guild: GuildId, member: MemberId) -> list[Appeal]:
        """List a member's appeals, newest first."""
        return await self._appeals.of_member(guild, member)

    async def of_case(self, guild: GuildId, number: int, actor: Actor) -> list[Appeal]:
        """List a case's appeals, oldest first, for moderators and whom the case is about."""
        case = await require_case(self._cases, guild, number)
        if case.draft.member.id != actor.id:
            require_moderator(actor)
        return await self._appeals.of_case(guild, number)

    async def mute(self, guild: GuildId, member: MemberId, actor: Actor) -> None:
        """Keep a member from appealing, for abusing it; open appeals are still decided."""
        require_moderator(actor)
        if member == actor.id:
            raise RefusedError("You cannot mute yourself.")
        await self._set_muted(guild, lambda muted: muted | {member})

    async def unmute(self, guild: GuildId, member: MemberId, actor: Actor) -> None:
        """Let a member appeal again."""
        require_moderator(actor)
        if member == actor.id:
            raise RefusedError("Somebody else has to decide whether you may appeal.")
        await self._set_muted(guild, lambda muted: muted - {member})

    async def remind_due(self) -> list[Appeal]:
        """Remind the moderators, in the mod-log, of appeals past their date; once each."""
        reminded: list[Appeal] = []
        for appeal in await self._appeals.due(self._clock()):
            async with self._turns.on(appeal.guild, appeal.case):
                case = await require_case(self._cases, appeal.guild, appeal.case)
                said = f"The appeal was to be decided by {appeal.due_at:%Y-%m-%d %H:%M} UTC."
                await self._tell(case, None, "the appeal is past its date", said)
                reminded.append(await self._appeals.mark_reminded(appeal, self._clock()))
        return reminded

    async def _where(self, appeal: AppealId) -> tuple[GuildId, int]:
        found = await self.get(appeal)
        return found.guild, found.case

    async def _own(self, appeal: AppealId, member: Actor) -> Appeal:
        """Give a member's own open appeal."""
        found = await self.get(appeal)
        if found.member != member.id:
            raise RefusedError("This appeal is somebody else's.")
        _require_open(found)
        return found

    async def _to_decide(self, appeal: AppealId, actor: Actor) -> tuple[Appeal, Case]:
        """Give an open appeal, and its case, that the actor may deal with."""
        require_moderator(actor)
        found = await self.get(appeal)
        case = await require_case(self._cases, found.guild, found.case)
        require_other(actor, case)
        _require_open(found)
        return found, case

    async def _appealable(self, guild: GuildId, number: int, member: Actor) -> Case:
        """Give a member's case if there is something to appeal against, still."""
        case = await require_case(self._cases, guild, number)
        if case.draft.member.id != member.id:
            raise RefusedError("Only the member whom a case is about can appeal against it.")
        if case.state is not CaseState.APPLIED:
            raise RefusedError(
                f"Case {number} {STATES[case.state]}: there is nothing to appeal against."
            )
        ends = window(case, await self._guilds.settings(guild))
        if self._clock() > ends:
            raise RefusedError(
                f"Case {number} could be appealed against until {ends:%Y-%m-%d %H:%M} UTC."
            )
        return case

    async def _require_turn(
        self, guild: GuildId, member: MemberId, settings: GuildSettings
    ) -> None:
        """See that a member is not muted, and has waited since the last appeal."""
        if member in settings.muted_appellants:
            raise RefusedError(
                "The moderators of this server have muted you from appealing."
                " They can lift that; please write to them."
            )
        cooldown = timedelta(hours=settings.appeal_cooldown_hours)
        latest = await self._appeals.of_member(guild, member)
        if latest and (left := latest[0].opened_at + cooldown - self._clock()) > timedelta():
            wait = time_words(max(left, timedelta(minutes=1)))
            raise RefusedError(f"You have just appealed; please wait {wait} before the next one.")

    async def _require_different(self, case: Case, actor: Actor) -> str:
        """See that the actor has not taken a side in the case; says so where a setting lets them.

        Raises:
            RefusedError: they ordered, asked for, or upheld what is appealed against.
        """
        sides = {case.draft.moderator, case.decided_by}
        lines = await self._cases.timeline(case.guild, case.number)
        sides |= {line.actor for line in lines if line.kind in _DECIDING}
        if actor.id not in sides:
            return ""
        settings = await self._guilds.settings(case.guild)
        if not settings.self_review:
            raise RefusedError(
                f"You acted in case {case.number} yourself: another moderator has to decide the"
                " appeal. To take your own action back, undo the case."
            )
        return " (by who acted themselves, as this server's settings allow)"

    async def _tell(
        self,
        case: Case,
        by: MemberId | None,
        line: str,
        shown: str | None,
        *,
        news: str | None = None,
    ) -> None:
        """Write a turn into the timeline, show it in the mod-log and, with `news`, the member."""
        event = CaseEvent(self._clock(), EventKind.APPEAL, by, line)
        await self._cases.note(case.guild, case.number, event)
        said = [] if news is None else [PlannedEffect(EffectKind.APPEAL_NEWS, text=news)]
        logged = PlannedEffect(EffectKind.LOG, text=shown)
        await self._ledger.plan(case.guild, case.number, [*said, logged])
        await self._carry_out.run(case)

    async def _set_muted(
        self, guild: GuildId, change: Callable[[frozenset[str]], frozenset[str]]
    ) -> None:
        async with self._turns.on(guild, 0):
            settings = await self._guilds.settings(guild)
            muted = change(settings.muted_appellants)
            await self._guilds.save_settings(
                guild, settings.model_copy(update={"muted_appellants": muted})
            )


_APPEALED = "appealed"


def _require_open(appeal: Appeal) -> None:
    if appeal.state is AppealState.OPEN:
        return
    if appeal.state is AppealState.WITHDRAWN:
        raise StaleCaseError(f"The appeal against case {appeal.case} was withdrawn.")
    whose = "" if appeal.decided_by is None else f" by {mention(appeal.decided_by)}"
    raise StaleCaseError(
        f"The appeal against case {appeal.case} was decided{whose}: {appeal.state}."
    )

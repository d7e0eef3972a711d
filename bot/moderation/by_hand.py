"""By hand: steps and cases that no comment's score led to. All go through the one case log.

Moderators' commands, actions made in Discord itself, AutoMod's, members' reports. Not a decision on
a case that is there already (`bot.moderation.review`). Called by `cogs.steps`, `cogs.messages` and
`cogs.outside`.
"""

from collections.abc import Callable
from datetime import datetime

from bot.domain.action import Action
from bot.domain.case import Case, CaseEvent, CaseState, EventKind, Origin
from bot.domain.comment import Author, Comment, Place
from bot.domain.effect import EffectKind
from bot.domain.ids import CommentId, GuildId, MemberId
from bot.errors import RefusedError, StaleCaseError
from bot.moderation.actor import Actor, mention, require_moderator
from bot.moderation.checks import (
    STATES,
    WHOLE_RECORD,
    Turns,
    require_touchable,
    require_words,
)
from bot.moderation.orders import Orders
from bot.moderation.ports import CaseFilter, CaseLog
from bot.moderation.reversal import Reversal
from bot.moderation.review import Review
from bot.policy.by_hand import named_action, revision_by_hand
from config.policy import StepKind

LONGEST_REPORT = 500
"""Characters of a member's reason for a report."""

_LIFTED_BY = {EffectKind.LIFT_TIMEOUT: StepKind.TIMEOUT, EffectKind.UNBAN: StepKind.BAN}
_IN_FORCE = frozenset({CaseState.PENDING, CaseState.APPLIED})


class ByHand:
    """Opens cases for what people did or ask for."""

    def __init__(
        self,
        *,
        cases: CaseLog,
        orders: Orders,
        review: Review,
        reversal: Reversal,
        turns: Turns,
        clock: Callable[[], datetime],
    ) -> None:
        self._cases = cases
        self._orders = orders
        self._review = review
        self._reversal = reversal
        self._turns = turns
        self._clock = clock

    async def act(
        self,
        guild: GuildId,
        member: Author,
        actor: Actor,
        step: StepKind,
        *,
        minutes: int | None = None,
        reason: str,
        event: str,
        place: Place | None = None,
        text: str | None = None,
        comment: CommentId | None = None,
        purge_hours: int = 0,
    ) -> Case:
        """Take a step about a member, or about one comment of theirs, and carry it out.

        `event` names the command's use, so that a repeat does nothing twice. With `comment`, a
        case that waits for a human is decided so, and one that is carried out is refused. The case
        comes back settled: applied, or failed with the reason in `failure`.

        Raises:
            RefusedError: the actor may not, the member is never acted on, or the step lacks
                something.
            StaleCaseError: the comment has been acted on, or is in somebody else's hands.
        """
        require_moderator(actor)
        reason = require_words(reason, "reason")
        if member.id == actor.id:
            raise RefusedError("You cannot take a step about yourself.")
        require_touchable(member)
        if step is StepKind.DELETE and comment is None:
            raise RefusedError("Deleting needs a comment: use the comment's own menu.")
        removes = comment is not None and step is not StepKind.WARN
        action = named_action(
            step,
            self._clock(),
            minutes=minutes,
            removes_comment=removes,
            purge_hours=purge_hours,
        )
        known = [] if comment is None else await self._cases.of_comment(guild, comment)
        for case in known:
            if case.state in _IN_FORCE and (not case.draft.text or case.draft.text == text):
                raise StaleCaseError(
                    f"Case {case.number} about this comment {STATES[case.state]}:"
                    " change that case instead."
                )
        waiting = [case for case in known if case.state is CaseState.REVIEW]
        if waiting:
            return await self._review.act(
                guild,
                waiting[-1].number,
                actor,
                step,
                minutes=minutes,
                reason=reason,
                purge_hours=purge_hours,
            )
        draft = await self._orders.draft(
            guild,
            member,
            Origin.MODERATOR,
            actor.id,
            comment=CommentId(event) if comment is None else comment,
            action=action,
            reason=reason,
            place=place,
            text=text,
            revision=revision_by_hand(known),
        )
        return await self._orders.open(draft)

    async def record_outside(
        self,
        guild: GuildId,
        member: Author,
        moderator: MemberId,
        step: StepKind,
        *,
        until: datetime | None,
        reason: str,
        event: str,
        at: datetime,
    ) -> Case:
        """Record a step that a moderator took in Discord itself. `event` is `audit:ID`."""
        said = reason.strip() or "no reason given"
        draft = await self._orders.draft(
            guild,
            member,
            Origin.OUTSIDE,
            moderator,
            comment=CommentId(event),
            action=Action(step, until, removes_comment=False),
            reason=f"done in Discord itself: {said}",
            at=at,
            is_done=True,
        )
        return await self._orders.open(draft)

    async def record_automod(
        self,
        guild: GuildId,
        member: Author,
        place: Place | None,
        text: str | None,
        *,
        rule: str,
        event: str,
        at: datetime,
    ) -> Case:
        """Record that Discord's AutoMod kept a comment out. It earns no strike: no human looked."""
        draft = await self._orders.draft(
            guild,
            member,
            Origin.AUTOMOD,
            None,
            comment=CommentId(event),
            action=Action(StepKind.DELETE),
            reason=f"Discord's AutoMod kept it out: {rule}",
            place=place,
            text=text,
            at=at,
            is_done=True,
            earns=False,
        )
        return await self._orders.open(draft)

    async def report(self, guild: GuildId, comment: Comment, reporter: Actor, reason: str) -> Case:
        """Record a member's report: one open case a comment, further reports join it.

        Where the comment has a case already, whatever became of it, the report is noted there. Who
        reported stays among moderators.

        Raises:
            RefusedError: the reporter wrote the comment, or gave no reason or too long a one.
        """
        reason = require_words(reason, "reason", longest=LONGEST_REPORT)
        if comment.author.id == reporter.id:
            raise RefusedError("This is your own comment: you can delete it yourself.")
        known = await self._cases.of_comment(guild, comment.id)
        about = [case for case in known if _is_about(case, comment)]
        live = [case for case in about if case.state is not CaseState.SHADOW]
        if live:
            case = live[-1]
            await self._note_report(case, reporter, reason)
            return case
        draft = await self._orders.draft(
            guild,
            comment.author,
            Origin.REPORT,
            None,
            comment=comment.id,
            action=None,
            reason=f"a member reported it: {reason}",
            place=comment.place,
            text=comment.text,
            revision=revision_by_hand(known) if about else comment.revision,
            earns=False,
        )
        case = await self._orders.open(draft)
        await self._note_report(case, reporter, reason)
        return case

    async def note_reversal(
        self, guild: GuildId, member: MemberId, moderator: MemberId, kind: EffectKind, at: datetime
    ) -> Case | None:
        """Record that a moderator lifted a timeout or ban in Discord itself.

        The member's newest applied case with that step is overturned, so that the bot never does it
        again. `kind` is LIFT_TIMEOUT or UNBAN. None where no case is about it.
        """
        wanted = CaseFilter(
            member=member, states=frozenset({CaseState.APPLIED}), limit=WHOLE_RECORD
        )
        for case in await self._cases.list_cases(guild, wanted):
            action = case.action
            if action is None or action.kind is not _LIFTED_BY[kind]:
                continue
            if action.until is not None and action.until <= at:
                continue
            async with self._turns.on(guild, case.number):
                line = f"the {action.kind} was lifted in Discord itself"
                return await self._reversal.note(case, by=moderator, line=line, at=at)
        return None

    async def _note_report(self, case: Case, reporter: Actor, reason: str) -> None:
        text = f"reported by {mention(reporter.id)}: {reason}"
        event = CaseEvent(self._clock(), EventKind.NOTE, reporter.id, text)
        await self._cases.note(case.guild, case.number, event)


def _is_about(case: Case, comment: Comment) -> bool:
    """Say whether a case is about these words: an edit is another matter."""
    revision = case.draft.key.revision
    return revision == comment.revision or (revision < 0 and case.draft.text == comment.text)

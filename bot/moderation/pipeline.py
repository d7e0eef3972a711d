"""The pipeline: comments become judgements, with a case behind each one flagged or acted on.

It orders the stages and decides nothing itself (`bot.policy` does), and carries nothing out
(`bot.moderation.carry_out` does). Called by the live intake, by the commands that judge a message,
and by replay, which only rehearses.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache

from bot.domain.action import Action, Shadowed
from bot.domain.case import Case, CaseDraft, CaseKey, CaseState, HandDraft, Origin
from bot.domain.comment import Comment, Thread
from bot.domain.effect import PlannedEffect
from bot.domain.ids import GuildId, MemberId
from bot.domain.judgement import Judgement
from bot.domain.reading import Reading
from bot.domain.scores import Scores
from bot.domain.verdict import Verdict
from bot.moderation.context import Context, contexts_of, read_in_context, said_at
from bot.moderation.fuse import Fuse
from bot.moderation.ports import CaseLog, Scorer
from bot.policy.address import find_addressee
from bot.policy.effects import LOGGED_ONLY, effects_of
from bot.policy.judge import judge
from bot.policy.place import effective
from bot.policy.record import policy_version, to_toml
from bot.policy.strikes import points_at
from bot.policy.weigh import Weighed, leave_to_a_human, weigh
from bot.text import read
from config.policy import Mode, Policy

SCORED_TOGETHER = 64
"""Comments handed to the scorer at once: enough to sort by length, few enough to show progress."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A comment to be judged. `hands_off` says why nothing may be done automatically, if so."""

    comment: Comment
    context: Context = field(default_factory=Context)
    hands_off: str | None = None


class Pipeline:
    """Judges comments: reads, scores, judges, weighs, and records cases with what is planned.

    A rehearsal records every case in shadow mode, whatever the policy's, plans nothing and settles
    it at once: it touches nobody and leaves real records alone. May be called from several tasks:
    one lock is held from reading a member's strikes to recording the case, for all members, since
    the record has one writer anyway. `policy_of` gives a server's policy, overrides and all.
    """

    def __init__(
        self,
        *,
        scorer: Scorer,
        cases: CaseLog,
        policy_of: Callable[[GuildId], Policy],
        clock: Callable[[], datetime],
        rehearse: bool = False,
        fuse: Fuse | None = None,
    ) -> None:
        self._scorer = scorer
        self._cases = cases
        self._policy_of = policy_of
        self._clock = clock
        self._rehearse = rehearse
        self._fuse = fuse
        self._deciding = asyncio.Lock()
        self._snapshot = lru_cache(maxsize=256)(_snapshot)

    async def judge(
        self,
        heard: Sequence[Heard],
        *,
        origin: Origin = Origin.MODEL,
        moderator: MemberId | None = None,
        scorer: Scorer | None = None,
    ) -> list[Judgement]:
        """Judge comments and open their cases; carries nothing out. Answers in the order given.

        A comment that has its case already keeps it, and so does an edit that left the judged words
        as they were: no second case, no second strike. Where the mode is off nothing is scored.
        `moderator` is who asked for it; the fuse holds back the machine alone. `scorer` is another
        lane to the same model, for comments that are less urgent.

        Raises:
            ScoringError: the model failed; nothing was decided.
            StorageError: the case log failed; what has its case by then keeps it when tried again.
        """
        policies = [self.policy_for(h.comment) for h in heard]
        readings = [read_in_context(h.comment, h.context) for h in heard]
        scores = await self._score(policies, readings, scorer or self._scorer)
        judgements: list[Judgement] = []
        decided: Counter[GuildId] = Counter()
        for one, policy, reading, scored in zip(heard, policies, readings, scores, strict=True):
            guild = one.comment.place.guild
            ask = _Ask(one, policy, reading, scored, origin, moderator, decided[guild])
            async with self._deciding:
                judgements.append(await self._decide(ask))
            decided[guild] += 1
        return judgements

    async def judge_thread(self, thread: Thread) -> AsyncIterator[Judgement]:
        """Judge a thread's comments in order of time, yielding each judgement.

        Raises:
            ScoringError: the model failed; comments from here on stay unjudged.
            StorageError: the case log failed; likewise.
        """
        contexts = contexts_of(thread)
        in_time = sorted(thread.comments, key=lambda c: (c.created_at, c.position))
        for start in range(0, len(in_time), SCORED_TOGETHER):
            batch = in_time[start : start + SCORED_TOGETHER]
            for judgement in await self.judge([Heard(c, contexts[c]) for c in batch]):
                yield judgement

    async def set_aside(self, comment: Comment, why: str) -> Case:
        """Open a case for a comment that cannot be scored: a human looks, nobody is acted on.

        Raises:
            StorageError: the case log failed; nothing is recorded.
        """
        policy, guild = self.policy_for(comment), comment.place.guild
        async with self._deciding:
            strikes = await self._cases.strikes(guild, comment.author.id, rehearsed=False)
            points = points_at(strikes, said_at(comment), policy.strikes)
            return await self._cases.open(
                HandDraft(
                    guild=guild,
                    comment=comment.id,
                    member=comment.author,
                    origin=Origin.UNSCORED,
                    moderator=None,
                    place=comment.place,
                    text=comment.text,
                    action=None,
                    strike=None,
                    points_before=points,
                    points_after=points,
                    reason=f"{why}; a human decides",
                    opened_at=self._clock(),
                    revision=comment.revision,
                ),
                LOGGED_ONLY,
            )

    def policy_for(self, comment: Comment) -> Policy:
        """Give the policy that holds for a comment, where it stands and for its author's roles."""
        place = comment.place
        return effective(self._policy_of(place.guild), place, comment.author.roles)

    async def _score(
        self, policies: Sequence[Policy], readings: Sequence[Reading], scorer: Scorer
    ) -> list[Scores]:
        """Score what is to be judged at all."""
        judged = [
            reading
            for policy, reading in zip(policies, readings, strict=True)
            if policy.mode is not Mode.OFF
        ]
        scored = iter(await scorer.score(judged) if judged else ())
        return [
            Scores({}, scorer.model) if policy.mode is Mode.OFF else next(scored)
            for policy in policies
        ]

    async def _decide(self, ask: "_Ask") -> Judgement:
        comment, policy = ask.heard.comment, ask.policy
        addressee = find_addressee(comment, ask.heard.context.parent, ask.heard.context.present)
        verdict = judge(ask.scores, policy, addressee)
        mode = Mode.SHADOW if self._rehearse else policy.mode
        version, toml = self._snapshot(policy)
        known = await self._find(ask, verdict, mode)
        if known is not None:
            return _of_case(await self._rehearsed(known), ask, verdict, version, was_known=True)
        weighed = await self._weigh(ask, verdict, mode)
        if not verdict.breaches or weighed.is_exempt:
            return Judgement(
                comment=comment,
                normalised=ask.reading.plain,
                scores=ask.scores,
                verdict=verdict,
                action=None,
                points_before=weighed.points_before,
                points=weighed.points_after,
                case=None,
                state=None,
                reason=weighed.reason,
                is_exempt=weighed.is_exempt,
                policy_version=version,
            )
        draft = CaseDraft(
            comment=comment,
            parent=ask.heard.context.parent,
            normalised=ask.reading.plain,
            scores=ask.scores,
            verdict=verdict,
            action=weighed.action,
            mode=mode,
            policy_version=version,
            policy_toml=toml,
            strike=weighed.strike,
            points_before=weighed.points_before,
            points_after=weighed.points_after,
            reason=weighed.reason,
            opened_at=self._clock(),
            origin=ask.origin,
            moderator=ask.moderator,
        )
        case = await self._cases.open(draft, self._planned(weighed.action, mode))
        return _of_case(await self._rehearsed(case), ask, verdict, version)

    async def _find(self, ask: "_Ask", verdict: Verdict, mode: Mode) -> Case | None:
        """Find the case this comment has: of this version, or of another with the same words.

        A rehearsal's case does not stand in for a real one, nor does one that failed: those had no
        consequence. What a human decided about the words is final for them.
        """
        comment = ask.heard.comment
        guild = comment.place.guild
        known = await self._cases.find(CaseKey(guild, comment.id, comment.revision))
        if known is not None or not verdict.breaches:
            return known
        for case in reversed(await self._cases.of_comment(guild, comment.id)):
            had_consequence = case.state is not CaseState.FAILED
            is_as_real = mode is Mode.SHADOW or case.draft.mode is not Mode.SHADOW
            if had_consequence and is_as_real and _words(case) == ask.reading.plain:
                return case
        return None

    async def _weigh(self, ask: "_Ask", verdict: Verdict, mode: Mode) -> Weighed:
        """Weigh at the time the words were said; a timeout runs from now on."""
        comment = ask.heard.comment
        is_shadow = mode is Mode.SHADOW
        strikes = await self._cases.strikes(
            comment.place.guild, comment.author.id, rehearsed=is_shadow
        )
        if self._rehearse:
            return weigh(verdict, comment, strikes, ask.policy, comment.created_at)
        at = said_at(comment)
        weighed = weigh(verdict, comment, strikes, ask.policy, at)
        if weighed.action is None:
            return weighed
        why = ask.heard.hands_off
        if why is None and self._fuse and mode is Mode.ENFORCE and ask.moderator is None:
            why = await self._fuse.hold_back(comment.place.guild, in_hand=ask.decided)
        if why is not None:
            return leave_to_a_human(weighed, why)
        late = max(self._clock() - at, timedelta())
        return replace(weighed, action=_later(weighed.action, late))

    def _planned(self, action: Action | None, mode: Mode) -> Sequence[PlannedEffect]:
        if self._rehearse:
            return ()
        return LOGGED_ONLY if action is None or mode is Mode.SHADOW else effects_of(action)

    async def _rehearsed(self, case: Case) -> Case:
        """Settle a rehearsal's own case; any other is for those who may act."""
        is_ours = self._rehearse and case.draft.mode is Mode.SHADOW
        if is_ours and case.state is CaseState.PENDING:
            return await self._cases.settle(case, Shadowed())
        return case


@dataclass(frozen=True, slots=True)
class _Ask:
    """One comment on its way through. `decided` counts its server's before it in this call."""

    heard: Heard
    policy: Policy
    reading: Reading
    scores: Scores
    origin: Origin
    moderator: MemberId | None
    decided: int


def _snapshot(policy: Policy) -> tuple[str, str]:
    return policy_version(policy), to_toml(policy)


def _later(action: Action, span: timedelta) -> Action:
    return action if action.until is None else replace(action, until=action.until + span)


def _words(case: Case) -> str | None:
    """Give the words a case is about as the model saw them; None where there are none."""
    match case.draft:
        case CaseDraft(normalised=normalised):
            return normalised
        case HandDraft(text=text):
            return None if text is None else read(text).plain


def _of_case(
    case: Case, ask: _Ask, verdict: Verdict, version: str, *, was_known: bool = False
) -> Judgement:
    """Tell of a case as it stands; one without scores is shown with those of this run."""
    draft = case.draft
    has_scores = isinstance(draft, CaseDraft)
    return Judgement(
        comment=draft.comment if has_scores else ask.heard.comment,
        normalised=draft.normalised if has_scores else ask.reading.plain,
        scores=draft.scores if has_scores else ask.scores,
        verdict=draft.verdict if has_scores else verdict,
        action=case.action,
        points_before=draft.points_before,
        points=draft.points_after,
        case=case.number,
        state=case.state,
        reason=draft.reason,
        was_known=was_known,
        policy_version=draft.policy_version if has_scores else version,
        record=case,
    )

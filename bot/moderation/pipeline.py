"""The pipeline: a thread's comments become judgements, with a case behind each one acted on.

It orders the stages and decides nothing itself (`bot.policy` does) and touches nothing itself (the
ports do). Called by replay; live Discord is the same pipeline with other adapters.
"""

from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice

from bot.domain.action import Shadowed
from bot.domain.case import Case, CaseDraft, CaseKey, CaseState
from bot.domain.comment import Author, Comment, Thread
from bot.domain.ids import CommentId, PlaceId
from bot.domain.judgement import Judgement
from bot.domain.reading import Reading
from bot.domain.scores import Scores
from bot.moderation.ports import CaseLog, Enforcer, Scorer
from bot.policy.address import find_addressee
from bot.policy.judge import judge
from bot.policy.place import effective
from bot.policy.record import policy_version, to_toml
from bot.policy.weigh import weigh
from bot.text import read
from config.policy import Mode, Policy

SCORED_TOGETHER = 64
"""Comments handed to the scorer at once: enough to sort by length, few enough to show progress."""
HEARD = 20
"""Ancestors whose words a comment may be quoting: keeps a deep thread linear."""
PRESENT = 50
"""Comments back, in the same thread, whose authors count as present."""


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a comment: `ancestors` nearest first, and who spoke lately."""

    ancestors: tuple[Comment, ...] = ()
    present: tuple[Author, ...] = ()

    @property
    def parent(self) -> Comment | None:
        """The comment that is answered; None at the top level."""
        return self.ancestors[0] if self.ancestors else None


class Pipeline:
    """Judges comments: reads, scores, judges, weighs, records, enforces, settles.

    Without an enforcer it only rehearses: whatever the policy's mode, cases are recorded in shadow
    mode, where they touch nobody and leave real records alone. A scoring error ends the run before
    anything is decided about the comments in hand.
    """

    def __init__(
        self,
        *,
        scorer: Scorer,
        cases: CaseLog,
        enforcer: Enforcer | None,
        policy: Policy,
        clock: Callable[[], datetime],
    ) -> None:
        self._scorer = scorer
        self._cases = cases
        self._enforcer = enforcer
        self._policy = policy
        self._clock = clock
        self._snapshot = cache(_snapshot)

    async def judge_thread(self, thread: Thread) -> AsyncIterator[Judgement]:
        """Judge a thread's comments in order of time, yielding each judgement as it is settled.

        A comment that has its case already keeps it: no second case, no second action.

        Raises:
            ScoringError: the model failed; comments from here on stay unjudged.
            StorageError: the case log failed; likewise.
        """
        contexts = contexts_of(thread)
        in_time = sorted(thread.comments, key=lambda c: (c.created_at, c.position))
        for start in range(0, len(in_time), SCORED_TOGETHER):
            batch = in_time[start : start + SCORED_TOGETHER]
            readings = [read_in_context(c, contexts[c]) for c in batch]
            scores = await self._scorer.score(readings)
            for comment, reading, scored in zip(batch, readings, scores, strict=True):
                yield await self._decide(comment, contexts[comment], reading, scored)

    async def _decide(
        self, comment: Comment, context: Context, reading: Reading, scores: Scores
    ) -> Judgement:
        key = CaseKey(comment.place.guild, comment.id, comment.revision)
        known = await self._cases.find(key)
        if known is not None:
            return _judgement_of(await self._carry_out(known), was_known=True)
        policy = effective(self._policy, comment.place, comment.author.roles)
        addressee = find_addressee(comment, context.parent, context.present)
        verdict = judge(scores, policy, addressee)
        mode = policy.mode if self._enforcer else Mode.SHADOW
        strikes = await self._cases.strikes(
            comment.place.guild, comment.author.id, rehearsed=mode is Mode.SHADOW
        )
        weighed = weigh(verdict, comment, strikes, policy, comment.created_at)
        if not verdict.breaches or weighed.is_exempt:
            return Judgement(
                comment=comment,
                normalised=reading.plain,
                scores=scores,
                verdict=verdict,
                action=None,
                points_before=weighed.points_before,
                points=weighed.points_after,
                case=None,
                state=None,
                reason=weighed.reason,
            )
        version, toml = self._snapshot(policy)
        case = await self._cases.open(
            CaseDraft(
                comment=comment,
                parent=context.parent,
                normalised=reading.plain,
                scores=scores,
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
            )
        )
        return _judgement_of(await self._carry_out(case))

    async def _carry_out(self, case: Case) -> Case:
        """Act on a pending case, then settle it; any other case is left as it is."""
        if case.state is not CaseState.PENDING:
            return case
        if case.draft.mode is Mode.SHADOW:
            return await self._cases.settle(case, Shadowed())
        if self._enforcer is None:
            return case  # a real one, left by a crash: whoever may act finishes it
        return await self._cases.settle(case, await self._enforcer.enforce(case))


def contexts_of(thread: Thread) -> dict[Comment, Context]:
    """Work out each comment's context: whom it answers, and who spoke shortly before it."""
    by_id = {c.id: c for c in thread.comments}
    lately: defaultdict[PlaceId, deque[Author]] = defaultdict(lambda: deque(maxlen=PRESENT))
    contexts: dict[Comment, Context] = {}
    for comment in thread.comments:
        ancestors = tuple(islice(_ancestors(comment, by_id), HEARD))
        speakers = lately[comment.place.thread]
        present = {author.id: author for author in (*(a.author for a in ancestors), *speakers)}
        contexts[comment] = Context(ancestors, tuple(present.values()))
        speakers.append(comment.author)
    return contexts


def read_in_context(comment: Comment, context: Context) -> Reading:
    """Make a comment's text comparable, leaving out what it quotes from those it answers."""
    return read(comment.text, heard=[c.text for c in context.ancestors])


def _ancestors(comment: Comment, by_id: Mapping[CommentId, Comment]) -> Iterator[Comment]:
    current = comment
    while current.parent_id is not None and current.parent_id in by_id:
        current = by_id[current.parent_id]
        yield current


def _snapshot(policy: Policy) -> tuple[str, str]:
    return policy_version(policy), to_toml(policy)


def _judgement_of(case: Case, *, was_known: bool = False) -> Judgement:
    draft = case.draft
    return Judgement(
        comment=draft.comment,
        normalised=draft.normalised,
        scores=draft.scores,
        verdict=draft.verdict,
        action=draft.action,
        points_before=draft.points_before,
        points=draft.points_after,
        case=case.number,
        state=case.state,
        reason=draft.reason,
        was_known=was_known,
    )

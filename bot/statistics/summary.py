"""The numbers of a judged discussion: counts, members' records and the spread of scores.

Pure: no words for people and no drawing (`bot.report` has those). Called by the table, the page
and the plots.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles

from bot.domain.comment import Author
from bot.domain.ids import MemberId
from bot.domain.judgement import Judgement
from bot.domain.verdict import Decision
from config.policy import Category, StepKind


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """One member's part in a discussion.

    `comments` are all of theirs by time, which in a nested thread is not the order of reading;
    `judged` are those flagged or acted on. `points` are those after their last comment here,
    `peak` the most they had.
    """

    author: Author
    comments: tuple[Judgement, ...]
    judged: tuple[Judgement, ...]
    points: float
    peak: float


@dataclass(frozen=True, slots=True)
class Summary:
    """How a discussion was judged.

    `decisions` has every decision; `actions` only the steps taken. `categories` counts comments by
    the gravest decision that each category asked for. `exempt` counts the comments from which
    nothing follows because their authors are exempt; no decision counts those. `judged_members`
    come gravest first.
    """

    comments: int
    members: int
    decisions: Mapping[Decision, int]
    actions: Mapping[StepKind, int]
    categories: Mapping[Category, Mapping[Decision, int]]
    exempt: int
    judged_members: tuple[MemberRecord, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """Where scores lie, each in [0, 1]. Nine in ten are at or below `ninth_tenth`."""

    median: float
    ninth_tenth: float
    highest: float


def summarise(judgements: Sequence[Judgement]) -> Summary:
    """Count a discussion's judgements, which come one per comment and in order."""
    counted = [j for j in judgements if not j.is_exempt]
    decisions = Counter(j.verdict.decision for j in counted)
    actions = Counter(j.action.kind for j in judgements if j.action is not None)
    return Summary(
        comments=len(judgements),
        members=len({j.comment.author.id for j in judgements}),
        decisions={decision: decisions[decision] for decision in Decision},
        actions={kind: actions[kind] for kind in StepKind if actions[kind]},
        categories={
            category: Counter(decision_in(j, category) for j in counted) for category in Category
        },
        exempt=len(judgements) - len(counted),
        judged_members=_judged_members(judgements),
    )


def decision_in(judgement: Judgement, category: Category) -> Decision:
    """Find the gravest decision that one category alone asked for."""
    asked = {b.decision for b in judgement.verdict.breaches if b.category is category}
    return next((d for d in (Decision.ACT, Decision.FLAG) if d in asked), Decision.ALLOW)


def is_judged(judgement: Judgement) -> bool:
    """Say whether a comment was flagged or acted on, or would have been but for its author."""
    return judgement.verdict.decision is not Decision.ALLOW


def spread(scores: Sequence[float]) -> Spread | None:
    """Measure where scores lie; None when there are none."""
    if not scores:
        return None
    tenths = quantiles(scores, n=10, method="inclusive") if len(scores) > 1 else [scores[0]]
    return Spread(median(scores), tenths[-1], max(scores))


def _judged_members(judgements: Sequence[Judgement]) -> tuple[MemberRecord, ...]:
    by_member: dict[MemberId, list[Judgement]] = {}
    for judgement in sorted(judgements, key=_moment):
        by_member.setdefault(judgement.comment.author.id, []).append(judgement)
    records = [
        MemberRecord(
            author=own[0].comment.author,
            comments=tuple(own),
            judged=tuple(j for j in own if is_judged(j)),
            points=own[-1].points,
            peak=max(j.points for j in own),
        )
        for own in by_member.values()
        if any(is_judged(j) for j in own)
    ]
    return tuple(sorted(records, key=_gravity, reverse=True))


def _moment(judgement: Judgement) -> tuple[datetime, int]:
    return judgement.comment.created_at, judgement.comment.position


def _gravity(record: MemberRecord) -> tuple[int, float, int]:
    counted = [j for j in record.judged if not j.is_exempt]
    acted = sum(j.verdict.decision is Decision.ACT for j in counted)
    return acted, record.peak, len(counted)

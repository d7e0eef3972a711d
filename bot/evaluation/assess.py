"""What scored, labelled comments say of a model and a policy, source by source. Pure.

Sources are never pooled: they disagree on what a label means, so one figure for all would mostly
say which source is larger. Called by `bot.evaluation.run`; read by the table, the JSON and the
page.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bot.domain.scores import Scores
from bot.domain.verdict import Decision
from bot.evaluation.labelled_table import POSITIVE, LabelledComment
from bot.statistics.ranking import (
    Bin,
    Interval,
    Method,
    Share,
    Truth,
    Values,
    average_precision,
    calibration,
    calibration_error,
    roc_auc,
    roc_auc_interval,
)
from config.labels import Label


@dataclass(frozen=True, slots=True)
class ScoredComment:
    """A labelled comment, what the model said of it, and what the policy made of that."""

    row: LabelledComment
    scores: Scores
    decision: Decision


@dataclass(frozen=True)
class Ranking:
    """How one label's scores rank the rows of one source that have the label.

    `truth` and `values` stand row by row, in the file's order. `values` is empty where the model
    lacks the label; then, and without a positive or a negative, the figures are None.
    """

    source: str
    label: Label
    truth: Truth
    values: Values

    @property
    def n(self) -> int:
        """Count the rows."""
        return len(self.truth)

    @property
    def positives(self) -> int:
        """Count the rows where the label is present."""
        return int(self.truth.sum())

    @property
    def is_scored(self) -> bool:
        """Say whether the model has the label."""
        return len(self.values) > 0

    @property
    def is_ranked(self) -> bool:
        """Say whether there are scores, and both rows with and rows without the label."""
        return self.is_scored and 0 < self.positives < self.n

    @cached_property
    def roc_auc(self) -> float | None:
        """The chance that a positive outscores a negative."""
        return roc_auc(self.truth, self.values) if self.is_scored else None

    @cached_property
    def interval(self) -> tuple[Interval, Method] | None:
        """The ROC AUC's interval and how it was found."""
        return roc_auc_interval(self.truth, self.values) if self.is_scored else None

    @cached_property
    def average_precision(self) -> float | None:
        """The precision averaged over recall."""
        return average_precision(self.truth, self.values) if self.is_scored else None

    @cached_property
    def calibration(self) -> Sequence[Bin]:
        """The positives by tenths of the score; empty where there is nothing to rank.

        In a source of one kind it would only tell how that kind was chosen.
        """
        return calibration(self.truth, self.values) if self.is_ranked else ()

    @cached_property
    def calibration_error(self) -> float | None:
        """How far scores are from shares of positives, on average."""
        return calibration_error(self.calibration)


@dataclass(frozen=True, slots=True)
class PolicyOutcome:
    """What a policy makes of one source's rows, no comment speaking to anybody.

    A row counts as flagged when it is flagged or acted on. It is positive when any of its known
    labels is at least 0.5, and negative only when all of them are below 0.5 and toxicity or
    identity_attack is among them; other rows are in neither. `recall` is the flagged share of the
    positives, `false_alarms` the flagged share of the negatives. A row without words is allowed.
    """

    source: str
    flagged: Share
    acted: Share
    recall: Share
    false_alarms: Share

    @property
    def n(self) -> int:
        """Count the rows."""
        return self.flagged.of


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures: sources in the file's order, labels in the order of `config.labels`.

    `wordless` counts rows without words: nothing was scored, the policy allows them, and they rank
    with 0, below all others. Left out, a reading that loses words would look better for it.
    """

    rankings: tuple[Ranking, ...]
    policy: tuple[PolicyOutcome, ...]
    wordless: int

    @property
    def sources(self) -> tuple[str, ...]:
        """Name the sources in order."""
        return tuple(outcome.source for outcome in self.policy)

    def of_source(self, source: str) -> list[Ranking]:
        """List a source's rankings, worst first; those without a figure last."""
        own = [ranking for ranking in self.rankings if ranking.source == source]
        return sorted(own, key=lambda r: 2.0 if r.roc_auc is None else r.roc_auc)

    def of_label(self, label: Label) -> list[Ranking]:
        """List a label's rankings that have scores, in the order of the sources."""
        return [r for r in self.rankings if r.label is label and r.is_scored]


def assess(comments: Iterable[ScoredComment], model_labels: Collection[Label]) -> Evaluation:
    """Measure every source and label that is known for at least one row.

    `model_labels` are those the model scores; the others get counts and no figures.
    """
    by_source: dict[str, list[ScoredComment]] = {}
    for comment in comments:
        by_source.setdefault(comment.row.source, []).append(comment)
    return Evaluation(
        rankings=tuple(
            ranking
            for source, own in by_source.items()
            for ranking in _rankings(source, own, model_labels)
        ),
        policy=tuple(_outcome(source, own) for source, own in by_source.items()),
        wordless=sum(not c.scores.by_label for own in by_source.values() for c in own),
    )


def _rankings(
    source: str, comments: Sequence[ScoredComment], model_labels: Collection[Label]
) -> list[Ranking]:
    found: list[Ranking] = []
    for label in Label:
        known = [c for c in comments if label in c.row.labels]
        if known:
            truth = np.array([c.row.labels[label] >= POSITIVE for c in known], dtype=np.bool_)
            values = [c.scores.value(label) or 0.0 for c in known if label in model_labels]
            found.append(Ranking(source, label, truth, np.array(values, dtype=np.float64)))
    return found


def _outcome(source: str, comments: Sequence[ScoredComment]) -> PolicyOutcome:
    positives = [c for c in comments if c.row.is_positive]
    negatives = [c for c in comments if c.row.is_negative]
    return PolicyOutcome(
        source=source,
        flagged=_flagged(comments),
        acted=Share(sum(c.decision is Decision.ACT for c in comments), len(comments)),
        recall=_flagged(positives),
        false_alarms=_flagged(negatives),
    )


def _flagged(comments: Sequence[ScoredComment]) -> Share:
    return Share(sum(c.decision is not Decision.ALLOW for c in comments), len(comments))

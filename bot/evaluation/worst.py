"""The rows a model got most wrong: what it missed, and what it took for harm. Pure.

For reading one by one, because labels are wrong too. Called by `bot.evaluation.page`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.scores import Score
from bot.evaluation.assess import ScoredComment
from bot.evaluation.labelled_table import POSITIVE
from config.labels import Label


@dataclass(frozen=True, slots=True)
class Error:
    """One row and the label the model got most wrong there; `truth` is what the file says."""

    comment: ScoredComment
    label: Label
    truth: float
    score: Score


@dataclass(frozen=True, slots=True)
class WorstErrors:
    """One source's worst errors, worst first; each row is named once in each.

    `missed` rows have the label and score below 0.5, `false_alarms` the other way round.
    """

    source: str
    missed: tuple[Error, ...]
    false_alarms: tuple[Error, ...]


def worst_errors(comments: Sequence[ScoredComment], most: int) -> list[WorstErrors]:
    """List at most `most` errors of each kind for every source, in the file's order."""
    by_source: dict[str, list[ScoredComment]] = {}
    for comment in comments:
        by_source.setdefault(comment.row.source, []).append(comment)
    return [
        WorstErrors(
            source,
            tuple(_worst(own, most, is_miss=True)),
            tuple(_worst(own, most, is_miss=False)),
        )
        for source, own in by_source.items()
    ]


def _worst(comments: Sequence[ScoredComment], most: int, *, is_miss: bool) -> list[Error]:
    errors = [error for comment in comments if (error := _error(comment, is_miss=is_miss))]
    errors.sort(key=lambda e: (-abs(e.score.value - e.truth), e.comment.row.number))
    return errors[:most]


def _error(comment: ScoredComment, *, is_miss: bool) -> Error | None:
    """Find a row's worst label on one side; None where it has none."""
    errors = [
        Error(comment, label, truth, score)
        for label, truth in comment.row.labels.items()
        if (score := comment.scores.by_label.get(label)) is not None
        and (truth >= POSITIVE) is is_miss
        and (score.value < POSITIVE) is is_miss
    ]
    return max(errors, key=lambda e: abs(e.score.value - e.truth), default=None)

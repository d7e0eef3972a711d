"""Threshold advice: what precision and recall each threshold would have had, and how sure that is.

Pure, and no more than arithmetic on what people decided: it changes no policy. Called by
`bot.advising`. Wilson's interval stands here in four lines, because SciPy is for training alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)

GRID = tuple(n / 20 for n in range(2, 20))
"""Thresholds from 0.1 to 0.95."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One comment's score in a category, and whether people found that it was such."""

    score: float
    is_such: bool


@dataclass(frozen=True, slots=True)
class Proportion:
    """`hits` out of `of`."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The share in [0, 1]; None of nothing."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval; of nothing it is everything."""
        if not self.of:
            return 0.0, 1.0
        share, square = self.hits / self.of, _Z**2
        centre = (share + square / (2 * self.of)) / (1 + square / self.of)
        spread = sqrt(share * (1 - share) / self.of + square / (4 * self.of**2))
        reach = _Z * spread / (1 + square / self.of)
        return max(0.0, centre - reach), min(1.0, centre + reach)


@dataclass(frozen=True, slots=True)
class Line:
    """What one threshold would have done: how many it reaches, how right, how complete."""

    threshold: float
    precision: Proportion
    recall: Proportion


@dataclass(frozen=True, slots=True)
class Advice:
    """One category's advice. `lines` ascend by threshold."""

    decided: int
    such: int
    lines: tuple[Line, ...]

    def lowest_sure(self, precision: float) -> Line | None:
        """Find the lowest threshold surely as precise as that, with no higher one surely not.

        "Surely" is by the ends of the intervals. None where the decisions are too few, or too
        mixed, to say so of any.
        """
        found: Line | None = None
        for line in reversed(self.lines):
            low, high = line.precision.interval
            if high < precision:
                break
            if low >= precision:
                found = line
        return found


def advise(decided: Sequence[Decided], thresholds: Sequence[float] = GRID) -> Advice:
    """Say what each threshold would have made of decided comments. A score at it reaches it."""
    such = sum(each.is_such for each in decided)
    lines: list[Line] = []
    for threshold in sorted(set(thresholds)):
        reached = [each.is_such for each in decided if each.score >= threshold]
        hits = sum(reached)
        lines.append(Line(threshold, Proportion(hits, len(reached)), Proportion(hits, such)))
    return Advice(len(decided), such, tuple(lines))

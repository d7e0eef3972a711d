"""Where the figures of a ranking fall in a plot: the ROC curve, the calibration, the scores.

Not a drawing: `bot/evaluation/figures.html.j2` turns these into SVG, as `bot.statistics.plots` and
its template do for a judged discussion. Every place is a share in [0, 1], up and to the right.
Called by `bot.evaluation.page`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from bot.statistics.ranking import Bin, Truth, Values, roc_curve

FINEST = 0.003
"""Corners of a curve nearer than this are one: half a pixel of the widest plot."""
SCORE_BINS = 20
MIDDLE = 0.5


@dataclass(frozen=True, slots=True)
class Curve:
    """A ROC curve: x the share of negatives, y the share of positives at or above a score.

    `at_half` is the point where the score is 0.5. `words` says it, for those who cannot see it.
    """

    corners: tuple[tuple[float, float], ...]
    at_half: tuple[float, float]
    words: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One bin of a calibration: x its mean score, y its share of positives in [low, high]."""

    x: float
    y: float
    low: float
    high: float
    words: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin of the scores: positives upwards and negatives downwards from the base line.

    `up` and `down` are shares of the tallest bar, of the square roots of the counts: a thousand
    harmless rows at zero would press two at 0.9 out of sight.
    """

    x: float
    width: float
    up: float
    down: float
    words: str


def curve(truth: Truth, values: Values) -> Curve | None:
    """Lay out the ROC curve; None without a positive or a negative."""
    corners = roc_curve(truth, values)
    if not corners:
        return None
    false_alarms = float((values[~truth] >= MIDDLE).mean())
    found = float((values[truth] >= MIDDLE).mean())
    words = (
        f"From 0.5 on it finds {100 * found:.0f}\N{NO-BREAK SPACE}% of the positives "
        f"and {100 * false_alarms:.1f}\N{NO-BREAK SPACE}% of the rest."
    )
    return Curve(tuple(_thinned(corners)), (false_alarms, found), words)


def reliability(bins: Sequence[Bin]) -> tuple[Dot, ...]:
    """Lay out a calibration: one dot for each bin with rows, with Wilson's interval."""
    dots: list[Dot] = []
    for each in bins:
        interval, rows = each.positives.interval, each.positives.of
        if each.mean_score is not None and interval is not None:
            share = each.positives.hits / rows
            words = (
                f"{rows:,} rows score {each.mean_score:.2f} on average; "
                f"{100 * share:.0f}\N{NO-BREAK SPACE}% have the label"
            )
            dots.append(Dot(each.mean_score, share, interval.low, interval.high, words))
    return tuple(dots)


def score_bars(truth: Truth, values: Values) -> tuple[Bar, ...]:
    """Lay out how many positives and negatives have which score."""
    places = np.minimum((values * SCORE_BINS).astype(int), SCORE_BINS - 1)
    ups = [int(n) for n in np.bincount(places[truth], minlength=SCORE_BINS)]
    downs = [int(n) for n in np.bincount(places[~truth], minlength=SCORE_BINS)]
    tallest = sqrt(max(*ups, *downs, 1))
    width = 1 / SCORE_BINS
    return tuple(
        Bar(
            x=n * width,
            width=width,
            up=sqrt(up) / tallest,
            down=sqrt(down) / tallest,
            words=f"{n * width:.2f} to {(n + 1) * width:.2f}: {up:,} with the label, "
            f"{down:,} without",
        )
        for n, (up, down) in enumerate(zip(ups, downs, strict=True))
        if up or down
    )


def _thinned(corners: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out corners too near the last one kept; both ends stay."""
    kept = [corners[0]]
    for x, y in corners[1:-1]:
        if max(abs(x - kept[-1][0]), abs(y - kept[-1][1])) >= FINEST:
            kept.append((x, y))
    return [*kept, corners[-1]]

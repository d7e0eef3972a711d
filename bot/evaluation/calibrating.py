"""Fits a model's scores to Perspective's, and says how well they agree on rows not fitted on. Pure.

Called by `bot.evaluation.agree`. The mapping itself is `bot.web.calibration`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr  # pyright: ignore[reportUnknownVariableType]
from sklearn.isotonic import IsotonicRegression

from bot.statistics.ranking import Share
from bot.web.calibration import FARTHEST, Curve, logit

THRESHOLDS = (0.5, 0.7, 0.9)
"""Where clients usually draw a line."""
FEWEST_ROWS = 50
SEED = 20261122
"""Of the shuffle before the rows are halved."""
PLACES = 4
_KNOTS = np.unique(np.concatenate([np.linspace(0, 1, 41), [0.985, 0.99, 0.995]]))
"""Shares of the rows at which a curve has knots: closer together where comments are worst."""

Values = NDArray[np.float64]
"""[rows], in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How one attribute's scores agree with Perspective's, on the same `n` rows.

    `raw` and `fitted` give, for each of THRESHOLDS, how many rows lie on the same side of it.
    `fitted` scores are held out: each row's curve was fitted on the half it is not in. `below` is
    what a scorer would agree on that calls every comment harmless. `spearman` is the rank
    correlation, which no curve changes; None where all ranks are equal.
    """

    attribute: str
    n: int
    spearman: float | None
    raw: tuple[Share, ...]
    fitted: tuple[Share, ...]
    below: tuple[Share, ...]
    raw_distance: float
    fitted_distance: float


def fit_curve(scores: Values, wanted: Values) -> Curve:
    """Fit one attribute: a rising curve from the model's `scores` to Perspective's.

    The mean of two fits. The one that errs least (isotonic regression) pulls the worst comments
    towards the middle, and too few pass a high threshold; the one that lets equally many comments
    pass every threshold (matching quantiles) errs more. Held out, their mean agreed best.
    """
    at = np.round([logit(score) for score in scores], PLACES)
    isotonic = cast("Any", IsotonicRegression(out_of_bounds="clip")).fit(at, wanted)
    places = np.unique(np.round(np.quantile(at, _KNOTS), PLACES))
    ranks = np.searchsorted(np.sort(at), places, side="right") / len(at)
    matched = np.quantile(wanted, np.clip(ranks, 0, 1))
    served = (np.asarray(isotonic.predict(places)) + matched) / 2
    inside = (places > -FARTHEST) & (places < FARTHEST)
    logits = [-FARTHEST, *places[inside], FARTHEST]
    heights = np.maximum.accumulate([0.0, *served[inside], 1.0])
    return Curve(
        logits=tuple(float(place) for place in logits),
        served=tuple(round(float(height), PLACES) for height in heights),
    )


def agreement(attribute: str, scores: Values, wanted: Values) -> Agreement:
    """Compare one attribute's scores with Perspective's, as they are and fitted on other rows."""
    fitted = _held_out(scores, wanted)
    correlation = float(cast("Any", spearmanr(scores, wanted)).statistic)
    return Agreement(
        attribute,
        len(scores),
        None if np.isnan(correlation) else correlation,
        _same_sides(scores, wanted),
        _same_sides(fitted, wanted),
        _same_sides(np.zeros_like(wanted), wanted),
        float(np.abs(scores - wanted).mean()),
        float(np.abs(fitted - wanted).mean()),
    )


def apply(curve: Curve, scores: Values) -> Values:
    """Map many scores."""
    return np.array([curve.value(float(score)) for score in scores])


def _held_out(scores: Values, wanted: Values) -> Values:
    order = np.random.default_rng(SEED).permutation(len(scores))
    half = len(order) // 2
    fitted = np.empty_like(scores)
    for learned, asked in ((order[:half], order[half:]), (order[half:], order[:half])):
        fitted[asked] = apply(fit_curve(scores[learned], wanted[learned]), scores[asked])
    return fitted


def _same_sides(scores: Values, wanted: Values) -> tuple[Share, ...]:
    return tuple(
        Share(int(((scores >= threshold) == (wanted >= threshold)).sum()), len(scores))
        for threshold in THRESHOLDS
    )


def columns_of(
    rows: Sequence[Mapping[str, float]], published: Sequence[Mapping[str, float]]
) -> dict[str, tuple[Values, Values]]:
    """Set the model's scores beside Perspective's, attribute by attribute.

    `rows` are the model's by attribute, empty for a comment without words, which is left out.
    """
    found: dict[str, tuple[Values, Values]] = {}
    for name in published[0] if published else ():
        pairs = [
            (own[name], other[name])
            for own, other in zip(rows, published, strict=True)
            if name in own
        ]
        if len(pairs) >= FEWEST_ROWS:
            own, other = np.array(pairs).T
            found[name] = (own, other)
    return found

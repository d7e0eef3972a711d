"""The running evaluation: AUC by label and source on held-out examples, and calibration.

Small on purpose: the full evaluation of a shipped model is `bot.evaluate`'s, through the engine
that users run. Called by `bot.training.train`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.training.examples import Examples
from bot.training.sources import LABELS, POSITIVE
from config.labels import Label

FEWEST = 5
"""Fewer positives or negatives than this give no AUC worth printing."""

CLOSE_ENOUGH = 1e-8
"""A Newton step smaller than this ends the fit."""


@dataclass(frozen=True, slots=True)
class Separation:
    """How well a label is told apart in a source ("all" for the whole). AUC is in [0, 1]."""

    source: str
    label: Label
    texts: int
    positives: int
    roc_auc: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Per label a scale above 0 and a shift: sigmoid(scale * logit + shift) is a probability."""

    scale: NDArray[np.float64]
    shift: NDArray[np.float64]


def roc_auc(scores: NDArray[np.float32], positive: NDArray[np.bool_]) -> float:
    """Chance that a positive scores above a negative; ties count half. Needs one of each."""
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    ends = np.r_[starts[1:], len(ranked)]
    ranks = np.empty(len(scores), dtype=np.float64)
    # Mean of the ranks start+1 .. end shared by equal scores.
    ranks[order] = np.repeat((starts + 1 + ends) / 2, ends - starts)
    positives = int(positive.sum())
    above = float(ranks[positive].sum()) - positives * (positives + 1) / 2
    return above / (positives * (len(scores) - positives))


def separations(examples: Examples, logits: NDArray[np.float32]) -> Iterator[Separation]:
    """Measure every label over all sources, then by source, where there is enough of it."""
    sources = np.array(examples.sources)
    for source in ("all", *sorted(set(examples.sources))):
        within = np.ones(len(sources), dtype=bool) if source == "all" else sources == source
        for column, label in enumerate(LABELS):
            chosen = within & (examples.weights[:, column] > 0)
            positive = examples.labels[chosen, column] >= POSITIVE
            texts, positives = len(positive), int(positive.sum())
            if min(positives, texts - positives) >= FEWEST:
                area = roc_auc(logits[chosen, column], positive)
                yield Separation(source, label, texts, positives, area)


def calibrate(examples: Examples, logits: NDArray[np.float32]) -> Calibration:
    """Fit scale and shift per label (Platt) to what is known, weighted to one pass of training.

    Newton's method on the convex log loss; the scale stays above 0.1, so no order is turned round.
    """
    scale, shift = np.ones(len(LABELS)), np.zeros(len(LABELS))
    for column in range(len(LABELS)):
        weights = examples.weights[:, column].astype(np.float64)
        known = weights > 0
        if known.any():
            scale[column], shift[column] = _fit(
                logits[known, column].astype(np.float64),
                examples.labels[known, column].astype(np.float64),
                weights[known],
            )
    return Calibration(scale, shift)


def _fit(
    logits: NDArray[np.float64], labels: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[float, float]:
    inputs = np.stack([logits, np.ones_like(logits)], axis=1)
    fitted = np.array([1.0, 0.0])
    prior = np.array([1.0, 0.0])  # a weak pull towards leaving the scores as they are
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-np.clip(inputs @ fitted, -30, 30)))
        slope = inputs.T @ (weights * (chance - labels)) + (fitted - prior)
        curve = (inputs * (weights * chance * (1 - chance))[:, None]).T @ inputs + np.eye(2)
        step = np.linalg.solve(curve, slope)
        fitted = fitted - step
        if float(np.abs(step).max()) < CLOSE_ENOUGH:
            break
    return max(float(fitted[0]), 0.1), float(fitted[1])

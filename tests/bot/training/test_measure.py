"""Running evaluation and calibration against figures worked out by hand."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bot.training.examples import Examples
from bot.training.measure import calibrate, roc_auc, separations
from bot.training.sources import LABELS
from config.labels import Label


def examples_of(labels: list[float], weights: list[float], source: str = "x") -> Examples:
    """Examples with only the first label known."""
    rest = [0.0] * (len(LABELS) - 1)
    return Examples(
        [str(n) for n in range(len(labels))],
        [source] * len(labels),
        np.array([[value, *rest] for value in labels], dtype=np.float32),
        np.array([[value, *rest] for value in weights], dtype=np.float32),
        np.ones(len(labels), dtype=np.float32),
    )


def test_auc_counts_pairs_and_ties_half() -> None:
    scores = np.array([0.1, 0.4, 0.4, 0.9], dtype=np.float32)
    positive = np.array([False, False, True, True])
    # Pairs: (.4 over .1) 1, (.4 over .4) half, (.9 over .1) 1, (.9 over .4) 1: 3.5 of 4.
    assert roc_auc(scores, positive) == 0.875


def test_auc_agrees_with_scikit_learn() -> None:
    random = np.random.default_rng(1)
    scores = random.integers(0, 20, 500).astype(np.float32)
    positive = random.random(500) < 0.3
    assert roc_auc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


def test_unknown_labels_are_not_measured() -> None:
    examples = examples_of([0.0] * 5 + [1.0] * 6, [1.0] * 10 + [0.0])
    logits = np.zeros((11, len(LABELS)), dtype=np.float32)
    logits[5:10] = 1.0
    found = list(separations(examples, logits))
    assert [(s.source, s.label, s.texts, s.positives, s.roc_auc) for s in found] == [
        ("all", Label.TOXICITY, 10, 5, 1.0),
        ("x", Label.TOXICITY, 10, 5, 1.0),
    ]


def test_calibration_finds_the_scale_and_shift_that_made_the_labels() -> None:
    random = np.random.default_rng(2)
    logits = np.zeros((20_000, len(LABELS)), dtype=np.float32)
    logits[:, 0] = random.normal(0, 2, 20_000)
    chance = 1 / (1 + np.exp(-(0.5 * logits[:, 0] - 1.0)))
    examples = examples_of(chance.tolist(), [1.0] * 20_000)
    calibration = calibrate(examples, logits)
    # Soft labels are the chances themselves, so the fit is exact up to the weak prior.
    assert calibration.scale[0] == pytest.approx(0.5, abs=0.01)
    assert calibration.shift[0] == pytest.approx(-1.0, abs=0.01)
    # Nothing known: left as it is.
    assert calibration.scale[1:].tolist() == [1.0] * 5
    assert calibration.shift[1:].tolist() == [0.0] * 5

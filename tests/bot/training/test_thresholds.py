"""What thresholds come to, against figures counted by hand."""

import numpy as np
import pytest

from bot.policy.policy_file import load_preset
from bot.training.examples import Examples
from bot.training.measure import Calibration
from bot.training.sources import LABELS
from bot.training.thresholds import met_thresholds
from config.labels import Label

INSULT = LABELS.index(Label.INSULT)
AS_IS = Calibration(np.ones(len(LABELS)), np.zeros(len(LABELS)))


def insults(labels: list[float], chances: list[float]) -> tuple[Examples, np.ndarray]:
    """Texts of which only the insult is known, unless its label is below 0."""
    table = np.zeros((len(labels), len(LABELS)), dtype=np.float32)
    table[:, INSULT] = labels
    weights = np.zeros_like(table)
    weights[:, INSULT] = table[:, INSULT] >= 0
    logits = np.zeros_like(table)
    logits[:, INSULT] = np.log(np.array(chances) / (1 - np.array(chances)))
    texts = [str(n) for n in range(len(labels))]
    repeats = np.ones(len(labels), dtype=np.float32)
    return Examples(texts, ["x"] * len(labels), table, weights, repeats), logits


def test_they_are_counted_where_the_label_is_known() -> None:
    # Balanced flags insults from .60 and acts on them from .85.
    examples, logits = insults([1, 1, 0, 0, 0, -1], [0.9, 0.5, 0.7, 0.1, 0.1, 0.99])
    found = [
        met
        for met in met_thresholds(load_preset("balanced"), examples, logits, AS_IS)
        if met.category == "harassment"
    ]
    assert [(met.name, met.threshold) for met in found] == [("flag", 0.60), ("act", 0.85)]
    assert {(met.label, met.texts, met.positives) for met in found} == {(Label.INSULT, 5, 2)}
    assert [(met.above, met.right) for met in found] == [(2, 1), (1, 1)]
    assert [met.precision for met in found] == [0.5, 1.0]
    assert [met.recall for met in found] == [0.5, 0.5]
    assert [met.false_alarms for met in found] == [pytest.approx(1 / 3), 0.0]


def test_they_are_counted_on_calibrated_chances() -> None:
    examples, logits = insults([1.0], [0.5])
    surer = Calibration(np.ones(len(LABELS)), np.full(len(LABELS), 3.0))
    policy = load_preset("balanced")
    assert [
        [met.above for met in met_thresholds(policy, examples, logits, how) if met.texts]
        for how in (AS_IS, surer)
    ] == [[0, 0], [1, 1]]


def test_what_has_no_text_has_no_share() -> None:
    examples, logits = insults([0.0], [0.1])
    threat = next(
        met
        for met in met_thresholds(load_preset("balanced"), examples, logits, AS_IS)
        if met.label is Label.THREAT
    )
    assert (threat.precision, threat.recall, threat.false_alarms) == (None, None, None)

"""The first stage: what it spares is decided on texts it was not fitted to, and seldom wrong."""

from pathlib import Path

import numpy as np
import pytest

from bot.policy.policy_file import load_preset
from bot.training.first_stage import fit_first_stage, highest_risk, lowest_thresholds
from bot.training.network import build_network, load_tokenizer, logits_of
from bot.training.sources import LABELS
from config.labels import Label

KIND, ROTTEN = ["nice kind friend", "the good day"], ["rotten fool you are", "you bad fool"]


def test_thresholds_are_the_lowest_of_a_policy_in_logits() -> None:
    found = dict(zip(LABELS, lowest_thresholds(load_preset("strict")).tolist(), strict=True))
    # slur is flagged from .40 of identity_attack; harassment from .50 of toxicity times .65.
    assert found[Label.IDENTITY_ATTACK] == pytest.approx(np.log(0.40 / 0.60), abs=1e-4)
    assert found[Label.TOXICITY] == pytest.approx(np.log((0.5 / 0.65) / (1 - 0.5 / 0.65)), abs=1e-4)
    assert found[Label.OBSCENE] == np.inf  # no category is built from it


@pytest.mark.parametrize(
    ("flagged", "share", "margin"),
    [
        ([False, False, True, False], 0.0, 2.0),  # up to the first that is flagged
        ([False, False, True, False], 0.25, 4.0),  # one of four may be
        ([False, False, True, False], 0.3, 4.0),
        ([True, False, False, False], 0.2, -np.inf),  # one of one, of two, ... is too many
    ],
)
def test_the_limit_is_the_highest_that_keeps_the_share(
    flagged: list[bool], share: float, margin: float
) -> None:
    risks = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
    assert highest_risk(risks, np.array(flagged), share) == margin


def test_it_estimates_what_the_network_says(base: Path) -> None:
    network, tokenizer = build_network(base, 1), load_tokenizer(base)
    texts = [f"{text} {word}" for text in (*KIND, *ROTTEN) for word in ("day", "friend", "fool")]
    stage = fit_first_stage(network, tokenizer, texts * 20, texts, "f00")
    assert (stage.weights_sha256, stage.after_layer) == ("f00", 1)
    assert np.array(stage.weight).shape == (6, 16)
    flagged = logits_of(network, tokenizer, texts) >= lowest_thresholds(load_preset("strict"))
    assert stage.proof.texts == len(texts)
    assert stage.proof.changed <= stage.proof.spared / 2000
    assert stage.proof.spared <= len(texts) - int(flagged.any(axis=1).sum())

"""The bundled model's compiled form as it ships: fresh, run by default, true to the original."""

import asyncio
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.domain.reading import Reading
from bot.domain.scores import Scores
from bot.scoring.compiled_form import MANIFEST, Figures, Manifest
from bot.scoring.compiling import sample_texts
from bot.scoring.location import COMPACT
from bot.scoring.scorer import EngineChoice, load_scorer

MEAN, LARGEST = 0.006, 0.08
"""What int8 may cost in a score, on average and at worst. Half of the sample has scores in the
middle, where a sigmoid is steep: of real comments the mean is to be half of this."""

CHANGED = 0.04
"""Share of the sample's verdicts that may change. Half of the sample stands near some threshold on
purpose; of real comments it is to be an eighth of this."""


@pytest.fixture(scope="module")
def figures() -> Figures:
    return Manifest.model_validate_json((COMPACT / MANIFEST).read_bytes()).figures


def values(scored: list[Scores]) -> np.ndarray:
    return np.array([[score.value for score in one.by_label.values()] for one in scored])


def test_it_is_what_runs_when_nothing_else_is_asked_for(compact):
    assert compact.model.name == "compact int8"
    assert compact.model == load_scorer(engine=EngineChoice.COMPILED).model


def test_when_it_was_made_it_was_true_to_the_original(figures):
    assert figures.mean_deviation <= MEAN
    assert figures.largest_deviation <= LARGEST
    assert figures.changed_verdicts <= CHANGED * figures.texts


def test_it_is_still_true_to_the_original(compact):
    readings = [Reading(text, text) for text in sample_texts()[::3]]
    eager = load_scorer(engine=EngineChoice.EAGER)

    expected = values(asyncio.run(eager.score(readings)))
    deviations = np.abs(values(asyncio.run(compact.score(readings))) - expected)

    assert deviations.mean() <= MEAN
    assert deviations.max() <= LARGEST


def test_scoring_with_it_loads_no_torch():
    code = (
        "import asyncio, sys\n"
        "from bot.domain.reading import Reading\n"
        "from bot.scoring.scorer import load_scorer\n"
        "asyncio.run(load_scorer().score([Reading('you idiot', 'you idiot')]))\n"
        "print({'torch', 'transformers', 'detoxify', 'onnx'} & sys.modules.keys())"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )

    assert done.stdout.strip() == "set()"

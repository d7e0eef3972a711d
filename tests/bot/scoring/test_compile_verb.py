"""The verb `compile`: what it prints, and what it leaves."""

import argparse
import re
import shutil
from pathlib import Path

import pytest
import torch

from bot import compile as verb
from bot.errors import ScoringError
from bot.scoring.compiled_form import CACHE_VARIABLE
from bot.scoring.scorer import EngineChoice, load_scorer


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def run(model: Path) -> int:
    parser = argparse.ArgumentParser()
    verb.add_arguments(parser)
    return verb.run(parser.parse_args([str(model)]))


def test_a_model_is_compiled_and_how_true_it_is_is_printed(calm, capsys):
    assert run(calm) == 0

    printed = capsys.readouterr().out
    assert printed.startswith("calm: compiled, 0.1 MB, in ")
    assert re.search(r"differ from the original's by 0\.00\d\d on average and 0\.0\d\d at", printed)
    assert "under the policy balanced changed: " in printed
    scorer = load_scorer(str(calm), engine=EngineChoice.COMPILED)
    assert scorer.model.name == "calm int8"


def test_a_model_that_int8_would_spoil_is_refused(bert, tmp_path, cache):
    shutil.copytree(bert.settings, tmp_path / "settings")
    weights = dict(bert.content["state_dict"])
    weights["classifier.weight"] = weights["classifier.weight"] * 10
    torch.save({**bert.content, "state_dict": weights}, tmp_path / "wild.ckpt")

    with pytest.raises(ScoringError, match=r"^wild: compiled, its scores differ .* at most 0\.01"):
        run(tmp_path / "wild.ckpt")

    assert not cache.exists()

"""The compiled engine against the eager one, on tiny random models of every family."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from bot.domain.reading import Reading
from bot.errors import ModelUnavailableError, ScoringError
from bot.scoring import onnx_engine
from bot.scoring.checkpoint import read_checkpoint
from bot.scoring.compiled_form import CACHE_VARIABLE, find_form
from bot.scoring.compiling import Limits, compile_model, sample_texts
from bot.scoring.detoxify_engine import DetoxifyEngine
from bot.scoring.location import locate
from bot.scoring.onnx_engine import OnnxEngine
from bot.scoring.scorer import EngineChoice, load_scorer
from bot.scoring.windows import Window, batches

ROOT = Path(__file__).parents[3]

THREE = (EngineChoice.AUTO, EngineChoice.EAGER, EngineChoice.COMPILED)

ANY = Limits(mean_deviation=1, largest_deviation=1, changed_verdicts=1000)

MEAN, LARGEST = 0.035, 0.6
"""How far a tiny random model's int8 scores may be off. Each factor of a product is rounded to
1/127 of its row's extent: an error of 1/127/sqrt(12) = 0.0023, or 0.007 of the usual value, which
is a third of the extent. The 12 products of two layers add up to 0.007 * sqrt(12) = 0.024. Weights
of 0.6 * sqrt(16) = 2.4 multiply that twice on the way to a logit: 0.14, and the sigmoid's slope of
at most 1/4 leaves 0.035. Four times that is 0.14; ALBERT's two layers are one, whose errors add up
instead of cancelling, and threefold that leaves no room for luck. Where the scale is the same for
all rows, it is that of the farthest ones, and coarser for the usual one."""


class Pair(NamedTuple):
    """One model, run by both engines, and how to load it again."""

    path: str
    cache: Path
    eager: DetoxifyEngine
    compiled: OnnxEngine


@pytest.fixture(scope="module")
def pair(any_model, tmp_path_factory) -> Pair:
    path, cache = str(any_model.checkpoint), tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(cache))
        asyncio.run(compile_model(path, lambda *_: None, ANY))
        form = find_form(locate(path))
    assert form is not None
    eager = DetoxifyEngine(read_checkpoint(any_model.checkpoint), any_model.settings)
    return Pair(path, cache, eager, OnnxEngine(form))


def score(engine, windows: list[Window]) -> np.ndarray:
    rows = np.zeros((len(windows), len(engine.labels)))
    for batch in batches(windows, max_tokens=2048):
        rows[batch] = engine.score([windows[at] for at in batch])
    return rows


def test_scores_are_close_to_the_eager_ones(pair):
    windows = [window for pieces in pair.eager.cut(sample_texts()) for window in pieces]

    eager, compiled = score(pair.eager, windows), score(pair.compiled, windows)

    assert pair.compiled.labels == pair.eager.labels
    assert np.abs(compiled - eager).mean() <= MEAN
    assert np.abs(compiled - eager).max() <= LARGEST
    # The comparison would be empty if a random model said much the same of every text.
    assert eager.std(axis=0).mean() > 4 * MEAN


def test_texts_are_cut_as_the_eager_engine_cuts_them(pair):
    texts = [*sample_texts(), "", "[SEP] </s> [PAD] <pad> you", "\ud800 half", "you are " * 600]

    assert pair.compiled.cut(texts) == pair.eager.cut(texts)
    assert len(pair.compiled.cut(texts)[-1]) > 4


def test_a_score_does_not_depend_on_the_texts_scored_beside_it(pair):
    windows = [window for [window] in pair.compiled.cut(sample_texts()[:40])]

    together = np.array(pair.compiled.score(windows))
    backwards = np.array(pair.compiled.score(windows[::-1]))[::-1]
    alone = np.array([pair.compiled.score([window])[0] for window in windows])

    assert len({len(window.ids) for window in windows}) > 5  # a ragged batch
    # Only sums of float32 in another order: not one step of 1/127 on a grid shared by a batch.
    assert together == pytest.approx(alone, abs=1e-5)
    assert together == pytest.approx(backwards, abs=1e-5)


def test_the_exact_kernels_of_older_processors_give_the_same_scores(pair, monkeypatch):
    windows = [window for [window] in pair.compiled.cut(sample_texts()[:40])]
    monkeypatch.setenv(CACHE_VARIABLE, str(pair.cache))
    monkeypatch.setattr(onnx_engine, "has_any", lambda _: False)

    older = OnnxEngine(find_form(locate(pair.path)))

    assert np.array(older.score(windows)) == pytest.approx(
        np.array(pair.compiled.score(windows)), abs=1e-5
    )


@pytest.mark.parametrize(("machine", "is_said"), [("x86_64", True), ("aarch64", False)])
def test_that_they_are_used_is_said(monkeypatch, capfd, machine, is_said):
    monkeypatch.setattr(onnx_engine, "has_any", lambda _: False)
    monkeypatch.setattr(onnx_engine.platform, "machine", lambda: machine)
    load_scorer("compact")
    assert ("exact kernels" in capfd.readouterr().err) is is_said


async def test_a_compiled_model_is_preferred_and_says_that_it_is_one(pair, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(pair.cache))

    auto, eager, compiled = (load_scorer(pair.path, engine=choice) for choice in THREE)
    readings = [Reading(text, text) for text in sample_texts()[:20]]

    assert [each.model.name for each in (auto, eager, compiled)] == [
        "tiny int8",
        "tiny",
        "tiny int8",
    ]
    assert auto.model.sha256 == eager.model.sha256
    assert await auto.score(readings) == await compiled.score(readings)


def test_a_model_that_is_not_compiled_runs_eagerly_unless_that_is_not_wanted(
    bert, tmp_path, monkeypatch
):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    path = str(bert.checkpoint)

    assert load_scorer(path).model.name == "tiny"
    with pytest.raises(
        ModelUnavailableError, match=r"tiny is not compiled .* compile .*tiny\.ckpt"
    ):
        load_scorer(path, engine=EngineChoice.COMPILED)


def test_onnx_runtime_notes_and_tells_nothing(pair, tmp_path):
    code = "import sys; from bot.scoring.scorer import load_scorer; load_scorer(sys.argv[1])"
    home = {name: str(tmp_path) for name in ("HOME", "XDG_CACHE_HOME", "TMPDIR")}

    subprocess.run(
        [sys.executable, "-c", code, pair.path],
        check=True,
        cwd=ROOT,
        env={**os.environ, CACHE_VARIABLE: str(pair.cache), **home},
    )

    assert list(tmp_path.rglob("*")) == []


def test_a_running_compiled_model_needs_neither_torch_nor_transformers(pair):
    code = (
        "import asyncio, sys\n"
        "from bot.domain.reading import Reading\n"
        "from bot.scoring.scorer import load_scorer\n"
        "scorer = load_scorer(sys.argv[1])\n"
        "[scores] = asyncio.run(scorer.score([Reading('you idiot', 'you idiot')]))\n"
        "print(scores.model.name, len(scores.by_label))\n"
        "print({'torch', 'transformers', 'detoxify', 'onnx'} & sys.modules.keys())"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, pair.path],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, CACHE_VARIABLE: str(pair.cache)},
    )

    assert done.stdout.splitlines() == [f"tiny int8 {len(pair.compiled.labels)}", "set()"]


def test_a_graph_that_no_runtime_reads_is_one_sentence(pair, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(pair.cache))
    form = find_form(locate(pair.path))
    broken = type(form)("here", form.weights_sha256, form.layout, b"no graph", form.tokenizer)

    with pytest.raises(ScoringError, match="here: cannot be run") as caught:
        OnnxEngine(broken)
    assert "\n" not in str(caught.value)

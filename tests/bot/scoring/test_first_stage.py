"""The first stage: who stops there gets its estimate, and nobody else notices."""

from typing import Any

import numpy as np
import pytest
from onnx import helper

from bot.errors import ScoringError
from bot.scoring.checkpoint import read_checkpoint
from bot.scoring.compiled_form import MARK, CompiledForm, Layout, mark_of
from bot.scoring.compiling import sample_texts
from bot.scoring.detoxify_engine import DetoxifyEngine
from bot.scoring.first_stage import FIRST_STAGE, FirstStage, Proof, read_first_stage
from bot.scoring.int8_graph import build_graph
from bot.scoring.onnx_engine import OnnxEngine

NOBODY, EVERYBODY = -99.0, 99.0
"""Limits: estimates that are below are those of texts that stop."""


def a_stage(outputs: int, *, highest: float, weight: float = 0.0) -> FirstStage:
    """After one layer; estimates are `weight` times the sum of the mean token, plus -2."""
    return FirstStage(
        weights_sha256="f00",
        after_layer=1,
        weight=((weight,) * 8 + (0.0,) * 8,) * outputs,
        bias=(-2.0,) * outputs,
        highest=(highest,) * outputs,
        proof=Proof(policy="strict", texts=1, spared=1, changed=0),
    )


@pytest.fixture(scope="module")
def eager(any_model) -> DetoxifyEngine:
    return DetoxifyEngine(read_checkpoint(any_model.checkpoint), any_model.settings)


def compiled(eager: DetoxifyEngine, stage: FirstStage | None, *, may_stop: bool) -> OnnxEngine:
    parts = eager.parts
    state: dict[str, Any] = parts.network.state_dict()
    weights = {name: tensor.numpy() for name, tensor in state.items()}
    graph = build_graph(weights, parts.network.config, list(parts.columns.values()), stage)
    layout = Layout(
        labels=tuple(parts.columns),
        capacity=parts.capacity,
        pad_id=parts.pad_id,
        unknown_id=parts.unknown_id,
        has_first_stage=stage is not None,
    )
    tokenizer = parts.tokenizer.to_str().encode()
    helper.set_model_props(graph, {MARK: mark_of("f00", layout, tokenizer)})
    form = CompiledForm("tiny", "f00", layout, graph.SerializeToString(), tokenizer)
    return OnnxEngine(form, may_stop=may_stop)


def outputs_of(eager: DetoxifyEngine) -> int:
    return eager.parts.network.config.num_labels


def windows_of(eager: DetoxifyEngine) -> list[Any]:
    return [window for [window] in eager.cut(sample_texts()[:40])]


@pytest.mark.parametrize(("highest", "may_stop"), [(EVERYBODY, False), (NOBODY, True)])
def test_where_nobody_stops_scores_are_the_whole_model_s(eager, highest, may_stop):
    stage = a_stage(outputs_of(eager), highest=highest)

    found = compiled(eager, stage, may_stop=may_stop).score(windows_of(eager))

    plain = compiled(eager, None, may_stop=False).score(windows_of(eager))
    assert np.array(found) == pytest.approx(np.array(plain), abs=1e-6)


def test_where_everybody_stops_scores_are_the_estimates(eager):
    stage = a_stage(outputs_of(eager), highest=EVERYBODY)

    found = compiled(eager, stage, may_stop=True).score(windows_of(eager))

    # The bias alone: the sigmoid of -2.
    assert np.array(found) == pytest.approx(1 / (1 + np.exp(2.0)), abs=1e-6)


def test_some_stop_and_the_others_are_scored_as_ever(eager):
    windows = windows_of(eager)
    loose = a_stage(outputs_of(eager), highest=EVERYBODY, weight=1.0)
    estimates = np.array(compiled(eager, loose, may_stop=True).score(windows))
    plain = np.array(compiled(eager, None, may_stop=False).score(windows))
    middle = float(np.median(np.log(estimates[:, 0] / (1 - estimates[:, 0]))))
    stops = estimates[:, 0] <= 1 / (1 + np.exp(-middle))
    assert 5 < stops.sum() < len(windows) - 5

    found = compiled(
        eager, a_stage(outputs_of(eager), highest=middle, weight=1.0), may_stop=True
    ).score(windows)

    wanted = np.where(stops[:, None], estimates, plain)
    assert np.array(found) == pytest.approx(wanted, abs=1e-5)


def test_who_stops_does_not_depend_on_the_texts_beside_it(eager):
    windows = windows_of(eager)
    loose = a_stage(outputs_of(eager), highest=EVERYBODY, weight=1.0)
    estimates = np.array(compiled(eager, loose, may_stop=True).score(windows))
    # Between two texts' estimates, not on one.
    [lower, upper] = np.sort(np.unique(np.log(estimates / (1 - estimates))[:, 0].round(4)))[9:11]
    stage = a_stage(outputs_of(eager), highest=float(lower + upper) / 2, weight=1.0)
    engine = compiled(eager, stage, may_stop=True)

    alone = np.array([engine.score([window])[0] for window in windows])

    assert np.array(engine.score(windows)) == pytest.approx(alone, abs=1e-5)


def test_a_model_without_the_file_has_no_first_stage(tmp_path):
    assert read_first_stage(tmp_path, "f00") is None


@pytest.mark.parametrize(
    ("content", "weights", "sentence"),
    [
        ("{}", "f00", "is no first stage of this version"),
        ("", "f00", "is no first stage of this version"),
        (a_stage(6, highest=0.0).model_dump_json(), "ba4", "fitted to other weights"),
    ],
)
def test_a_first_stage_that_does_not_fit_is_refused(tmp_path, content, weights, sentence):
    (tmp_path / FIRST_STAGE).write_text(content)

    with pytest.raises(ScoringError, match=sentence):
        read_first_stage(tmp_path, weights)

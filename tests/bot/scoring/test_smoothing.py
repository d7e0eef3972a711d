"""Fixed scales: what the weights take over from channels that are larger than the others."""

import numpy as np
import pytest

from bot.scoring.layers import Layer
from bot.scoring.smoothing import MARGIN, STEPS, smooth

LAYER = Layer("query", "key", "value", "attention", "norm 1", "widen", "narrow", "norm 2")
SIZE, WIDE = 6, 9
RANGES = {
    "query": np.array([1, 1, 40, 1, 0, 2], np.float32),
    "attention": np.array([1, 2, 1, 3, 1, 1], np.float32),
    "widen": np.array([1, 1, 1, 1, 28, 1], np.float32),
}


@pytest.fixture
def weights() -> dict[str, np.ndarray]:
    chance = np.random.default_rng(1)
    shapes = dict.fromkeys(("query", "key", "value", "attention"), (SIZE, SIZE))
    shapes |= {"widen": (WIDE, SIZE), "narrow": (SIZE, WIDE)}
    return {f"{name}.weight": chance.normal(size=shape) for name, shape in shapes.items()} | {
        f"{name}.bias": chance.normal(size=shape[0]) for name, shape in shapes.items()
    }


@pytest.mark.parametrize("name", ["query", "key", "widen"])
def test_a_layer_gives_the_same_for_what_is_divided_beforehand(weights, name):
    smoothed = smooth(weights, [LAYER], RANGES)
    given = np.random.default_rng(2).normal(size=SIZE)
    factors = smoothed.factors["query" if name == "key" else name]
    now = smoothed.weights[f"{name}.weight"] @ (given * factors)
    assert now == pytest.approx(weights[f"{name}.weight"] @ given)


def test_what_is_mixed_is_made_smaller_before_it_is_mixed(weights):
    smoothed = smooth(weights, [LAYER], RANGES)
    given = np.random.default_rng(2).normal(size=SIZE)

    def attended(w: dict[str, np.ndarray], given: np.ndarray) -> np.ndarray:
        value = w["value.weight"] @ given + w["value.bias"]
        return w["attention.weight"] @ value

    assert "attention" not in smoothed.factors
    assert attended(dict(smoothed.weights), given * smoothed.factors["query"]) == pytest.approx(
        attended(weights, given)
    )


@pytest.mark.parametrize("name", ["query", "widen"])
def test_nothing_that_was_seen_leaves_the_scale_and_no_channel_drowns(weights, name):
    smoothed = smooth(weights, [LAYER], RANGES)
    farthest = RANGES[name] * smoothed.factors[name] / smoothed.scales[name]
    assert farthest.max() == pytest.approx(STEPS / MARGIN)
    # One channel goes 28 or 40 times as far as the usual one, which would have 3 or 4 steps.
    assert np.median(farthest[RANGES[name] > 0]) > 20


def test_a_layer_that_returns_is_smoothed_once(weights):
    once, twice = (smooth(weights, [LAYER] * count, RANGES) for count in (1, 2))
    assert all(np.array_equal(once.weights[name], twice.weights[name]) for name in weights)


def test_what_goes_into_the_narrow_layer_has_no_fixed_scale(weights):
    smoothed = smooth(weights, [LAYER], RANGES)
    assert set(smoothed.scales) == {"query", "attention", "widen"}
    assert smoothed.weights["narrow.weight"] is weights["narrow.weight"]

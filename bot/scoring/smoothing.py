"""Scales fixed beforehand: how far what goes into a network's layers goes, and weights to suit it.

A few channels of what goes into a layer are many times as large as the others, and would leave
them few of a byte's steps. They are divided by a factor, and the weights that they meet multiplied
by it (Xiao et al., "SmoothQuant", 2023). Not the graph (`bot.scoring.int8_graph`) and not the
watching (`bot.scoring.watching`). Called by `int8_graph`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bot.scoring.layers import Layer

STRENGTH = 0.85
"""How much of the difference between channels the weights take over: 0 is nothing, 1 is all."""
MARGIN = 1.1
"""A little farther than anything that was seen; what goes beyond counts as this."""
STEPS = 127

Array = NDArray[np.float32]
Weights = Mapping[str, Array]
Ranges = Mapping[str, Array]
"""By the name of a layer's weights: the largest magnitude of each channel that goes in."""


@dataclass(frozen=True, slots=True)
class Smoothed:
    """A network's weights, and how what goes into a layer is quantised, by the layer's name.

    It is multiplied by `factors`, [channels], where there are any, and rounded to steps of
    `scales`. A layer that is in neither has no scale fixed.
    """

    weights: Weights
    factors: Mapping[str, Array] = field(default_factory=dict[str, Array])
    scales: Mapping[str, np.float32] = field(default_factory=dict[str, np.float32])


def smooth(weights: Weights, layers: Iterable[Layer], ranges: Ranges) -> Smoothed:
    """Fix the scales of what goes into attention, out of its mixing, and into the wide layer.

    What goes into the narrow layer keeps a scale for each token: there one channel of few tokens
    is ten times as large as all else.
    """
    smoothed = dict(weights)
    factors: dict[str, Array] = {}
    scales: dict[str, np.float32] = {}
    for layer in {layer.query: layer for layer in layers}.values():
        for names in ((layer.query, layer.key, layer.value), (layer.attention,), (layer.widen,)):
            farthest = np.maximum(ranges[names[0]], np.float32(1e-3)) * np.float32(MARGIN)
            relief = _relief(farthest, [weights[f"{name}.weight"] for name in names])
            for name in names:
                smoothed[f"{name}.weight"] = smoothed[f"{name}.weight"] * relief
            scales[names[0]] = np.float32((farthest / relief).max() / STEPS)
            factors[names[0]] = np.reciprocal(relief)
        # What comes out of the mixing is as large as the values that go in: they are made smaller.
        made_smaller = factors.pop(layer.attention)
        for kind, shaped in (("weight", made_smaller[:, None]), ("bias", made_smaller)):
            name = f"{layer.value}.{kind}"
            smoothed[name] = smoothed[name] * shaped
    return Smoothed(smoothed, factors, scales)


def _relief(farthest: Array, weights: Sequence[Array]) -> Array:
    """Say by how much each channel is divided: [channels]."""
    heaviest = np.maximum.reduce([np.abs(each).max(axis=0) for each in weights])
    heaviest = np.maximum(heaviest, np.float32(1e-4))
    return (farthest**STRENGTH / heaviest ** (1 - STRENGTH)).astype(np.float32)

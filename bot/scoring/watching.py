"""Watches an eager network at work: how far what goes into its layers goes.

Called by `bot.scoring.compiling`; what is made of it stands in `bot.scoring.smoothing`.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

import numpy as np
from torch import Tensor

from bot.scoring.detoxify_engine import DetoxifyEngine
from bot.scoring.layers import layers_of
from bot.scoring.smoothing import Array, Ranges


def watch(eager: DetoxifyEngine, texts: Iterable[str]) -> Ranges:
    """Have texts scored, and give the largest magnitude of each channel, by layer."""
    found: dict[str, Array] = {}

    def watcher(name: str) -> Callable[[Any, tuple[Tensor, ...]], None]:
        def see(_: Any, given: tuple[Tensor, ...]) -> None:
            largest = given[0].detach().abs().flatten(0, -2).amax(0).numpy()
            found[name] = np.maximum(found.get(name, largest), largest)

        return see

    network = eager.parts.network
    layers = list(layers_of(network.config))
    names = {name for each in layers for name in (each.query, each.attention, each.widen)}
    with ExitStack() as stack:
        for name in names:
            module = network.get_submodule(name)
            stack.callback(module.register_forward_pre_hook(watcher(name)).remove)
        for windows in eager.cut(list(texts)):
            for window in windows:  # one by one: padding would be seen as well
                eager.score([window])
    return found

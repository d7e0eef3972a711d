"""Where a network's weights are called what: the names of its layers, in the order they run.

Not the weights. Detoxify's four families name them in two ways. Called by what compiles a model.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Layer:
    """The names of one layer's weights."""

    query: str
    key: str
    value: str
    attention: str
    attention_norm: str
    widen: str
    narrow: str
    norm: str


def root_of(config: Any) -> str:
    """Say what all names of a network's own weights begin with. `config` is transformers' own."""
    return "roberta" if "roberta" in config.model_type else config.model_type


def layers_of(config: Any) -> Iterator[Layer]:
    """Name the weights of each layer, from the first to the last; ALBERT's return."""
    root, count = root_of(config), config.num_hidden_layers
    if root != "albert":
        for at in range(count):
            prefix = f"{root}.encoder.layer.{at}."
            yield Layer(
                query=f"{prefix}attention.self.query",
                key=f"{prefix}attention.self.key",
                value=f"{prefix}attention.self.value",
                attention=f"{prefix}attention.output.dense",
                attention_norm=f"{prefix}attention.output.LayerNorm",
                widen=f"{prefix}intermediate.dense",
                narrow=f"{prefix}output.dense",
                norm=f"{prefix}output.LayerNorm",
            )
        return
    for at in range(count):
        group = at * config.num_hidden_groups // count
        for inner in range(config.inner_group_num):
            prefix = f"albert.encoder.albert_layer_groups.{group}.albert_layers.{inner}."
            yield Layer(
                query=f"{prefix}attention.query",
                key=f"{prefix}attention.key",
                value=f"{prefix}attention.value",
                attention=f"{prefix}attention.dense",
                attention_norm=f"{prefix}attention.LayerNorm",
                widen=f"{prefix}ffn",
                narrow=f"{prefix}ffn_output",
                norm=f"{prefix}full_layer_layer_norm",
            )

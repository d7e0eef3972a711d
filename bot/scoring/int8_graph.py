"""The int8 graph: a Detoxify network's weights written down for ONNX Runtime.

It is written by hand, because the exporters leave the attention of current transformers unfused,
and because their int8 shares one scale among all texts of a batch, so that a comment's score would
depend on its neighbours (by up to 0.05). Here each token has its own. Not the check that it is
right: `bot.scoring.compiling`, which calls this, compares it with the eager network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bot.errors import ScoringError
from bot.scoring.first_stage import FirstStage
from bot.scoring.layers import Layer, layers_of

OPSET, IR_VERSION = 18, 8
"""Old enough for every ONNX Runtime since 1.14."""

FUSED = "com.microsoft"
FUSED_OPERATORS = frozenset({"FastGelu", "FusedMatMul", "Gelu", "MatMulIntegerToFloat"})

ACTIVATIONS = {"gelu": "Gelu", "gelu_new": "FastGelu"}
"""By their names in config.json."""

GELU_FLOOR, GELU_ZERO = -0.17, 32
"""No GELU goes below -0.16998, so 32 of its outputs' 256 steps below zero are enough."""

FAR_BELOW = -1e4
"""What is added where a text has no token: after the softmax nothing is left of it."""

TINY = 1e-9

Weights = Mapping[str, NDArray[np.float32]]


def build_graph(
    weights: Weights,
    config: Any,
    columns: Sequence[int],
    first_stage: FirstStage | None = None,
) -> onnx.ModelProto:
    """Write a network down, with the sigmoid and with `columns` of its outputs alone.

    Inputs: `ids`, int64 [texts, tokens], and `lengths`, int32 [texts]: how many of a row are
    tokens and not padding; with a first stage `may_stop` too, a bool: whether texts that it finds
    harmless may stop there. Output: `scores`, float32 [texts, columns], each in [0, 1].
    `config` is transformers' own for a BERT, ALBERT, RoBERTa or XLM-R with these `weights`.

    Raises:
        ScoringError: the network has a part that is not known here.
    """
    if config.hidden_act not in ACTIVATIONS:
        raise ScoringError(
            f"this model's activation {config.hidden_act!r} cannot be compiled, "
            f"expected {' or '.join(ACTIVATIONS)}"
        )
    return _Writer(weights, config).write(columns, first_stage)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Activations as bytes, each token (row) with its own scale: scale * (values - zero) + floor.

    The fields name values in the graph; `scale` and `floor` are [tokens, 1]. No floor is 0.
    """

    values: str
    scale: str
    zero: str
    floor: str | None = None


class _Writer:
    """Writes one graph. Between attentions all texts' tokens are rows of one matrix."""

    def __init__(self, weights: Weights, config: Any) -> None:
        self._weights = weights
        self._config = config
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, TensorProto] = {}
        self._root = "roberta" if "roberta" in config.model_type else config.model_type
        self._texts = self._op("Shape", "ids", start=0, end=1)
        self._width = self._op("Shape", "ids", start=1, end=2)

    def write(self, columns: Sequence[int], stage: FirstStage | None) -> onnx.ModelProto:
        tokens, is_padding = self._embedding(), self._is_padding()
        mask = self._mask(is_padding)
        layers = list(layers_of(self._config, self._root))
        if stage is not None and stage.after_layer >= len(layers):
            raise ScoringError(
                f"its first stage comes after layer {stage.after_layer}, expected one of the "
                f"first {len(layers) - 1}"
            )
        sifted: tuple[str, str] | None = None
        for number, layer in enumerate(layers):
            if stage is not None and number == stage.after_layer:
                sifted = self._sift(tokens, is_padding, stage)
                tokens, mask = self._pick(tokens, mask, sifted[1])
            if layer is not layers[-1]:
                tokens = self._encode(tokens, tokens, mask, layer)
        # Only a text's first token is read in the end: the last layer is made for it alone.
        first = self._op(
            "Gather", self._by_text(tokens), self._constant("zeroth", np.array(0)), axis=1
        )
        first = self._encode(first, tokens, mask, layers[-1])
        logits = self._head(first, columns)
        if sifted is not None:
            estimates, going_on = sifted
            wanted = self._constant("columns", np.array(columns))
            estimates = self._op("Gather", estimates, wanted, axis=1)
            logits = self._op("ScatterND", estimates, going_on, logits)
        scores = self._op("Sigmoid", logits)
        self._nodes.append(helper.make_node("Identity", [scores], ["scores"]))
        inputs = [
            helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "tokens"]),
            helper.make_tensor_value_info("lengths", TensorProto.INT32, ["texts"]),
        ]
        if stage is not None:
            inputs.append(helper.make_tensor_value_info("may_stop", TensorProto.BOOL, []))
        outputs = [
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["texts", len(columns)])
        ]
        graph = helper.make_graph(
            self._nodes, "detoxify", inputs, outputs, list(self._constants.values())
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)]
        return helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="evenhand"
        )

    # The network's parts

    def _embedding(self) -> str:
        """Look up words, positions and the one token type: [all tokens, hidden]."""
        prefix = f"{self._root}.embeddings."
        words = self._weights[f"{prefix}word_embeddings.weight"]
        values, scale = _quantise(words, axis=1)
        found = self._op("Gather", self._constant("words", values), "ids")
        scales = self._op("Gather", self._constant("words.scale", scale), "ids")
        words_here = self._op("Mul", self._op("Cast", found, to=TensorProto.FLOAT), scales)
        # RoBERTa counts positions from the one after the padding's.
        first = self._config.pad_token_id + 1 if self._root == "roberta" else 0
        positions = self._weights[f"{prefix}position_embeddings.weight"][first:]
        places = positions + self._weights[f"{prefix}token_type_embeddings.weight"][0]
        start = self._constant("start", np.array([0]))
        places_here = self._op("Slice", self._constant("places", places), start, self._width, start)
        summed = self._op("Add", words_here, places_here)
        name = f"{prefix}LayerNorm"
        norm = (self._named(f"{name}.weight"), self._named(f"{name}.bias"))
        tokens = self._op(
            "LayerNormalization", summed, *norm, axis=-1, epsilon=self._config.layer_norm_eps
        )
        rows = self._op("Reshape", tokens, self._constant("rows", np.array([-1, words.shape[1]])))
        if self._root != "albert":
            return rows
        mapping = "albert.encoder.embedding_hidden_mapping_in"
        mapped = self._product(self._spread(rows), mapping)
        return self._op("Add", mapped, self._named(f"{mapping}.bias"))

    def _encode(self, asking: str, tokens: str, mask: str, layer: Layer) -> str:
        """Run one layer for the tokens that ask, which may look at all tokens of their text."""
        mixed = self._balance(self._attend(asking, tokens, mask, layer))
        asking = self._add_and_norm(mixed, asking, layer.attention, layer.attention_norm)
        wide = self._op(
            "Add",
            self._product(self._balance(asking), layer.widen),
            self._named(f"{layer.widen}.bias"),
        )
        wide = self._op(ACTIVATIONS[self._config.hidden_act], wide)
        return self._add_and_norm(self._above_floor(wide), asking, layer.narrow, layer.norm)

    def _attend(self, asking: str, tokens: str, mask: str, layer: Layer) -> str:
        """Let tokens look at those of their text: as many rows as ask, [rows, hidden].

        Written out, because the fused operator takes half as long again where rows are padded. A
        key's bias adds the same to all that one token looks at, so the softmax takes it away.
        """
        # What the queries and keys are made from decides most: it gets the finer of two grids.
        rows = self._spread(tokens)
        asked = rows if asking == tokens else self._spread(asking)
        query = self._op(
            "Add", self._product(asked, layer.query), self._named(f"{layer.query}.bias")
        )
        value = self._op(
            "Add", self._product(rows, layer.value), self._named(f"{layer.value}.bias")
        )
        one = self._constant("one token", np.array([1]))
        query = self._by_head(query, self._width if asking == tokens else one)
        key = self._by_head(self._product(rows, layer.key), self._width)
        value = self._by_head(value, self._width)
        size = self._config.hidden_size // self._config.num_attention_heads
        likeness = self._op("FusedMatMul", query, key, transB=1, alpha=size**-0.5)
        shares = self._op("Softmax", self._op("Add", likeness, mask), axis=-1)
        mixed = self._op("Transpose", self._op("MatMul", shares, value), perm=[0, 2, 1, 3])
        return self._op("Reshape", mixed, self._constant_row_shape())

    def _add_and_norm(self, rows: _Rows, skipped: str, dense: str, norm: str) -> str:
        # Not as one SkipLayerNormalization: ONNX Runtime (1.32) takes 7 times as long for it.
        summed = self._op("Add", self._product(rows, dense), self._named(f"{dense}.bias"))
        return self._op(
            "LayerNormalization",
            self._op("Add", summed, skipped),
            self._named(f"{norm}.weight"),
            self._named(f"{norm}.bias"),
            axis=-1,
            epsilon=self._config.layer_norm_eps,
        )

    # The first stage

    def _sift(self, tokens: str, is_padding: str, stage: FirstStage) -> tuple[str, str]:
        """Estimate every text's outputs from the mean of its tokens, and say which texts go on.

        Gives the estimates, [texts, labels], and the numbers of the texts that go on, [them, 1].
        """
        lengths = self._op("Cast", "lengths", to=TensorProto.FLOAT)
        second = self._constant("second", np.array([1]))
        is_token = self._op("Cast", self._op("Not", is_padding), to=TensorProto.FLOAT)
        shares = self._op("Div", is_token, self._op("Unsqueeze", lengths, second))
        mean = self._op("MatMul", self._op("Unsqueeze", shares, second), self._by_text(tokens))
        estimates = self._op(
            "Gemm",
            self._op("Squeeze", mean, second),
            self._constant("first_stage.weight", np.array(stage.weight, np.float32)),
            self._constant("first_stage.bias", np.array(stage.bias, np.float32)),
            transB=1,
        )
        above = self._op(
            "Sub",
            estimates,
            self._constant("first_stage.highest", np.array(stage.highest, np.float32)),
        )
        worst = self._op("ReduceMax", above, self._last(), keepdims=0)
        goes_on = self._op(
            "Or",
            self._op("Greater", worst, self._constant("float 0", np.float32(0))),
            self._op("Not", "may_stop"),
        )
        numbers = self._op("Transpose", self._op("NonZero", goes_on), perm=[1, 0])
        return estimates, numbers

    def _pick(self, tokens: str, mask: str, numbers: str) -> tuple[str, str]:
        """Go on with some texts alone: from here on they are all there are."""
        flat = self._op("Squeeze", numbers, self._last())
        picked = self._op("Gather", self._by_text(tokens), flat, axis=0)
        self._texts = self._op("Shape", flat)
        return (
            self._op("Reshape", picked, self._constant_row_shape()),
            self._op("Gather", mask, flat, axis=0),
        )

    # The network's head

    def _head(self, first: str, columns: Sequence[int]) -> str:
        """From each text's first token to its logits. It stays in float32: it costs nothing."""
        dense, out = {
            "bert": ("bert.pooler.dense", "classifier"),
            "albert": ("albert.pooler", "classifier"),
            "roberta": ("classifier.dense", "classifier.out_proj"),
        }[self._root]
        pooled = self._op(
            "Gemm", first, self._named(f"{dense}.weight"), self._named(f"{dense}.bias"), transB=1
        )
        return self._op(
            "Gemm",
            self._op("Tanh", pooled),
            self._constant("out.weight", self._weights[f"{out}.weight"][list(columns)]),
            self._constant("out.bias", self._weights[f"{out}.bias"][list(columns)]),
            transB=1,
        )

    # Bytes

    def _balance(self, tokens: str) -> _Rows:
        """Quantise each row between its largest magnitude and the negative of that."""
        magnitude = self._op("ReduceMax", self._op("Abs", tokens), self._last(), keepdims=1)
        scale = self._scale(magnitude, 127)
        zero = self._constant("middle", np.array(128, np.uint8))
        return _Rows(self._as_bytes(tokens, scale, zero), scale, zero)

    def _spread(self, tokens: str) -> _Rows:
        """Quantise each row between its lowest and its highest value."""
        lowest = self._op("ReduceMin", tokens, self._last(), keepdims=1)
        highest = self._op("ReduceMax", tokens, self._last(), keepdims=1)
        scale = self._scale(self._op("Sub", highest, lowest), 255)
        zero = self._constant("bottom", np.array(0, np.uint8))
        shifted = self._op("Sub", tokens, lowest)
        return _Rows(self._as_bytes(shifted, scale, zero), scale, zero, lowest)

    def _above_floor(self, tokens: str) -> _Rows:
        """Quantise what came out of a GELU: the few steps below zero are all its floor needs."""
        highest = self._op("ReduceMax", tokens, self._last(), keepdims=1)
        steps = self._constant("1/above", np.float32(1 / (255 - GELU_ZERO)))
        least = self._constant("least", np.float32(-GELU_FLOOR / GELU_ZERO))
        scale = self._op("Max", self._op("Mul", highest, steps), least)
        zero = self._constant("low", np.array(GELU_ZERO, np.uint8))
        return _Rows(self._as_bytes(tokens, scale, zero), scale, zero)

    def _scale(self, extent: str, steps: int) -> str:
        above_zero = self._op("Max", extent, self._constant("tiny", np.float32(TINY)))
        return self._op("Mul", above_zero, self._constant(f"1/{steps}", np.float32(1 / steps)))

    def _as_bytes(self, tokens: str, scale: str, zero: str) -> str:
        each = self._op("Squeeze", scale, self._last())
        zeros = self._op("Expand", zero, self._op("Shape", each))
        return self._op("QuantizeLinear", tokens, each, zeros, axis=0)

    def _product(self, rows: _Rows, name: str) -> str:
        """Multiply rows with a layer's weights."""
        values, scale = _quantise(self._weights[f"{name}.weight"].T, axis=0)
        product = self._op(
            "MatMulIntegerToFloat",
            rows.values,
            self._constant(self._unused(f"{name}.weight"), values),
            self._constant("one", np.float32(1)),
            self._constant(f"{name}.scale", scale.ravel()),
            rows.zero,
        )
        scaled = self._op("Mul", product, rows.scale)
        if rows.floor is None:
            return scaled
        sums = values.sum(axis=0, dtype=np.int64) * scale.ravel()
        name = self._constant(f"{name}.sums", sums.astype(np.float32)[None])
        return self._op("Gemm", rows.floor, name, scaled)

    # The graph

    def _by_text(self, rows: str) -> str:
        """[all tokens, hidden] -> [texts, tokens, hidden]."""
        hidden = self._constant("hidden", np.array([self._config.hidden_size]))
        shape = self._op("Concat", self._texts, self._width, hidden, axis=0)
        return self._op("Reshape", rows, shape, allowzero=1)

    def _by_head(self, rows: str, tokens_each: str) -> str:
        """[rows, hidden] -> [texts, heads, tokens of each, size of a head]."""
        heads = self._config.num_attention_heads
        sizes = self._constant("heads", np.array([heads, self._config.hidden_size // heads]))
        shape = self._op("Concat", self._texts, tokens_each, sizes, axis=0)
        # Every size is named: where no text went on, nothing could be inferred from the rest.
        split = self._op("Reshape", rows, shape, allowzero=1)
        return self._op("Transpose", split, perm=[0, 2, 1, 3])

    def _is_padding(self) -> str:
        """Say where rows of `ids` have no token: bool [texts, tokens]."""
        width = self._op("Squeeze", self._width)
        zero, one = (self._constant(f"int {n}", np.array(n)) for n in (0, 1))
        lengths = self._op("Cast", "lengths", to=TensorProto.INT64)
        return self._op(
            "GreaterOrEqual",
            self._op("Range", zero, width, one),
            self._op("Unsqueeze", lengths, self._constant("second", np.array([1]))),
        )

    def _mask(self, is_padding: str) -> str:
        """Say where texts have tokens (0) and where not (far below): [texts, 1, 1, tokens]."""
        far, near = (self._constant(f"add {n}", np.float32(n)) for n in (FAR_BELOW, 0))
        mask = self._op("Where", is_padding, far, near)
        return self._op("Unsqueeze", mask, self._constant("middles", np.array([1, 2])))

    def _constant_row_shape(self) -> str:
        return self._constant("row_shape", np.array([-1, self._config.hidden_size]))

    def _last(self) -> str:
        return self._constant("last", np.array([-1]))

    def _named(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        """Keep a constant; one that is there under this name already is the same."""
        if name not in self._constants:
            array = np.ascontiguousarray(value).reshape(np.shape(value))
            self._constants[name] = numpy_helper.from_array(array, name)
        return name

    def _unused(self, name: str) -> str:
        """Name a constant that must not be shared, as ALBERT's layers would share it.

        Where a processor needs the exact kernels, ONNX Runtime (1.32) rewrites each product's
        weights, and fails if it meets the same ones again.
        """
        return f"{name}.{sum(each.startswith(name) for each in self._constants)}"

    def _op(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator, and name its one output."""
        name = f"{operator}_{len(self._nodes)}"
        domain = FUSED if operator in FUSED_OPERATORS else ""
        self._nodes.append(
            helper.make_node(operator, list(inputs), [name], name, domain=domain, **attributes)
        )
        return name


def _quantise(
    weights: NDArray[np.float32], axis: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round to whole steps of -127 to 127, of a scale for each row or column along `axis`."""
    largest = np.abs(weights).max(axis=axis, keepdims=True)
    scale = np.maximum(largest, np.float32(TINY)) / np.float32(127)
    return np.rint(weights / scale).astype(np.int8), scale

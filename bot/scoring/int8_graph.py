"""The int8 graph: a Detoxify network's weights written down for ONNX Runtime.

It is written by hand, because the exporters leave the attention of current transformers unfused,
and because their int8 shares one scale among all texts of a batch, so that a comment's score would
depend on its neighbours (by up to 0.05). Here what goes into most layers has a scale that is fixed
beforehand, and the rest one for each token. Not the check that it is right:
`bot.scoring.compiling`, which calls this, compares it with the eager network.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bot.errors import ScoringError
from bot.scoring.first_stage import FirstStage
from bot.scoring.layers import Layer, layers_of, root_of
from bot.scoring.smoothing import Ranges, Smoothed, Weights, smooth

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


def build_graph(
    weights: Weights,
    config: Any,
    columns: Sequence[int],
    first_stage: FirstStage | None = None,
    ranges: Ranges | None = None,
) -> onnx.ModelProto:
    """Write a network down, with the sigmoid and with `columns` of its outputs alone.

    Inputs: `ids`, int64 [texts, tokens], and `lengths`, int32 [texts]: how many of a row are
    tokens and not padding; with a first stage `may_stop` too, a bool: whether texts that it finds
    harmless may stop there. Output: `scores`, float32 [texts, columns], each in [0, 1].
    `config` is transformers' own for a BERT, ALBERT, RoBERTa or XLM-R with these `weights`.
    `ranges` say how far what goes into its layers goes; without them all scales are each token's.

    Raises:
        ScoringError: the network has a part that is not known here.
    """
    if config.hidden_act not in ACTIVATIONS:
        raise ScoringError(
            f"this model's activation {config.hidden_act!r} cannot be compiled, "
            f"expected {' or '.join(ACTIVATIONS)}"
        )
    return _Writer(weights, config, ranges).write(columns, first_stage)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Activations as bytes: scale * (values - zero) + floor.

    The fields name values in the graph. `scale` is one number for all where it `is_fixed`, else
    each token's (row's) own, [tokens, 1], as is `floor`; no floor is 0.
    """

    values: str
    scale: str
    zero: str
    floor: str | None = None
    is_fixed: bool = False


class _Writer:
    """Writes one graph. Between attentions all texts' tokens are rows of one matrix.

    First come all texts' first tokens, then their second ones: so a head's queries, keys and values
    lie evenly apart, and attention multiplies them as they lie.
    """

    def __init__(self, weights: Weights, config: Any, ranges: Ranges | None) -> None:
        self._config = config
        self._smoothed = (
            Smoothed(weights) if ranges is None else smooth(weights, layers_of(config), ranges)
        )
        self._weights = self._smoothed.weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, TensorProto] = {}
        self._root = root_of(config)
        self._texts = self._op("Shape", "ids", start=0, end=1)
        self._width = self._op("Shape", "ids", start=1, end=2)

    def write(self, columns: Sequence[int], stage: FirstStage | None) -> onnx.ModelProto:
        tokens, is_padding = self._embedding(), self._is_padding()
        mask = self._mask(is_padding)
        layers = list(layers_of(self._config))
        if stage is not None and stage.after_layer >= len(layers):
            raise ScoringError(
                f"its first stage comes after layer {stage.after_layer}, expected one of the "
                f"first {len(layers) - 1}"
            )
        sifted: tuple[str, str] | None = None
        for number, layer in enumerate(layers):
            if stage is not None and number == stage.after_layer:
                sifted = self._sift(tokens, is_padding, stage)
                tokens, mask = self._pick(tokens, is_padding, sifted[1])
            if layer is not layers[-1]:
                tokens = self._encode(tokens, tokens, mask, layer)
        # Only a text's first token is read in the end: the last layer is made for it alone.
        first = self._op(
            "Gather", self._by_token(tokens), self._constant("zeroth", np.array(0)), axis=0
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
        ids = self._op("Transpose", "ids", perm=[1, 0])
        found = self._op("Gather", self._constant("words", values), ids)
        scales = self._op("Gather", self._constant("words.scale", scale), ids)
        words_here = self._op("Mul", self._op("Cast", found, to=TensorProto.FLOAT), scales)
        # RoBERTa counts positions from the one after the padding's.
        first = self._config.pad_token_id + 1 if self._root == "roberta" else 0
        positions = self._weights[f"{prefix}position_embeddings.weight"][first:]
        places = positions + self._weights[f"{prefix}token_type_embeddings.weight"][0]
        start = self._constant("start", np.array([0]))
        places_here = self._op("Slice", self._constant("places", places), start, self._width, start)
        places_here = self._op("Unsqueeze", places_here, self._constant("second", np.array([1])))
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
        return self._dense(self._spread(rows), mapping)

    def _encode(self, asking: str, tokens: str, mask: str, layer: Layer) -> str:
        """Run one layer for the tokens that ask, which may look at all tokens of their text."""
        mixed = self._attend(asking, tokens, mask, layer)
        mixed = self._fixed(mixed, layer.attention) or self._balance(mixed)
        asking = self._add_and_norm(mixed, asking, layer.attention, layer.attention_norm)
        rows = self._fixed(asking, layer.widen) or self._balance(asking)
        wide = self._op(ACTIVATIONS[self._config.hidden_act], self._dense(rows, layer.widen))
        return self._add_and_norm(self._above_floor(wide), asking, layer.narrow, layer.norm)

    def _attend(self, asking: str, tokens: str, mask: str, layer: Layer) -> str:
        """Let tokens look at those of their text: as many rows as ask, [rows, hidden].

        Written out, because the fused operator takes half as long again where rows are padded. A
        key's bias adds the same to all that one token looks at, so the softmax takes it away.
        """
        # What the queries and keys are made from decides most: it gets the finer of two grids.
        rows = self._fixed(tokens, layer.query) or self._spread(tokens)
        asked = (
            rows if asking == tokens else self._fixed(asking, layer.query) or self._spread(asking)
        )
        one = self._constant("one token", np.array([1]))
        query = self._by_head(
            self._dense(asked, layer.query), self._width if asking == tokens else one
        )
        key = self._by_head(self._product(rows, layer.key), self._width)
        value = self._by_head(self._dense(rows, layer.value), self._width)
        size = self._config.hidden_size // self._config.num_attention_heads
        turned = {"transBatchA": 1, "transBatchB": 1, "transB": 1}
        likeness = self._op("FusedMatMul", query, key, alpha=size**-0.5, **turned)
        shares = self._op("Softmax", self._op("Add", likeness, mask), axis=-1)
        mixed = self._op("FusedMatMul", shares, value, transBatchB=1)
        mixed = self._op("Transpose", mixed, perm=[1, 0, 2])
        return self._op("Reshape", mixed, self._constant_row_shape())

    def _add_and_norm(self, rows: _Rows, skipped: str, dense: str, norm: str) -> str:
        # Not as one SkipLayerNormalization: ONNX Runtime (1.32) takes 7 times as long for it.
        return self._op(
            "LayerNormalization",
            self._op("Add", self._dense(rows, dense), skipped),
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
        shares = self._op("Unsqueeze", shares, second)
        mean = self._op("FusedMatMul", shares, self._by_token(tokens), transBatchB=1)
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

    def _pick(self, tokens: str, is_padding: str, numbers: str) -> tuple[str, str]:
        """Go on with some texts alone: from here on they are all there are."""
        flat = self._op("Squeeze", numbers, self._last())
        picked = self._op("Gather", self._by_token(tokens), flat, axis=1)
        self._texts = self._op("Shape", flat)
        return (
            self._op("Reshape", picked, self._constant_row_shape()),
            self._mask(self._op("Gather", is_padding, flat, axis=0)),
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

    def _fixed(self, tokens: str, name: str) -> _Rows | None:
        """Quantise with the scale that is known for what goes into a layer, if one is."""
        scale = self._smoothed.scales.get(name)
        if scale is None:
            return None
        factors = self._smoothed.factors.get(name)
        if factors is not None:
            tokens = self._op("Mul", tokens, self._constant(f"{name}.factors", factors))
        step = self._constant(f"{name}.step", scale)
        zero = self._constant("middle", np.array(128, np.uint8))
        values = self._op("QuantizeLinear", tokens, step, zero)
        return _Rows(values, step, zero, is_fixed=True)

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

    def _dense(self, rows: _Rows, name: str) -> str:
        """Multiply rows with a layer's weights and add its bias."""
        bias = self._named(f"{name}.bias")
        if rows.is_fixed:
            return self._product(rows, name, bias)
        return self._op("Add", self._product(rows, name), bias)

    def _product(self, rows: _Rows, name: str, bias: str = "") -> str:
        """Multiply rows with a layer's weights; a bias only where their scale is fixed."""
        values, scale = _quantise(self._weights[f"{name}.weight"].T, axis=0)
        product = self._op(
            "MatMulIntegerToFloat",
            rows.values,
            self._constant(self._unused(f"{name}.weight"), values),
            rows.scale if rows.is_fixed else self._constant("one", np.float32(1)),
            self._constant(f"{name}.scale", scale.ravel()),
            rows.zero,
            *(["", bias] if bias else []),
        )
        if rows.is_fixed:
            return product
        scaled = self._op("Mul", product, rows.scale)
        if rows.floor is None:
            return scaled
        sums = values.sum(axis=0, dtype=np.int64) * scale.ravel()
        name = self._constant(f"{name}.sums", sums.astype(np.float32)[None])
        return self._op("Gemm", rows.floor, name, scaled)

    # The graph

    def _by_token(self, rows: str) -> str:
        """[all tokens, hidden] -> [tokens, texts, hidden]."""
        hidden = self._constant("hidden", np.array([self._config.hidden_size]))
        shape = self._op("Concat", self._width, self._texts, hidden, axis=0)
        return self._op("Reshape", rows, shape, allowzero=1)

    def _by_head(self, rows: str, tokens_each: str) -> str:
        """[rows, hidden] -> [tokens of each, texts x heads, size of a head]."""
        heads = self._config.num_attention_heads
        size = self._constant("head", np.array([self._config.hidden_size // heads]))
        # Every size is named: where no text went on, nothing could be inferred from the rest.
        shape = self._op("Concat", tokens_each, self._all_heads(), size, axis=0)
        return self._op("Reshape", rows, shape, allowzero=1)

    def _all_heads(self) -> str:
        """Count the heads of all texts together."""
        heads = self._constant("heads", np.array([self._config.num_attention_heads]))
        return self._op("Mul", self._texts, heads)

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
        """Say where texts have tokens (0) and where not (far below): [texts x heads, 1, tokens]."""
        far, near = (self._constant(f"add {n}", np.float32(n)) for n in (FAR_BELOW, 0))
        mask = self._op("Where", is_padding, far, near)
        mask = self._op("Unsqueeze", mask, self._constant("second", np.array([1])))
        one, heads = (
            self._constant(name, np.array([n]))
            for name, n in (("one text", 1), ("heads", self._config.num_attention_heads))
        )
        every = self._op("Concat", self._texts, heads, self._width, axis=0)
        shape = self._op("Concat", self._all_heads(), one, self._width, axis=0)
        return self._op("Reshape", self._op("Expand", mask, every), shape, allowzero=1)

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

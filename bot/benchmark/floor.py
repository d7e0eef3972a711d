"""The processor's own floor: how many comments a second its int8 products alone would allow.

Operations are counted from the compiled graph and the comments' tokens, padding left out; the peak
is what plain products of bytes reach here, on all cores. Nothing can be quicker with this model in
int8. A player of `bot.benchmark.contestant`.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import mode
from time import perf_counter

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bot.benchmark.memory import peak_mb
from bot.benchmark.players import Player, Spec
from bot.errors import ScoringError
from bot.scoring.compiled_form import CompiledForm, find_form
from bot.scoring.location import locate
from bot.scoring.onnx_engine import OnnxEngine, one_thread
from bot.scoring.runtime import RUNTIME

ATTENTIONS = frozenset({"Softmax", "MultiHeadAttention"})
"""A graph has one of these in each layer; which one says only how old the graph is."""

SIDE = 1024
"""Rows and columns of the products: they fit the caches, and start-up costs nothing beside them."""


class FloorPlayer(Player):
    """Multiplies bytes on every core, and counts what models would have to multiply."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self._forms = {path: _form(path) for path in spec["models"].splitlines()}
        self._session = RUNTIME.InferenceSession(
            _product().SerializeToString(), one_thread(), providers=["CPUExecutionProvider"]
        )
        self._bytes = np.random.default_rng(20).integers(0, 256, (SIDE, SIDE), np.uint8)
        self._cores = OnnxEngine(next(iter(self._forms.values()))).workers
        self._threads = self.enter_context(ThreadPoolExecutor(self._cores))

    def calls(self, texts: Sequence[str]) -> list[float]:
        """Have nothing to do with texts: a first product on each core."""
        self.peak(0.0)
        return [0.0 for _ in texts]

    def peak(self, seconds: float) -> float:
        """Multiply for so long; returns operations a second on all cores together."""
        until = perf_counter() + seconds
        start = perf_counter()
        products = sum(self._threads.map(self._multiply, [until] * self._cores))
        return products * 2 * SIDE**3 / (perf_counter() - start)

    def operations(self, model: str, texts: Sequence[str]) -> dict[str, float]:
        """Count what a model multiplies and adds to score texts, and their tokens."""
        form = self._forms[model]
        windows = [window for cut in OnnxEngine(form).cut(texts) for window in cut]
        lengths = np.array([len(window.ids) for window in windows], np.float64)
        for_token, for_pair = _costs(onnx.load_from_string(form.graph))
        total = for_token * lengths.sum() + for_pair * (lengths**2).sum()
        return {"operations": float(total), "tokens": float(lengths.sum())}

    def memory(self) -> float | None:
        """Say the most memory that was ever held, in MB."""
        return peak_mb()

    def _multiply(self, until: float) -> int:
        done = 0
        while not done or perf_counter() < until:
            self._session.run(None, {"left": self._bytes})
            done += 1
        return done


def _form(path: str) -> CompiledForm:
    form = find_form(locate(path))
    if form is None:
        raise ScoringError(f"the model {path} is not compiled, so its operations are not known")
    return form


def _product() -> onnx.ModelProto:
    right = np.random.default_rng(21).integers(-127, 128, (SIDE, SIDE), np.int8)
    shape = [SIDE, SIDE]
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["left", "right"], ["product"])],
        "peak",
        [helper.make_tensor_value_info("left", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("product", TensorProto.INT32, shape)],
        [numpy_helper.from_array(right, "right")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def _costs(graph: onnx.ModelProto) -> tuple[float, float]:
    """Count operations for each token, and for each pair of tokens of one text.

    All of the network is counted, for every token, though our last layer is made for one alone:
    what need not be done is part of how near one comes. Products with weights are all of the
    first; the second are attention's, two products as wide as the network in each layer.
    """
    shapes = {each.name: list(each.dims) for each in graph.graph.initializer}
    products = [
        shapes[node.input[1]] for node in graph.graph.node if node.op_type == "MatMulIntegerToFloat"
    ]
    attentions = [node for node in graph.graph.node if node.op_type in ATTENTIONS]
    width = mode(shape[0] for shape in products)  # ALBERT's embedding alone is narrower
    return sum(2.0 * rows * columns for rows, columns in products), 4.0 * width * len(attentions)

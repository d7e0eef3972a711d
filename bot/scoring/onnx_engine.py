"""The compiled engine: a model's int8 graph, run by ONNX Runtime on the processor.

Needs neither torch nor transformers, cuts texts exactly as the eager engine does, and gives a text
the same scores whatever is scored beside it. Built and called by `bot.scoring.scorer`.
"""

import os
import platform
import sys
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from tokenizers import Tokenizer

from bot.errors import ScoringError, UnfitFormError
from bot.scoring.compiled_form import MANIFEST, MARK, CompiledForm
from bot.scoring.processor import DOT_PRODUCTS, has_any
from bot.scoring.runtime import RUNTIME
from bot.scoring.windows import Window, make_cutter
from config.labels import Label

X86 = frozenset({"amd64", "i386", "i686", "x86_64"})
"""Processors whose quick kernels need a flag; others have but one kind."""

SLOW_FUSIONS = ["SkipLayerNormFusion", "BiasGeluFusion"]
"""What ONNX Runtime (1.32) would join into operators that take longer than their parts."""


class OnnxEngine:
    """Scores windows with one graph. As many threads as there are cores may call `score` at once.

    Each call keeps to the thread it comes from: two of them do more than one that is divided, where
    the cores wait for each other after every operator. They share one set of weights.
    """

    def __init__(self, form: CompiledForm, *, may_stop: bool = False) -> None:
        """Load a compiled form. `may_stop`: leave harmless texts to its first stage, if it has one.

        Raises:
            UnfitFormError: it cannot be run, or its parts were not made for each other.
        """
        self._labels = form.layout.labels
        self._pad_id = form.layout.pad_id
        self._more = {"may_stop": np.array(may_stop)} if form.layout.has_first_stage else {}
        try:
            tokenizer = Tokenizer.from_buffer(form.tokenizer)
            self._session = RUNTIME.InferenceSession(
                form.graph,
                one_thread(),
                providers=["CPUExecutionProvider"],
                disabled_optimizers=SLOW_FUSIONS,
            )
        except Exception as error:  # both libraries raise bare Exception for broken content
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise UnfitFormError(f"{form.origin}: cannot be run ({reason})") from error
        if self._session.get_modelmeta().custom_metadata_map.get(MARK) != form.mark:
            raise UnfitFormError(
                f"{form.origin}: its graph was made for other weights, another layout or another "
                f"tokenizer than {MANIFEST} says, so it is not used"
            )
        self._cutter = make_cutter(
            tokenizer, capacity=form.layout.capacity, unknown_id=form.layout.unknown_id
        )

    @property
    def workers(self) -> int:
        """Say how many threads may be scoring at once: one for each core."""
        return _cores()

    @property
    def is_exact(self) -> bool:
        """Say whether slower, exact kernels are used, for want of int8 dot products."""
        return platform.machine().lower() in X86 and not has_any(DOT_PRODUCTS)

    @property
    def labels(self) -> tuple[Label, ...]:
        """Say which labels the model has, in its own order."""
        return self._labels

    def cut(self, texts: Sequence[str]) -> list[list[Window]]:
        """Cut each text into windows the model can read, in order."""
        return self._cutter.cut(texts)

    def score(self, windows: Sequence[Window]) -> list[list[float]]:
        """Score windows as one batch: a row each, a value in [0, 1] for each of `labels`.

        Raises:
            ScoringError: the model gave something that is no number.
        """
        lengths = np.array([len(window.ids) for window in windows], np.int32)
        ids = np.full((len(windows), int(lengths.max())), self._pad_id, np.int64)
        for row, window in zip(ids, windows, strict=True):
            row[: len(window.ids)] = window.ids
        [scores] = self._session.run(None, {"ids": ids, "lengths": lengths, **self._more})
        if not np.isfinite(scores).all():
            raise ScoringError("the model gave a score that is no number: its graph is damaged")
        return cast("list[list[float]]", scores.tolist())


def one_thread() -> Any:
    """Make the options of a session whose calls keep to the thread they come from."""
    options = RUNTIME.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors; they are raised as well
    if not has_any(DOT_PRODUCTS):
        # Without them the quick kernels clip sums of products at 16 bits, and scores come out
        # wrong. This asks for exact ones: six comments in the time of ten, and the same scores. ARM
        # knows neither the flags nor the option, and is always exact.
        # https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
        options.add_session_config_entry("session.x64quantprecision", "1")
    return options


def _cores() -> int:
    """Count the processor cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

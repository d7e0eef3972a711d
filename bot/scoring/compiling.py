"""A Detoxify model compiled: its graph written, compared with the eager network, and kept.

What differs too much is not kept. Not the form on disk (`bot.scoring.compiled_form`) and not the
graph (`bot.scoring.int8_graph`). Called by `bot.compile`, in a process that does nothing else.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
from onnx import helper
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.domain.ids import MemberId
from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Scores
from bot.domain.verdict import Addressee
from bot.errors import ScoringError
from bot.policy.judge import judge
from bot.policy.policy_file import DEFAULT_PRESET, load_preset
from bot.scoring.compiled_form import (
    MARK,
    TOKENIZER,
    CompiledForm,
    Figures,
    Layout,
    Manifest,
    form_folder,
    mark_of,
    write_form,
)
from bot.scoring.detoxify_engine import DetoxifyEngine, Parts
from bot.scoring.first_stage import read_first_stage
from bot.scoring.int8_graph import build_graph
from bot.scoring.location import locate
from bot.scoring.onnx_engine import OnnxEngine
from bot.scoring.scorer import DetoxifyScorer
from bot.scoring.smoothing import Ranges
from bot.scoring.sources import Source, read_source
from bot.scoring.watching import watch

SAMPLE = Path(__file__).with_name("sample.txt")
"""Sentences that a compiled model is compared on."""
WATCHED = Path(__file__).with_name("watched.txt")
"""Sentences that its scales are fixed on; none of them is one of the sample."""

LENGTHS = (1, 3, 40, 90, 150, 250, 400, 700)
"""Words in the texts that are put together from the sample's: up to several windows."""

SCORED_TOGETHER = 16

TOOLS = ("numpy", "onnx", "onnxruntime", "torch", "transformers")

Tell = Callable[[str, int, int], None]
"""Hears of progress: what is done, how much of it, out of how much."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that compiled scores may differ from eager ones on the sample.

    Half of the sample stands near some threshold on purpose: of real comments fewer change.
    """

    mean_deviation: float = 0.01
    largest_deviation: float = 0.15
    changed_verdicts: int = 2

    def complaint_about(self, figures: Figures) -> str | None:
        """Say how scores differ by more; None where they do not."""
        mean, largest = figures.mean_deviation, figures.largest_deviation
        if mean > self.mean_deviation or largest > self.largest_deviation:
            return (
                f"its scores differ from the eager ones by {mean:.4f} on average and "
                f"{largest:.3f} at most, expected at most {self.mean_deviation:g} and "
                f"{self.largest_deviation:g}"
            )
        if figures.changed_verdicts > self.changed_verdicts:
            return (
                f"it changes {figures.changed_verdicts} of {figures.texts} verdicts under the "
                f"policy {figures.policy}, expected at most {self.changed_verdicts}"
            )
        return None


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Compiled:
    """What came of it: the folder that holds the form, its manifest, the graph's size."""

    folder: Path
    manifest: Manifest
    graph_bytes: int


async def compile_model(name_or_path: str, tell: Tell, limits: Limits = LIMITS) -> Compiled:
    """Compile a model and keep its compiled form where `bot.scoring.scorer` looks for it.

    Raises:
        ModelUnavailableError: there is no such model, or it cannot be fetched.
        ScoringError: it cannot be compiled, or its scores would differ too much.
        ModerationError: the result cannot be written.
    """
    tell("Reading the model", 0, 1)
    location = locate(name_or_path)
    source = read_source(location)
    folder = form_folder(location, source.checkpoint.sha256)
    eager = DetoxifyEngine(source.checkpoint, source.folder)
    if not all(
        bool(tensor.isfinite().all()) for tensor in eager.parts.network.state_dict().values()
    ):
        raise ScoringError(f"{source.checkpoint.origin}: has weights that are no numbers")
    tell("Watching the model", 0, 1)
    ranges = watch(eager, sample_texts(WATCHED))
    tell("Writing the graph", 0, 1)
    is_own_folder = folder == source.folder
    form = _form(source, eager.parts, ranges, is_own_folder=is_own_folder)
    figures = await _compare(eager, OnnxEngine(form), tell)
    if limits.complaint_about(figures):
        # What goes into its layers varies too much: each token has a scale of its own then.
        form = _form(source, eager.parts, None, is_own_folder=is_own_folder)
        figures = await _compare(eager, OnnxEngine(form), tell)
    complaint = limits.complaint_about(figures)
    if complaint:
        raise ScoringError(f"{source.name}: compiled, {complaint}; nothing was kept")
    manifest = Manifest(
        model=source.name,
        weights_sha256=form.weights_sha256,
        graph_sha256=hashlib.sha256(form.graph).hexdigest(),
        tokenizer_sha256=hashlib.sha256(form.tokenizer).hexdigest(),
        layout=form.layout,
        versions={tool: version(tool) for tool in TOOLS},
        figures=figures,
    )
    write_form(folder, form, manifest)
    return Compiled(folder, manifest, len(form.graph))


async def compile_with_bar(name_or_path: str) -> Compiled:
    """Compile a model as `compile_model` does, with a bar on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None)

        def tell(what: str, done: int, of: int) -> None:
            progress.update(task, description=what, completed=done, total=of if done else None)

        return await compile_model(name_or_path, tell)


def sample_texts(file: Path = SAMPLE) -> list[str]:
    """Make texts of a file of sentences: the sentences, and longer texts of them."""
    sentences = file.read_text("utf-8").splitlines()
    words = [word for sentence in sentences for word in sentence.split()]
    starts = range(0, len(words), len(words) // len(LENGTHS))
    return sentences + [
        " ".join(islice(cycle(words), start, start + length))
        for start, length in zip(starts, LENGTHS, strict=False)
    ]


def _form(
    source: Source, parts: Parts, ranges: Ranges | None, *, is_own_folder: bool
) -> CompiledForm:
    """Put a compiled form together; in the model's own folder its own tokenizer file serves."""
    state: dict[str, Any] = parts.network.state_dict()
    weights = {name: tensor.numpy() for name, tensor in state.items()}
    stage = read_first_stage(source.folder, source.checkpoint.sha256)
    columns = list(parts.columns.values())
    graph = build_graph(weights, parts.network.config, columns, stage, ranges)
    layout = Layout(
        labels=tuple(parts.columns),
        capacity=parts.capacity,
        pad_id=parts.pad_id,
        unknown_id=parts.unknown_id,
        has_first_stage=stage is not None,
    )
    tokenizer = (
        (source.folder / TOKENIZER).read_bytes()
        if is_own_folder
        else parts.tokenizer.to_str().encode()
    )
    weights_sha256 = source.checkpoint.sha256
    helper.set_model_props(graph, {MARK: mark_of(weights_sha256, layout, tokenizer)})
    return CompiledForm(
        origin=source.name,
        weights_sha256=weights_sha256,
        layout=layout,
        graph=graph.SerializeToString(deterministic=True),
        tokenizer=tokenizer,
    )


async def _compare(eager: DetoxifyEngine, compiled: OnnxEngine, tell: Tell) -> Figures:
    """Score the sample with both."""
    texts = sample_texts()
    if [_ids(each) for each in eager.cut(texts)] != [_ids(each) for each in compiled.cut(texts)]:
        raise ScoringError(
            f"{TOKENIZER} does not cut texts as the model's own tokenizer does, expected the same"
        )
    reference, candidate = (
        DetoxifyScorer(engine, ModelId("sample", "")) for engine in (eager, compiled)
    )
    expected: list[Scores] = []
    actual: list[Scores] = []
    for start in range(0, len(texts), SCORED_TOGETHER):
        tell("Comparing with the eager model", start, len(texts))
        readings = [Reading(text, text) for text in texts[start : start + SCORED_TOGETHER]]
        expected += await reference.score(readings)
        actual += await candidate.score(readings)
    deviations = np.abs(_values(expected) - _values(actual))
    policy = load_preset(DEFAULT_PRESET)
    # As replies to somebody: then all thresholds count in full.
    addressee = Addressee(MemberId("somebody"), "somebody", "a reply")
    changed = sum(
        judge(one, policy, addressee).decision is not judge(other, policy, addressee).decision
        for one, other in zip(expected, actual, strict=True)
    )
    return Figures(
        texts=len(texts),
        mean_deviation=round(float(deviations.mean()), 6),
        largest_deviation=round(float(deviations.max()), 6),
        policy=policy.name,
        changed_verdicts=changed,
    )


def _ids(windows: Sequence[Any]) -> list[list[int]]:
    return [list(window.ids) for window in windows]


def _values(scores: Sequence[Scores]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Lay scores out as a table: a row for each text that has any."""
    rows = [[score.value for score in each.by_label.values()] for each in scores if each.by_label]
    return np.array(rows)

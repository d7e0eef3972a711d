"""Reads the labelled file into examples: cleaned by source, normalised, weighted, split.

Not the noise put on them later (`bot.training.variants`) nor the order in which they are drawn
(`bot.training.batches`). Called by `bot.training.train`, which keeps the outcome beside the run.
"""

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow
import pyarrow.parquet
from numpy.typing import NDArray

from bot.errors import BadInputError
from bot.training.sources import (
    LABELS,
    RECIPE,
    implied_toxicity,
    repeat_of,
    weights_of,
)
from config.labels import Label

# pyarrow brings no types for what it builds at import.
_arrow = cast("Any", pyarrow)
_parquet = cast("Any", pyarrow.parquet)

VALIDATION_SHARE = 0.05
"""Share of the texts held out: their hash decides, so it is the same in every run."""


@dataclass(frozen=True, slots=True)
class LabelledText:
    """One row as it stands in the file. An unknown label is absent, soft values are in [0, 1]."""

    text: str
    source: str
    labels: Mapping[Label, float]


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts as the model is to see them, column by column.

    `labels` and `weights` are float32 [texts, 6] in the order of `LABELS`; weight 0 means unknown.
    `repeats` is how often a text is drawn in one pass.
    """

    texts: list[str]
    sources: list[str]
    labels: NDArray[np.float32]
    weights: NDArray[np.float32]
    repeats: NDArray[np.float32]

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.texts)

    def pick(self, indices: Sequence[int] | NDArray[np.int64]) -> "Examples":
        """Take some of the rows, in the order of `indices`."""
        chosen = np.asarray(indices, dtype=np.int64)
        return Examples(
            [self.texts[i] for i in chosen],
            [self.sources[i] for i in chosen],
            self.labels[chosen],
            self.weights[chosen],
            self.repeats[chosen],
        )

    def joined(self, other: "Examples") -> "Examples":
        """Append another set."""
        return Examples(
            self.texts + other.texts,
            self.sources + other.sources,
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.weights, other.weights]),
            np.concatenate([self.repeats, other.repeats]),
        )


def read_rows(path: Path) -> list[LabelledText]:
    """Read a parquet file with `text`, `source` and the six label columns (NaN: unknown).

    Raises:
        BadInputError: the file is missing, is no parquet, or lacks a column.
    """
    wanted = ["text", "source", *LABELS]
    try:
        table = _parquet.read_table(path)
    except (OSError, _arrow.ArrowInvalid) as error:
        raise BadInputError(str(path), "cannot be read, expected a parquet file") from error
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise BadInputError(str(path), f"column {missing[0]} is missing, expected {wanted}")
    columns = cast("dict[str, list[Any]]", table.select(wanted).to_pydict())
    return [
        LabelledText(text, source, _known(values))
        for text, source, *values in zip(*(columns[name] for name in wanted), strict=True)
    ]


def make_examples(
    rows: Iterable[LabelledText], normalise: Callable[[str], str], left_out: frozenset[str]
) -> Examples:
    """Clean, normalise and weight every row; rows whose key is in `left_out` are not used.

    Raises:
        BadInputError: a row's source is not in the recipe.
    """
    texts: list[str] = []
    sources: list[str] = []
    columns: list[tuple[list[float], list[float], float]] = []
    for row in rows:
        if row.source not in RECIPE:
            raise BadInputError(row.source, f"unknown source, expected one of {sorted(RECIPE)}")
        text = normalise(RECIPE[row.source].clean(row.text)).strip()
        if not text or key_of(text) in left_out:
            continue
        texts.append(text)
        sources.append(row.source)
        columns.append(_columns(row))
    return Examples(
        texts,
        sources,
        np.array([labels for labels, _, _ in columns], dtype=np.float32).reshape(-1, len(LABELS)),
        np.array([weights for _, weights, _ in columns], dtype=np.float32).reshape(-1, len(LABELS)),
        np.array([repeat for _, _, repeat in columns], dtype=np.float32),
    )


def key_of(text: str) -> str:
    """Reduce a text to what makes it the same text: its letters and digits, in lower case."""
    return re.sub(r"[\W_]+", "", text.casefold())


def is_held_out(text: str) -> bool:
    """Say whether a text belongs to the validation split. Equal keys always fall together."""
    digest = hashlib.sha256(key_of(text).encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < VALIDATION_SHARE


def split(examples: Examples) -> tuple[Examples, Examples]:
    """Part into training and validation; no text is in both, and validation has each text once."""
    training: list[int] = []
    validation: list[int] = []
    seen: set[tuple[str, str]] = set()
    for index, (text, source) in enumerate(zip(examples.texts, examples.sources, strict=True)):
        if not is_held_out(text):
            training.append(index)
        elif (source, key_of(text)) not in seen:
            seen.add((source, key_of(text)))
            validation.append(index)
    return examples.pick(training), examples.pick(validation)


def save_examples(examples: Examples, path: Path) -> None:
    """Write examples to a parquet file, whole or not at all."""
    table = _arrow.table(
        {
            "text": examples.texts,
            "source": examples.sources,
            "repeat": examples.repeats,
            **{f"label_{i}": examples.labels[:, i] for i in range(len(LABELS))},
            **{f"weight_{i}": examples.weights[:, i] for i in range(len(LABELS))},
        }
    )
    partial = path.with_suffix(".partial")
    _parquet.write_table(table, partial)
    partial.replace(path)


def load_examples(path: Path) -> Examples:
    """Read what `save_examples` wrote."""
    table = _parquet.read_table(path)

    def column(name: str) -> NDArray[np.float32]:
        return np.asarray(table.column(name).to_numpy(), dtype=np.float32)

    return Examples(
        cast("list[str]", table.column("text").to_pylist()),
        cast("list[str]", table.column("source").to_pylist()),
        np.stack([column(f"label_{i}") for i in range(len(LABELS))], axis=1),
        np.stack([column(f"weight_{i}") for i in range(len(LABELS))], axis=1),
        column("repeat"),
    )


def _known(values: Sequence[float | None]) -> dict[Label, float]:
    pairs = zip(LABELS, values, strict=True)
    return {k: float(v) for k, v in pairs if v is not None and not math.isnan(v)}


def _columns(row: LabelledText) -> tuple[list[float], list[float], float]:
    source = RECIPE[row.source]
    labels = dict(row.labels)
    weights = weights_of(source, labels)
    implied = implied_toxicity(source, row.labels)
    if implied is not None:
        labels[Label.TOXICITY], weights[Label.TOXICITY] = implied
    return (
        [labels.get(label, 0.0) for label in LABELS],
        [weights.get(label, 0.0) for label in LABELS],
        repeat_of(source, row.labels),
    )

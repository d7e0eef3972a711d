"""Reading and splitting: nothing held out is trained on, and what is unknown stays unknown."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot.errors import BadInputError
from bot.training.examples import (
    VALIDATION_SHARE,
    LabelledText,
    is_held_out,
    key_of,
    load_examples,
    make_examples,
    read_rows,
    save_examples,
    split,
)
from bot.training.sources import LABELS
from config.labels import Label

NAN = float("nan")


def write_table(path: Path, columns: dict[str, list[object]]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def rows(*texts: str, source: str = "jigsaw_train") -> list[LabelledText]:
    return [LabelledText(text, source, {Label.TOXICITY: 0.0}) for text in texts]


def test_nan_and_missing_values_are_unknown(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {label: [NAN, None] for label in LABELS}
    columns |= {"text": ["a", "b"], "source": ["edos", "edos"], "threat": [0.25, NAN]}
    read = read_rows(write_table(tmp_path / "x.parquet", columns))
    assert [row.labels for row in read] == [{Label.THREAT: 0.25}, {}]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = write_table(tmp_path / "x.parquet", {"text": ["a"], "source": ["edos"]})
    with pytest.raises(BadInputError, match="toxicity is missing"):
        read_rows(path)


@pytest.mark.parametrize("content", [None, b"no parquet"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"x\.parquet"):
        read_rows(path)


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(BadInputError, match="elsewhere"):
        make_examples(rows("a text", source="elsewhere"), str.strip, frozenset())


def test_unknown_labels_weigh_nothing_and_empty_texts_go() -> None:
    examples = make_examples(rows("some words", "  "), str.strip, frozenset())
    assert examples.texts == ["some words"]
    assert examples.weights.tolist() == [[1, 0, 0, 0, 0, 0]]


def test_texts_to_be_left_out_are_not_used_however_they_are_written() -> None:
    left_out = frozenset({key_of("Never train on this!")})
    examples = make_examples(rows("never TRAIN on this", "train on this"), str.strip, left_out)
    assert examples.texts == ["train on this"]


def test_no_text_is_on_both_sides_of_the_split() -> None:
    texts = [f"text number {n}" for n in range(2000)]
    # Each text three times: as it is, shouted, and from another source.
    labelled = rows(*texts, *(f"{text.upper()}!!" for text in texts))
    labelled += rows(*texts, source="wiki_context_gn")
    training, validation = split(make_examples(labelled, str.strip, frozenset()))
    assert not {key_of(t) for t in training.texts} & {key_of(t) for t in validation.texts}
    assert len(validation) > 0
    # Held out once per source: the shouted copies are the same text.
    assert len(
        {(s, key_of(t)) for s, t in zip(validation.sources, validation.texts, strict=True)}
    ) == len(validation)


def test_about_the_intended_share_is_held_out() -> None:
    held_out = sum(is_held_out(f"text number {n}") for n in range(4000))
    # Binomial: 4000 * 0.05 = 200, standard deviation 13.8; four of them either way.
    assert abs(held_out - 4000 * VALIDATION_SHARE) < 56


def test_examples_survive_being_saved(tmp_path: Path) -> None:
    examples = make_examples(rows("one", "two"), str.strip, frozenset())
    save_examples(examples, tmp_path / "examples.parquet")
    again = load_examples(tmp_path / "examples.parquet")
    assert again.texts == examples.texts
    assert again.sources == examples.sources
    for ours, theirs in (
        (again.labels, examples.labels),
        (again.weights, examples.weights),
        (again.repeats, examples.repeats),
    ):
        np.testing.assert_array_equal(ours, theirs)

"""Reads a table of Perspective's scores, and names the line it cannot read."""

from pathlib import Path

import pytest

from bot.errors import BadInputError
from bot.evaluation.perspective_table import (
    PublishedComment,
    has_published_scores,
    read_published,
)


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "scores.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_versions_of_attributes_and_unknown_columns_are_left_out(tmp_path: Path) -> None:
    file = write(tmp_path, 'id,comment_text,TOXICITY@6,FLIRTATION\n1,"hi,\nyou",0.25,0.9\n')
    assert has_published_scores(file)
    assert read_published(file).rows == [PublishedComment("hi,\nyou", {"TOXICITY": 0.25})]


@pytest.mark.parametrize(
    "text",
    ["text,source,toxicity\na,b,1\n", "comment_text,x\na,1\n", "TOXICITY\n1\n", ""],
)
def test_other_tables_are_told_apart(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, text)
    assert not has_published_scores(file)
    with pytest.raises(BadInputError, match="lacks a column, expected a CSV file"):
        read_published(file)


@pytest.mark.parametrize("cell", ["", "x", "1.5", "-0.1", "nan"])
def test_a_score_that_is_none_is_named_with_its_line(tmp_path: Path, cell: str) -> None:
    file = write(tmp_path, f"comment_text,TOXICITY\na,0.5\nb,{cell}\n")
    with pytest.raises(BadInputError, match=r"scores.csv, line 3: has the score"):
        read_published(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert not has_published_scores(tmp_path / "none.csv")
    with pytest.raises(BadInputError, match=r"none.csv: cannot be read"):
        read_published(tmp_path / "none.csv")

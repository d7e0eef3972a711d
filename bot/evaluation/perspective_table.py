"""Reads comments with Perspective's own scores from a CSV file: what a calibration is fitted on.

Columns: comment_text, and one for each attribute, perhaps with a version (TOXICITY@6). Called by
`bot.evaluate` and `bot.calibrate`.
"""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import BadInputError
from bot.web.attributes import LABEL_OF

TEXT = "comment_text"
EXPECTED = (
    f"expected a CSV file with the columns {TEXT} and one or more of Perspective's attributes"
)
_LONGEST_HEAD = 4096


@dataclass(frozen=True, slots=True)
class PublishedComment:
    """A comment and what Perspective scored it, by attribute, in [0, 1]."""

    text: str
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class PublishedScores:
    """A file's rows, its name, and its hash (hex)."""

    name: str
    sha256: str
    rows: Sequence[PublishedComment]


def has_published_scores(path: Path) -> bool:
    """Say whether a file is such a table, by its first line; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.readline(_LONGEST_HEAD)
    except OSError:
        return False
    names = head.decode("utf-8-sig", "replace").strip().split(",")
    return TEXT in names and any(_attribute(name) in LABEL_OF for name in names)


def read_published(path: Path) -> PublishedScores:
    """Read every row.

    Raises:
        BadInputError: names the file and the line, and what was expected.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        why = (error.strerror or "unreadable").lower()
        raise BadInputError(str(path), f"cannot be read ({why}), {EXPECTED}") from error
    except UnicodeDecodeError as error:
        raise BadInputError(str(path), f"is not UTF-8, {EXPECTED}") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    columns = {
        name: _attribute(name) for name in reader.fieldnames or () if _attribute(name) in LABEL_OF
    }
    if not columns or TEXT not in (reader.fieldnames or ()):
        raise BadInputError(str(path), f"lacks a column, {EXPECTED}")
    rows: list[PublishedComment] = []
    try:
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            values = {name: _value(row[column], where) for column, name in columns.items()}
            rows.append(PublishedComment(row[TEXT], values))
    except csv.Error as error:
        where = f"{path}, line {reader.line_num}"
        raise BadInputError(where, f"is not well-formed CSV ({error}), {EXPECTED}") from error
    return PublishedScores(path.name, hashlib.sha256(content).hexdigest(), rows)


def _attribute(column: str) -> str:
    return column.partition("@")[0]


def _value(cell: str | None, where: str) -> float:
    try:
        value = float(cell or "")
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise BadInputError(where, f"has the score {cell!r}, expected a number from 0 to 1")
    return value

"""Reads labelled comments from a parquet or CSV file. What it cannot use it refuses, by row.

Not the training set's recipe (`bot.training` weighs and cleans). Called by `bot.evaluate`.
"""

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol, cast

import pyarrow.parquet as pq

from bot.errors import BadInputError
from config.labels import Label

POSITIVE = 0.5
"""A label is present from this value on: labels may be shares of raters."""
PARQUET_MARK = b"PAR1"
EXPECTED = "expected a parquet or CSV file with the columns text, source and one or more labels"


@dataclass(frozen=True, slots=True)
class LabelledComment:
    """One row. `number` counts from 1 in the file's order; an unknown label is absent.

    Label values are in [0, 1].
    """

    number: int
    text: str
    source: str
    labels: Mapping[Label, float]

    @property
    def is_positive(self) -> bool:
        """Say whether any known label is present."""
        return any(value >= POSITIVE for value in self.labels.values())

    @property
    def is_negative(self) -> bool:
        """Say whether it is surely harmless: no known label is present, and a broad one is known.

        Without toxicity or identity_attack nobody asked whether the comment is harmful at all, so
        such a row is neither positive nor negative.
        """
        broad = Label.TOXICITY in self.labels or Label.IDENTITY_ATTACK in self.labels
        return broad and not self.is_positive


def read_labelled(path: Path) -> list[LabelledComment]:
    """Read every row, parquet or CSV by content.

    Columns: `text`, `source` and any of the labels (`config.labels`); others are ignored. A label
    is a number in [0, 1]; an empty cell, null or NaN means unknown.

    Raises:
        BadInputError: names the file and the row or line, and what was expected.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        why = (error.strerror or "unreadable").lower()
        raise BadInputError(str(path), f"cannot be read ({why}), {EXPECTED}") from error
    if not content.strip():
        raise BadInputError(str(path), f"is empty, {EXPECTED}")
    rows = list(
        _from_parquet(content, path)
        if content.startswith(PARQUET_MARK)
        else _from_csv(content, path)
    )
    if not rows:
        raise BadInputError(str(path), "has columns but no rows, expected at least one row")
    return rows


def thin(rows: Sequence[LabelledComment], limit: int) -> list[LabelledComment]:
    """Keep at most `limit` rows of each source, evenly spread through it, in the file's order."""
    by_source: dict[str, list[LabelledComment]] = defaultdict(list)
    for row in rows:
        by_source[row.source].append(row)
    kept = {
        own[place * len(own) // min(limit, len(own))].number
        for own in by_source.values()
        for place in range(min(limit, len(own)))
    }
    return [row for row in rows if row.number in kept]


class _Cell(Protocol):
    """What is used of a pyarrow cell, which has no types of its own."""

    def as_py(self) -> object: ...


class _Table(Protocol):
    """What is used of a pyarrow table."""

    column_names: list[str]
    num_rows: int

    def column(self, at: int, /) -> Iterable[_Cell]: ...


def _from_csv(content: bytes, path: Path) -> Iterator[LabelledComment]:
    """Read with the standard library: unlike a column reader it knows each row's line."""
    reader = csv.reader(io.StringIO(_decoded(content, path), newline=""), strict=True)
    try:
        header = next(reader)
        places = _places(header, path)
        for number, cells in enumerate(reader, start=1):
            where = f"{path}, line {reader.line_num}"
            if not cells:
                continue
            if len(cells) != len(header):
                raise BadInputError(
                    where,
                    f"has {len(cells)} cells, expected {len(header)} as in the first line",
                )
            yield _row(number, {name: cells[at] for name, at in places.items()}, where)
    except csv.Error as error:
        raise BadInputError(
            f"{path}, line {reader.line_num}",
            f"is not well-formed CSV ({error}), expected commas and double quotes",
        ) from error


def _decoded(content: bytes, path: Path) -> str:
    if b"\0" in content:
        raise BadInputError(str(path), f"is neither parquet nor text, {EXPECTED}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInputError(
            f"{path}, line {line}",
            f"has a byte that is not UTF-8 (0x{content[error.start]:02x}), expected UTF-8 text",
        ) from error


def _from_parquet(content: bytes, path: Path) -> Iterator[LabelledComment]:
    try:
        table = cast("_Table", pq.read_table(io.BytesIO(content)))  # pyright: ignore[reportUnknownMemberType]
    except (OSError, ValueError, NotImplementedError) as error:  # what Arrow's errors derive from
        raise BadInputError(str(path), f"is a damaged parquet file, {EXPECTED}") from error
    places = _places(table.column_names, path)
    columns = {name: _cells(table.column(at), name, path) for name, at in places.items()}
    for number in range(1, table.num_rows + 1):
        cells = {name: column[number - 1] for name, column in columns.items()}
        yield _row(number, cells, f"{path}, row {number}")


def _cells(column: Iterable[_Cell], name: str, path: Path) -> list[object]:
    """Take a column's cells out. A parquet file can hold broken UTF-8: it is found here."""
    cells: list[object] = []
    for number, cell in enumerate(column, start=1):
        try:
            cells.append(cell.as_py())
        except UnicodeDecodeError as error:
            raise BadInputError(
                f"{path}, row {number}, column {name}", "is not UTF-8, expected UTF-8 text"
            ) from error
    return cells


def _places(columns: Sequence[str], path: Path) -> dict[str, int]:
    """Find the columns that are read. `columns` are the file's own, in order."""
    for name in ("text", "source"):
        if name not in columns:
            found = ", ".join(columns)[:120]
            raise BadInputError(str(path), f"column {name} is missing (found: {found}), {EXPECTED}")
    wanted = [name for name in ("text", "source", *Label) if name in columns]
    if len(wanted) == 2:  # noqa: PLR2004 - text and source alone
        raise BadInputError(
            str(path), f"has no label column, expected at least one of {', '.join(Label)}"
        )
    for name in wanted:
        if list(columns).count(name) > 1:
            raise BadInputError(str(path), f"column {name} appears twice, expected it once")
    return {name: list(columns).index(name) for name in wanted}


def _row(number: int, cells: Mapping[str, object], where: str) -> LabelledComment:
    source = _text(cells["source"], "source", where)
    if not source.strip():
        raise BadInputError(f"{where}, column source", "is empty, expected the source's name")
    labels: dict[Label, float] = {}
    for label in Label:
        value = _value(cells.get(label), f"{where}, column {label}")
        if value is not None:
            labels[label] = value
    return LabelledComment(number, _text(cells["text"], "text", where), source, labels)


def _text(cell: object, name: str, where: str) -> str:
    if not isinstance(cell, str):
        shown = "null" if cell is None else str(cell)[:40]
        raise BadInputError(f"{where}, column {name}", f"is {shown}, expected a text")
    return cell


def _value(cell: object, where: str) -> float | None:
    """Read one label's value; None where it is unknown."""
    match cell:
        case None:
            return None
        case str() if not cell.strip():
            return None
        case str() | bool() | int() | float() | Decimal():
            try:
                value = float(cell)
            except ValueError:
                value = math.inf
        case _:
            value = math.inf
    if math.isnan(value):
        return None
    if not 0 <= value <= 1:
        shown = str(cell)[:40]
        raise BadInputError(where, f"is {shown}, expected 0 to 1, or nothing where it is unknown")
    return value

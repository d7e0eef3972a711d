from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot.errors import BadInputError
from bot.evaluation.labelled_table import LabelledComment, read_labelled, thin
from config.labels import Label


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def row(number: int = 1, source: str = "s", **labels: float) -> LabelledComment:
    return LabelledComment(number, "t", source, {Label(k): v for k, v in labels.items()})


def test_csv_and_parquet_give_the_same_rows(tmp_path: Path) -> None:
    texts = ['two\nlines, a comma and "quotes"', "NA"]
    csv = (
        "text,source,toxicity,threat,other\n"
        '"two\nlines, a comma and ""quotes""",a,1,,x\n'
        "NA,b,0.25,NaN,\n"
    )
    from_csv = read_labelled(write(tmp_path / "rows.csv", csv))
    from_parquet = read_labelled(
        parquet(
            tmp_path / "rows.parquet",
            text=texts,
            source=pa.array(["a", "b"]).dictionary_encode(),
            toxicity=pa.array([1, 0.25], pa.float32()),
            threat=[None, float("nan")],
            other=[1, 2],
        )
    )
    assert from_csv == from_parquet
    assert [r.text for r in from_csv] == texts
    assert [dict(r.labels) for r in from_csv] == [{Label.TOXICITY: 1}, {Label.TOXICITY: 0.25}]
    assert [r.number for r in from_csv] == [1, 2]


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.csv", "\ufefftext,source,threat\r\nhello,a,1\r\n")
    assert read_labelled(path) == [LabelledComment(1, "hello", "a", {Label.THREAT: 1.0})]


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        ("", "rows", "is empty"),
        ("text,source,threat\n", "rows", "has columns but no rows"),
        ("text,threat\na,1\n", "rows", "column source is missing (found: text, threat)"),
        ("text,source\na,b\n", "rows", "has no label column"),
        ("text,source,threat,threat\na,b,1,1\n", "rows", "column threat appears twice"),
        (
            "text,source,threat\na,b,1\na,b,1.5\n",
            "line 3, column threat",
            "is 1.5, expected 0 to 1",
        ),
        ("text,source,threat\na,b,-1\n", "line 2, column threat", "is -1, expected 0 to 1"),
        ("text,source,threat\na,b,inf\n", "line 2, column threat", "is inf, expected 0 to 1"),
        ("text,source,threat\na,b,yes\n", "line 2, column threat", "is yes, expected 0 to 1"),
        ("text,source,threat\na, ,1\n", "line 2, column source", "is empty"),
        ("text,source,threat\na,b\n", "line 2", "has 2 cells, expected 3"),
        ('text,source,threat\n"a,b,1\n', "line 2", "is not well-formed CSV"),
        (b"text,source,threat\na,b,1\n\xff,b,1\n", "line 3", "not UTF-8 (0xff)"),
        (b"\x89PNG\0\0", "rows", "is neither parquet nor text"),
        (b"PAR1 and nothing more", "rows", "is a damaged parquet file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    tmp_path: Path, content: str | bytes, where: str, what: str
) -> None:
    path = write(tmp_path / "rows", content)
    with pytest.raises(BadInputError) as caught:
        read_labelled(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert where in message
    assert what in message
    assert "expected" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("columns", "where", "what"),
    [
        ({"threat": [0.5, 2]}, "row 2, column threat", "is 2.0, expected 0 to 1"),
        ({"threat": [[1], [0]]}, "row 1, column threat", "is [1], expected 0 to 1"),
        ({"threat": [1, 0], "text": [1, 2]}, "row 1, column text", "is 1, expected a text"),
        ({"threat": [1, 0], "text": ["a", None]}, "row 2, column text", "is null"),
    ],
)
def test_a_parquet_cell_that_cannot_be_used_is_named(
    tmp_path: Path, columns: dict[str, Any], where: str, what: str
) -> None:
    path = parquet(tmp_path / "rows", **{"text": ["a", "b"], "source": ["s", "s"], **columns})
    with pytest.raises(BadInputError) as caught:
        read_labelled(path)
    assert where in str(caught.value)
    assert what in str(caught.value)


def test_broken_text_inside_a_parquet_file_is_named_by_row(tmp_path: Path) -> None:
    text = pa.array([b"fine", b"\xff"], pa.binary()).view(pa.string())
    path = parquet(tmp_path / "rows", text=text, source=["s", "s"], threat=[1, 0])
    with pytest.raises(BadInputError, match="row 2, column text: is not UTF-8"):
        read_labelled(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(
            BadInputError, match=r"cannot be read \(.*\), expected a parquet or CSV"
        ):
            read_labelled(path)


def test_a_row_is_positive_from_a_half_on_in_any_known_label() -> None:
    assert row(threat=0.5, toxicity=0).is_positive
    assert not row(threat=0.49, toxicity=0).is_positive


def test_a_row_is_negative_only_where_a_broad_label_is_known_and_none_is_present() -> None:
    assert row(toxicity=0.4).is_negative
    assert row(identity_attack=0, threat=0).is_negative
    assert not row(identity_attack=0, threat=1).is_negative
    assert not row(insult=0).is_negative
    assert not row(insult=0).is_positive
    assert not row().is_negative


def test_thinning_keeps_each_source_evenly_and_in_order() -> None:
    rows = [row(n, "long" if n <= 10 else "short") for n in range(1, 13)]
    assert [r.number for r in thin(rows, 4)] == [1, 3, 6, 8, 11, 12]
    assert thin(rows, 100) == rows

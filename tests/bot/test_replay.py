"""The main job from the command line: the bundled model, real files, a real SQLite database."""

import io
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.scoring.scorer import DetoxifyScorer

SAMPLE = Path(__file__).parent.parent.parent / "docs" / "sample-thread.txt"
BASE_KEYS = [
    "id",
    "parent_id",
    "author",
    "text",
    "created_at",
    "scores",
    "categories",
    "verdict",
    "breaches",
    "action",
    "points",
    "case",
    "reason",
]


@pytest.fixture(autouse=True)
def _load_once(compact: DetoxifyScorer, monkeypatch: pytest.MonkeyPatch) -> None:
    for verb in ("replay", "score"):
        monkeypatch.setattr(f"bot.{verb}.load_scorer", lambda _, **__: compact)


def run(*argv: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in argv])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def count_cases(path: Path) -> int:
    with sqlite3.connect(path) as database:
        [number] = database.execute("select count(*) from cases").fetchone()
    database.close()
    return number


def test_a_saved_discussion_becomes_a_table_json_a_page_and_a_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run("replay", SAMPLE, "--json", tmp_path / "out.jsonl", "--report", out) == 0

    judged = lines(tmp_path / "out.jsonl")
    assert all(list(one)[: len(BASE_KEYS)] == BASE_KEYS for one in judged)
    assert {one["verdict"] for one in judged} > {"allow"}
    with_case = [one for one in judged if one["case"] is not None]
    assert all((one["verdict"] != "allow") == (one["case"] is not None) for one in judged)
    assert all(one["breaches"] for one in with_case)
    assert sorted(p.name for p in out.iterdir()) == ["cases.sqlite3", "index.html"]
    assert count_cases(out / "cases.sqlite3") == len(with_case)
    shown = capsys.readouterr()
    assert "index.html" in shown.err
    assert f"{len(judged)} comments" in shown.out


def test_the_same_discussion_twice_in_one_database_opens_no_second_case(tmp_path: Path) -> None:
    database = tmp_path / "kept.sqlite3"
    for name in ("first", "second"):
        json_file = tmp_path / f"{name}.jsonl"
        assert run("replay", SAMPLE, "--db", f"sqlite:///{database}", "--json", json_file) == 0
    first, second = (tmp_path / f"{name}.jsonl" for name in ("first", "second"))
    assert count_cases(database) == len([one for one in lines(first) if one["case"]])
    kept = [one for one in lines(first) if one["case"]]
    assert [one for one in lines(second) if one["case"]] == kept


def test_standard_input_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Stdin:
        buffer = io.BytesIO(b'{"id": 1, "author": "ann", "text": "a fine day"}\n')

    monkeypatch.setattr(sys, "stdin", Stdin())
    assert run("replay", "-") == 0
    assert "1 comment" in capsys.readouterr().out


def test_a_discussion_judged_once_can_be_judged_from_its_own_json(tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert run("replay", SAMPLE, "--json", first) == 0
    assert run("replay", first, "--json", second) == 0
    keys = ("id", "parent_id", "verdict", "breaches", "action")
    assert [[one[k] for k in keys] for one in lines(second)] == [
        [one[k] for k in keys] for one in lines(first)
    ]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("empty.txt", b"", "empty"),
        ("broken.jsonl", b'{"id": 1, "author": "a", "text": "\xff"}\n', "UTF-8"),
        ("cut.jsonl", b'{"id": 1, "author": "a", "te', "line 1"),
        (
            "cycle.jsonl",
            b"""{"id": 1, "author": "a", "text": "x", "parent_id": 2}
{"id": 2, "author": "a", "text": "x", "parent_id": 1}
""",
            "line",
        ),
    ],
)
def test_a_bad_discussion_is_one_sentence_and_leaves_nothing_behind(
    name: str, content: bytes, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / name
    bad.write_bytes(content)
    out, json_file = tmp_path / "out", tmp_path / "out.jsonl"
    assert run("replay", bad, "--report", out, "--json", json_file) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"bot.py replay: {bad}")
    assert expected in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == [bad]


def test_a_bad_policy_leaves_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "mine.toml"
    policy.write_text("[categories.slur]\nact = 1.4\n")
    assert run("replay", SAMPLE, "--policy", policy, "--report", tmp_path / "out") == 2
    assert f"{policy}, line 2: categories.slur.act is 1.4" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_report_folder_that_is_a_file_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("mine")
    assert run("replay", SAMPLE, "--report", tmp_path / "out") == 2
    assert "expected a folder" in capsys.readouterr().err
    assert (tmp_path / "out").read_text() == "mine"


def test_a_fresh_database_replaces_that_of_the_last_report(tmp_path: Path) -> None:
    for _ in range(2):
        assert run("replay", SAMPLE, "--report", tmp_path, "--json", tmp_path / "o.jsonl") == 0
    cases = [one for one in lines(tmp_path / "o.jsonl") if one["case"]]
    assert count_cases(tmp_path / "cases.sqlite3") == len(cases)


def test_one_text_is_scored_and_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("score", "Thank you, that was a lovely walk.") == 0
    shown = capsys.readouterr().out
    assert "ALLOW" in shown
    assert all(word in shown for word in ("insult", "threat", "harassment", "slur", "incitement"))


def test_a_text_full_of_terminal_markup_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("score", "you stupid id1ot [/bold] :smile: hey") == 0
    assert "😄" not in capsys.readouterr().out


def test_the_discussion_itself_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text('{"id": 1, "author": "ann", "text": "a fine day"}\n')
    before = source.read_bytes()
    assert run("replay", source, "--json", source) == 2
    assert "is the discussion itself" in capsys.readouterr().err
    assert source.read_bytes() == before


def test_a_place_below_a_file_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    assert run("replay", SAMPLE, "--json", tmp_path / "file" / "out.jsonl") == 2
    assert "expected a folder to write in" in capsys.readouterr().err


def test_a_bad_database_name_is_told_before_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("replay", SAMPLE, "--db", "mysql://x/y") == 1
    said = capsys.readouterr().err
    assert "mysql" in said
    assert "Loading" not in said

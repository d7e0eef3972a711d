"""The main job from the command line: the bundled model, real files, a real SQLite database."""

import io
import json
import re
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
    assert sorted(p.name for p in out.iterdir()) == ["index.html", "report.sqlite3"]
    assert count_cases(out / "report.sqlite3") == len(with_case)
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
    assert count_cases(tmp_path / "report.sqlite3") == len(cases)


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


def test_outputs_in_one_place_are_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep, page = tmp_path / "keep.db", tmp_path / "r" / "index.html"
    assert run("replay", SAMPLE, "--db", f"sqlite:///{keep}", "--json", keep) == 2
    assert "is asked for by --json and by --db" in capsys.readouterr().err
    assert run("replay", SAMPLE, "--report", page.parent, "--json", page) == 2
    assert "is asked for by --report and by --json" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_kept_database_beside_a_report_outlasts_the_next_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, quiet = tmp_path / "cases.sqlite3", tmp_path / "quiet.jsonl"
    quiet.write_text('{"id": 1, "author": "ann", "text": "a fine day"}\n')
    assert run("replay", SAMPLE, "--report", tmp_path, "--db", kept) == 0
    cases = count_cases(kept)
    assert cases > 0
    assert run("replay", quiet, "--report", tmp_path) == 0
    assert (count_cases(kept), count_cases(tmp_path / "report.sqlite3")) == (cases, 0)
    capsys.readouterr()

    assert run("replay", quiet, "--db", tmp_path / "report.sqlite3") == 2
    assert "is the record that the next report here replaces" in capsys.readouterr().err


def test_a_policy_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "mine.toml"
    policy.write_text('extends = "strict"\n')
    assert run("replay", SAMPLE, "--policy", policy, "--json", policy) == 2
    assert "is the policy itself" in capsys.readouterr().err
    assert policy.read_text() == 'extends = "strict"\n'


def test_a_database_that_cannot_be_used_is_told_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, foreign = tmp_path / "text.db", tmp_path / "foreign.db"
    text.write_text("no database at all")
    with sqlite3.connect(foreign) as database:
        database.execute("create table theirs (a)")
    database.close()
    refused = {
        "mysql://x/y": "mysql",
        text: "is not an SQLite database",
        foreign: "holds another program's tables (such as theirs)",
        tmp_path / "none" / "x.db": "has no folder to stand in",
    }
    for place, why in refused.items():
        assert run("replay", SAMPLE, "--db", place) == 2
        said = capsys.readouterr().err
        assert why in said
        assert "Loading" not in said
        assert said.count("\n") == 1


def test_a_name_too_long_for_any_file_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = tmp_path / ("x" * 300)
    for option in ("--json", "--report", "--db", "--policy", "--model"):
        assert run("replay", SAMPLE, option, long) == 2
        assert "ile name too long)" in capsys.readouterr().err
    assert run("score", "hi", "--policy", long.name) == 2
    assert run("policy", "check", long.name) == 2


def test_the_words_of_an_exempt_author_are_not_counted_as_acted_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy, talk = tmp_path / "mine.toml", tmp_path / "talk.jsonl"
    policy.write_text('exempt_roles = ["Mods"]\n')
    line = {"id": 1, "author": "mo", "roles": ["mods"], "text": "you pathetic stupid idiot"}
    talk.write_text(json.dumps(line))
    out = tmp_path / "out.jsonl"
    assert run("replay", talk, "--policy", policy, "--json", out) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "0 acted on, 1 left alone (exempt authors)." in shown
    [judged] = lines(out)
    assert (judged["verdict"] != "allow", judged["action"]) == (True, None)
    assert "the author's role Mods is exempt: nothing is done" in judged["reason"]


def test_a_score_is_written_alike_in_the_table_and_in_the_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("score", "you f4gs") == 0
    shown = " ".join(capsys.readouterr().out.split())
    score = re.search(r"harassment: insult scored (\S+),", shown)
    assert score is not None
    assert f"insult {score[1]} the whole text" in shown
    assert f"harassment {score[1]} " in shown


def test_a_text_from_a_closed_standard_input_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert run("score", "-") == 2
    assert capsys.readouterr().err == "bot.py score: standard input: is closed, expected a text\n"

"""What the command line answers before any verb runs, and its exit codes."""

import sys
from pathlib import Path

import pytest

from bot.cli import VERBS, main


def run(*argv: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_no_verb_is_answered_with_the_list_of_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    assert "VERB" in capsys.readouterr().err
    assert run("--help") == 0
    shown = capsys.readouterr().out
    assert all(name in shown and verb.says in shown for name, verb in VERBS.items())


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(verb, "--help") == 0
    assert f"bot.py {verb}" in capsys.readouterr().out


def test_an_unknown_verb_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rplay") == 2
    assert "rplay" in capsys.readouterr().err


def test_bad_input_is_one_sentence_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "no-such.toml"
    assert run("policy", "check", str(missing)) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"bot.py policy: {missing}: ")
    assert said.count("\n") == 1


def test_a_missing_optional_package_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "bot.check_policy", raising=False)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert run("policy", "check", "balanced") == 1
    assert capsys.readouterr().err == (
        "bot.py policy: needs the package rich: run make test, which installs it\n"
    )


def test_a_bare_python_is_told_to_make_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "bot.check_policy", raising=False)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.setattr("bot.cli.find_spec", lambda _: None)
    assert run("policy", "check", "balanced") == 1
    assert "run make demo, then .venv/bin/python bot.py" in capsys.readouterr().err


def test_a_preset_can_be_checked_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policy", "check", "strict") == 0
    assert "strict" in capsys.readouterr().out

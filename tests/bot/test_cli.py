"""What the command line answers before any verb runs, and its exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import VERBS, main

PROGRAM = Path(__file__).parent.parent.parent / "bot.py"


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


def test_an_unknown_engine_is_told_which_ones_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("score", "--engine", "steam", "Hello.") == 2
    assert capsys.readouterr().err == (
        "bot.py score: engine steam: is unknown, expected one of auto, eager, compiled, quick\n"
    )


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


def test_what_a_policy_or_a_path_holds_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "mine.toml"
    policy.write_text('exempt_roles = ["\\u001b[31mred"]\n')
    assert run("policy", "check", str(policy)) == 0
    assert run("policy", "check", str(tmp_path / "\x1b[31m.toml")) == 2
    shown = capsys.readouterr()
    assert "the role [31mred." in shown.out
    assert r"\x1b[31m.toml: there is no such file" in shown.err
    assert "\x1b" not in shown.out + shown.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_without_room_is_one_sentence(unbuffered: str) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, PROGRAM, "policy", "check", "balanced"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr == (
        "bot.py policy: standard output: cannot be written to (no space left on device), "
        "expected room for what is shown\n"
    )


def test_ctrl_c_while_the_program_is_being_read_is_one_sentence(tmp_path: Path) -> None:
    # The first thing that the command line imports is interrupted, as by Ctrl-C just then.
    (tmp_path / "argparse.py").write_text("raise KeyboardInterrupt\n")
    ended = subprocess.run(
        [sys.executable, PROGRAM, "policy", "check", "balanced"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (
        130,
        "bot.py: interrupted before anything was done\n",
    )

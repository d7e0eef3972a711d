"""The verb `run` before it is online: what it refuses, in which words, with which exit code."""

import logging
from collections.abc import Generator
from pathlib import Path

import pytest
import structlog
from discord.http import Route

from bot import cli

NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Generator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    monkeypatch.setattr(Route, "BASE", NOBODY_LISTENS)


def ends(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        cli.main(["run", *arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


def test_without_a_token_it_says_where_to_get_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("DISCORD_TOKEN")
    assert ends() == 2
    assert capsys.readouterr().err == (
        "bot.py run: the environment: DISCORD_TOKEN is not set, expected the bot's token from"
        " Discord's developer portal\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_check_says_that_discord_cannot_be_reached(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert ends("--check") == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("bot.py run: Discord could not be reached (")
    assert {path.name for path in tmp_path.iterdir()} >= {
        "evenhand.sqlite3",
        "evenhand.sqlite3.key",
    }


def test_a_policy_for_labels_that_the_model_lacks_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "p.toml").write_text("[categories.slur.labels]\nsexual_explicit = 1.0\n")
    monkeypatch.setenv("EVENHAND_POLICY", "p.toml")
    assert ends("--check") == 2
    assert "sexual_explicit" in capsys.readouterr().err

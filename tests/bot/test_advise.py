"""`bot.py advise` from end to end: suggestions in a database, a table and a plot out."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.domain.suggestion import Suggestion
from bot.opening import opened
from bot.storage.suggestions import SqlSuggestions
from config.settings import Settings
from tests.bot.test_cli import run

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("EVENHAND_DATABASE", str(tmp_path / "kept.sqlite3"))
    return Settings()


def suggest(settings: Settings, *texts: tuple[str, float]) -> None:
    async def add() -> None:
        async with opened(settings) as database:
            for text, value in texts:
                suggestion = Suggestion(NOON, text, {"INSULT": value}, session_id="s1")
                await SqlSuggestions(database).add(suggestion)

    asyncio.run(add())


def test_nothing_decided_is_said(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("advise") == 0
    shown = capsys.readouterr().out
    assert settings.policy == "balanced"
    assert "Nobody has decided on harassment yet: no advice." in shown


def test_suggestions_become_a_table_and_a_plot(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suggest(settings, ("you are a stupid idiot", 1.0), ("thank you, that helped a lot", 0.0))
    plot = tmp_path / "advice.svg"
    assert run("advise", "--plot", str(plot)) == 0
    shown = capsys.readouterr().out
    assert "harassment: 2 decided, 1 found such, 1 not" in shown
    assert "For no threshold of harassment is it sure from these decisions" in shown
    assert "acts now" in shown
    assert "As clients of the Perspective wire are served it" in shown
    assert "INSULT: 2 decided, 1 found such, 1 not" in shown
    drawn = ElementTree.fromstring(plot.read_text(encoding="utf-8"))
    names = [each.get("class") for each in drawn.iter("{http://www.w3.org/2000/svg}polyline")]
    assert names == ["precision line", "recall line"]


def test_an_empty_session_is_refused_and_erases_nothing(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    suggest(settings, ("you are an idiot", 1.0))
    for empty in ("", " "):
        assert run("advise", "--erase-session", empty) == 2
        assert "is empty, expected the id of a session" in capsys.readouterr().err
    assert run("advise", "--erase-before", "2027-01-01") == 0
    assert "Erased the words of 1 suggestions" in capsys.readouterr().out


def test_words_are_erased_on_wish_and_scores_stay(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    suggest(settings, ("you are an idiot", 1.0), ("fool", 1.0))
    assert run("advise", "--erase-session", "s1") == 0
    assert "Erased the words of 2 suggestions" in capsys.readouterr().out
    assert run("advise", "--erase-before", "2027-01-01") == 0
    assert "Erased the words of 0 suggestions" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong", [("--precision", "1"), ("--precision", "x"), ("--erase-before", "soon")]
)
def test_a_wrong_option_is_explained(
    wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("advise", *wrong) == 2
    assert f"is {wrong[1]}, expected" in capsys.readouterr().err

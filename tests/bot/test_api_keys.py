"""`bot.py key`: a key is shown once, listed without its text, and revoked for good."""

from pathlib import Path

import pytest

from tests.bot.test_cli import run


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "kept.sqlite3"
    monkeypatch.setenv("EVENHAND_DATABASE", str(file))
    return file


def test_a_key_is_shown_once_alone_on_its_line_and_never_stored(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("key", "add", "forum") == 0
    shown = capsys.readouterr()
    key = shown.out.strip()
    assert len(key) == 43
    assert shown.err == "The key forum; it is not shown again:\n"
    stored = b"".join(file.read_bytes() for file in database.parent.glob("kept.sqlite3*"))
    assert key.encode() not in stored
    assert run("key", "list") == 0
    listed = capsys.readouterr().out
    assert "forum" in listed
    assert "600" in listed
    assert key not in listed


def test_a_revoked_key_is_listed_with_its_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("key", "add", "forum", "--per-minute", "60") == 0
    assert run("key", "revoke", "forum") == 0
    capsys.readouterr()
    assert run("key", "list") == 0
    made, revoked = capsys.readouterr().out.splitlines()[1].split()[-2:]
    assert made == revoked


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("add", ""), 2, "an empty name: cannot name a key"),
        (("add", "a b"), 2, "a b: cannot name a key, expected up to 63 letters"),
        (("add", "forum", "--per-minute", "0"), 2, "--per-minute: is 0, expected 1 to 1,000,000"),
        (("revoke", "forum"), 1, "there is no key named forum"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    arguments: tuple[str, ...], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("key", *arguments) == code
    assert said in capsys.readouterr().err

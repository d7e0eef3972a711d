"""The verb `bench`: what it refuses before it measures anything."""

import argparse
from pathlib import Path

import pytest

from bot import bench
from bot.errors import BadInputError


def parsed(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    return parser.parse_args(argv)


def test_comments_that_are_not_there_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        bench.run(parsed("--comments", str(tmp_path / "nothing")))


@pytest.fixture
def nobody_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "hold", lambda *_: pytest.fail("measuring has begun"))


@pytest.mark.usefixtures("nobody_measures")
@pytest.mark.parametrize(
    ("option", "place", "said"),
    [
        ("--json", "", "is a folder, expected a place for a file"),
        ("--json", "file/x", "file: is a file, expected a folder"),
        ("--report", "file/x", "file: is a file, expected a folder"),
        ("--json", "file", "is the file of comments itself, expected another file"),
    ],
)
def test_places_that_cannot_be_written_to_are_refused_before_anything_is_measured(
    tmp_path: Path, option: str, place: str, said: str
) -> None:
    (tmp_path / "file").write_text("Hello.\n")
    comments = ("--comments", str(tmp_path / "file"))
    with pytest.raises(BadInputError, match=said):
        bench.run(parsed(option, str(tmp_path / place), *comments))


@pytest.mark.usefixtures("nobody_measures")
def test_a_model_of_no_known_name_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(BadInputError, match="model 'orignal': is no model, expected compact"):
        bench.run(parsed("--model", "orignal"))


@pytest.mark.parametrize(
    "argv", [("--seconds", "0"), ("--seconds", "soon"), ("--rounds", "0"), ("--rounds", "1.5")]
)
def test_turns_that_cannot_be_are_refused(
    argv: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parsed(*argv)
    assert f"is {argv[1]}, expected a" in capsys.readouterr().err

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


@pytest.mark.parametrize(
    "argv", [("--seconds", "0"), ("--seconds", "soon"), ("--rounds", "0"), ("--rounds", "1.5")]
)
def test_turns_that_cannot_be_are_refused(
    argv: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parsed(*argv)
    assert f"is {argv[1]}, expected a" in capsys.readouterr().err

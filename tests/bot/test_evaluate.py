import argparse
from pathlib import Path

import pytest

from bot import evaluate
from bot.errors import BadInputError


def parse(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    return parser.parse_args(argv)


def test_the_file_is_enough_and_the_rest_has_defaults() -> None:
    args = parse("rows.csv")
    assert args.path == Path("rows.csv")
    assert (args.model, args.policy) == ("compact", "balanced")
    assert args.json is args.report is args.limit is None


@pytest.mark.parametrize("limit", ["0", "-3", "many", "1.5"])
def test_a_limit_that_is_no_count_is_refused(
    limit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse("rows.csv", f"--limit={limit}")
    assert caught.value.code == 2
    assert "expected a whole number from 1" in capsys.readouterr().err


def test_a_bad_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,source,threat\na,b,7\n")
    with pytest.raises(BadInputError, match="line 2, column threat: is 7, expected 0 to 1"):
        evaluate.run(parse(str(path)))

"""From a table of Perspective's scores to figures and a calibration that `serve` can use."""

import csv
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from bot.errors import BadInputError
from bot.evaluation.agree import Comparison, print_agreement, write_agreement, write_calibration
from bot.evaluation.perspective_table import read_published
from bot.web.calibration import read_calibration
from config.labels import Label
from tests.fakes.scripted_scorer import ScriptedScorer

STEPS = 10


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A hundred comments "word0" to "word9" that Perspective gave 0.05 to 0.95."""
    file = tmp_path / "scores.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["comment_text", "TOXICITY@6"])
        writer.writerows([f"word{n % STEPS}", (n % STEPS + 0.5) / STEPS] for n in range(100))
    return file


@pytest.fixture
def scorer() -> ScriptedScorer:
    """Scores the same words half as high."""
    return ScriptedScorer(
        {f"word{n}": {Label.TOXICITY: (n + 0.5) / STEPS / 2} for n in range(STEPS)}
    )


def test_the_figures_say_what_fitting_gains(table: Path, scorer: ScriptedScorer) -> None:
    comparison = Comparison(read_published(table), scorer)
    [found] = comparison.agreements
    assert (found.attribute, found.n) == ("TOXICITY", 100)
    assert found.spearman == pytest.approx(1)
    # Halved, none of the five words from 0.55 on reaches 0.5; fitted, all do.
    assert (found.raw[0].value, found.fitted[0].value) == (0.5, 1.0)


def test_table_and_json_show_the_same(table: Path, scorer: ScriptedScorer, tmp_path: Path) -> None:
    comparison = Comparison(read_published(table), scorer)
    shown = io.StringIO()
    print_agreement(Console(file=shown, width=100), comparison)
    assert "50.0 > 100.0" in shown.getvalue()
    write_agreement(tmp_path / "figures.json", comparison)
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["rows"][0]["same_side"]["0.5"]["raw"][0] == 0.5
    assert figures["measured"]["file"] == "scores.csv"


def test_the_calibration_is_for_this_model_and_holds_no_comment(
    table: Path, scorer: ScriptedScorer, tmp_path: Path
) -> None:
    file = tmp_path / "calibration.json"
    write_calibration(file, Comparison(read_published(table), scorer).calibration())
    read = read_calibration(file)
    assert read.weights_sha256 == scorer.model.sha256
    assert read.value("TOXICITY", 0.475) == pytest.approx(0.95, abs=0.03)
    assert "word" not in file.read_text()


def test_too_few_rows_are_refused(tmp_path: Path, scorer: ScriptedScorer) -> None:
    file = tmp_path / "few.csv"
    file.write_text("comment_text,TOXICITY\nword1,0.5\n")
    with pytest.raises(BadInputError, match=r"few.csv: has fewer than 50 rows"):
        Comparison(read_published(file), scorer)

"""The page of an evaluation: one HTML file that needs no network and runs no script.

Chooses and orders what is shown; the look is in `evaluation.html.j2` and, shared with the page of
a judged discussion, in `bot/report/page.css`. Called by `bot.evaluation.run`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from bot.evaluation.assess import Evaluation, Ranking, ScoredComment
from bot.evaluation.occasion import Occasion
from bot.evaluation.wording import POLICY_WORDS, headline, notes_on, unranked, why_no_figure
from bot.evaluation.worst import worst_errors
from bot.report.page import PAGE_NAME
from bot.report.safe_text import many_lines, one_line
from bot.report.whole_file import write_whole
from bot.report.wording import DECISIONS, passage_in_words
from bot.statistics.evaluation_plots import (
    Bar,
    Curve,
    Dot,
    curve,
    reliability,
    score_bars,
)
from config.labels import Label

ERRORS_SHOWN = 6
"""Of each kind for each source: enough to see a pattern, few enough to read."""
LONGEST_TEXT = 1500
"""Letters of a text shown; the file has the rest."""


@dataclass(frozen=True, slots=True)
class Card:
    """One label in one source, as it is drawn. `curve` is None without both kinds of rows."""

    ranking: Ranking
    curve: Curve | None
    dots: tuple[Dot, ...]
    bars: tuple[Bar, ...]


def write_page(
    folder: Path, evaluation: Evaluation, comments: Sequence[ScoredComment], occasion: Occasion
) -> Path:
    """Write `folder/index.html`, complete or not at all, and return its path.

    Raises:
        BadInputError: the folder cannot be written to.
    """
    path = folder / PAGE_NAME
    write_whole(path, render_page(evaluation, comments, occasion))
    return path


def render_page(
    evaluation: Evaluation, comments: Sequence[ScoredComment], occasion: Occasion
) -> Iterator[str]:
    """Yield the page piece by piece. Equal input gives equal bytes."""
    return (
        _environment()
        .get_template("evaluation.html.j2")
        .generate(
            evaluation=evaluation,
            occasion=occasion,
            headline=headline(evaluation, occasion),
            notes=notes_on(evaluation, occasion),
            floor=_floor(evaluation),
            cards={label: own for label in Label if (own := _cards(evaluation, label))},
            errors=worst_errors(comments, ERRORS_SHOWN),
            longest=LONGEST_TEXT,
            decision_words=DECISIONS,
            policy_words=POLICY_WORDS,
            unranked=unranked,
        )
    )


def _cards(evaluation: Evaluation, label: Label) -> list[Card]:
    return [
        Card(
            ranking,
            curve(ranking.truth, ranking.values),
            reliability(ranking.calibration),
            score_bars(ranking.truth, ranking.values),
        )
        for ranking in evaluation.of_label(label)
    ]


def _floor(evaluation: Evaluation) -> float:
    """Choose where the axis of the ROC AUCs starts: 0.5, which is chance, or below the lowest."""
    lows = [r.interval[0].low for r in evaluation.rankings if r.interval is not None]
    return min(0.5, int(min(lows, default=0.5) * 10) / 10)


def _environment() -> Environment:
    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader("bot.evaluation", "."), PackageLoader("bot.report", ".")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "line": one_line,
        "lines": many_lines,
        "moment": _moment,
        "number": _number,
        "passage": passage_in_words,
        "plain": _plain,
        "why": why_no_figure,
    }
    return environment


def _moment(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M}"


def _plain(label: Label) -> str:
    return label.replace("_", " ")


def _number(value: float) -> str:
    """Write a length for SVG or CSS: short, and the same on every machine."""
    return f"{value:.4f}".rstrip("0").rstrip(".")

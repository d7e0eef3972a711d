"""One comparison with Perspective's published scores, from file to table or calibration.

The composition root behind `bot.evaluate` (for such a file) and `bot.calibrate`.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bot.errors import BadInputError
from bot.evaluation.calibrating import (
    FEWEST_ROWS,
    THRESHOLDS,
    Agreement,
    Values,
    agreement,
    columns_of,
    fit_curve,
)
from bot.evaluation.perspective_table import PublishedScores
from bot.moderation.ports import Scorer
from bot.report.whole_file import write_whole
from bot.statistics.ranking import Share
from bot.text import read
from bot.web.attributes import served_by
from bot.web.calibration import Calibration, FittedOn

SCORED_TOGETHER = 64


class Comparison:
    """A model's scores beside Perspective's, on the rows of one file."""

    def __init__(self, published: PublishedScores, scorer: Scorer) -> None:
        """Score every row, under a progress bar.

        Raises:
            BadInputError: there are too few rows to say anything.
            ScoringError: the model could not score.
        """
        self.published = published
        self.model = scorer.model
        self._columns = asyncio.run(_columns(published, scorer))
        if not self._columns:
            what = f"has fewer than {FEWEST_ROWS} rows that {self.model.name} can score"
            raise BadInputError(published.name, f"{what}, expected more")
        self.measured_at = datetime.now(UTC)

    @property
    def agreements(self) -> list[Agreement]:
        """Say for each attribute how well the model agrees, raw and fitted."""
        return [agreement(name, *columns) for name, columns in self._columns.items()]

    def calibration(self) -> Calibration:
        """Fit every attribute on all rows."""
        fitted_on = FittedOn(
            file=self.published.name,
            sha256=self.published.sha256,
            rows=len(self.published.rows),
            at=f"{self.measured_at:%F}",
        )
        return Calibration(
            model=self.model.name,
            weights_sha256=self.model.sha256,
            fitted_on=fitted_on,
            curves={name: fit_curve(*columns) for name, columns in self._columns.items()},
        )


def print_agreement(console: Console, comparison: Comparison) -> None:
    """Print how well the scores agree, as they are and fitted."""
    name, rows = comparison.published.name, max(each.n for each in comparison.agreements)
    title = f"{comparison.model.name} against Perspective ({name}, {rows:,} comments)"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("attribute", no_wrap=True)
    for heading in ("ranks", *(f"side of {at}" for at in THRESHOLDS)):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in comparison.agreements:
        spearman = "-" if each.spearman is None else f"{each.spearman:.2f}"
        sides = zip(each.raw, each.fitted, each.below, strict=True)
        cells = (f"{_percent(a)} > {_percent(b)} ({_percent(c, 0)})" for a, b, c in sides)
        table.add_row(each.attribute, spearman, *cells)
    console.print()
    console.print(table)
    console.print(
        "\nRanks: Spearman's correlation. Side of 0.7: the share of comments (in %) on which both"
        " scores lie on the same side of it, as the model scores > fitted to Perspective (if every"
        " comment were called harmless). Fitted scores are held out: each half of the rows is"
        " scored by a curve fitted on the other half.",
        style="dim",
    )


def write_agreement(path: Path, comparison: Comparison) -> None:
    """Write the figures as one JSON object.

    Raises:
        BadInputError: the place cannot be written to.
    """
    figures = {
        "model": comparison.model.name,
        "rows": [_figures(each) for each in comparison.agreements],
        "measured": {
            "model_sha256": comparison.model.sha256,
            "file": comparison.published.name,
            "file_sha256": comparison.published.sha256,
            "at": comparison.measured_at.isoformat(timespec="seconds"),
        },
    }
    write_whole(path, [json.dumps(figures, indent=1, allow_nan=False), "\n"])


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Write a calibration, a number's worth of lines and no comment.

    Raises:
        BadInputError: the place cannot be written to.
    """
    written = calibration.model_dump(mode="json")
    write_whole(path, [json.dumps(written, indent=None, separators=(",", ":")), "\n"])


async def _columns(published: PublishedScores, scorer: Scorer) -> dict[str, tuple[Values, Values]]:
    served = served_by(scorer.labels)
    rows: list[Mapping[str, float]] = []
    starts = range(0, len(published.rows), SCORED_TOGETHER)
    aside = Console(stderr=True, highlight=False)
    for start in track(starts, description="Scoring", console=aside):
        batch = published.rows[start : start + SCORED_TOGETHER]
        for scores in await scorer.score([read(row.text) for row in batch]):
            values = {name: scores.value(label) for name, label in served.items()}
            rows.append({name: value for name, value in values.items() if value is not None})
    return columns_of(rows, [row.values for row in published.rows])


def _figures(each: Agreement) -> dict[str, Any]:
    return {
        "attribute": each.attribute,
        "n": each.n,
        "spearman": each.spearman,
        "mean_distance": {"raw": each.raw_distance, "fitted": each.fitted_distance},
        "same_side": {
            str(at): {"raw": _share(raw), "fitted": _share(fitted), "all_below": _share(below)}
            for at, raw, fitted, below in zip(
                THRESHOLDS, each.raw, each.fitted, each.below, strict=True
            )
        },
    }


def _share(share: Share) -> Sequence[float | None]:
    """Give a share and the ends of its interval."""
    interval = share.interval
    ends = (None, None) if interval is None else (interval.low, interval.high)
    return [share.value, *ends]


def _percent(share: Share, places: int = 1) -> str:
    return "-" if share.value is None else f"{100 * share.value:.{places}f}"

"""The page of a contest: one HTML file that needs no network and runs no script.

The look is in `bench.html.j2` and, shared with all reports, in `bot/report/page.css`. Called by
`bot.bench`.
"""

from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from bot.benchmark.figures import Figures
from bot.benchmark.table import sentences
from bot.report.page import PAGE_NAME
from bot.report.whole_file import write_whole


def write_page(folder: Path, figures: Figures) -> Path:
    """Write `folder/index.html`, complete or not at all, and return its path.

    Raises:
        BadInputError: the folder cannot be written to.
    """
    path = folder / PAGE_NAME
    write_whole(path, [render_page(figures)])
    return path


def render_page(figures: Figures) -> str:
    """Give the page. Equal figures give equal bytes."""
    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader("bot.benchmark", "."), PackageLoader("bot.report", ".")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # A load that nobody could bear would flatten all others; it stands in the table.
    requests = [load for load in figures.server.load if load.share <= 1]
    return environment.get_template("bench.html.j2").render(
        figures=figures,
        quickest=max(row.spread.high for row in figures.rows),
        slowest_ms=max(load.p99_ms for load in (*figures.load, *requests)),
        requests=requests,
        sentences=sentences(figures),
    )

"""The figures of a contest in a terminal. Called by `bot.bench`."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bot.benchmark.figures import Figures, Load, RequestLoad, Row


def print_tables(console: Console, figures: Figures) -> None:
    """Print who was how quick, how long comments wait, and how near the processor's floor it is."""
    machine = figures.machine
    console.print(
        f"{machine.processor}, {machine.cores} cores, {machine.system}. {figures.comments}; "
        f"medians of {figures.rounds} rounds.",
        markup=False,
    )
    console.print(_contest(figures.rows))
    console.print(_load(figures.load))
    console.print(_requests(figures.server.load))
    for line in sentences(figures):
        console.print(line, markup=False)


def sentences(figures: Figures) -> list[str]:
    """Say the rest in words."""
    alone, apart = figures.alone_ms, figures.deviation
    over, empty = figures.server.overhead_ms, figures.server.empty_ms
    floors = [
        f"{floor.model}: int8 products alone would allow {floor.comments_per_second:,.0f} comments "
        f"a second here ({floor.peak_operations_a_second.median / 1e9:,.0f} billion operations a "
        f"second, {floor.tokens_a_comment:.0f} tokens a comment)."
        for floor in figures.floors
    ]
    first = (
        f"One comment alone, through the batcher: {alone.median:.1f} ms "
        f"({alone.low:.1f} to {alone.high:.1f})."
    )
    second = (
        f"A request to the server takes {over.median:.1f} ms more than the model alone "
        f"({over.low:.1f} to {over.high:.1f}), and one that asks for nothing {empty.median:.1f} ms "
        f"({empty.low:.1f} to {empty.high:.1f}) in all; server, client and model share the cores."
    )
    last = (
        f"Compiled scores against eager ones on {apart.comments:,} comments: {apart.mean:.4f} "
        f"apart on average and {apart.largest:.3f} at most; verdicts under the policy "
        f"{apart.policy} changed: {apart.changed_verdicts}."
    )
    spared = (
        f"The first stage settled {apart.spared:,} of these comments; the whole model decides "
        f"otherwise on {apart.changed_by_sparing}."
    )
    return [first, second, *floors, last, spared]


def _contest(rows: list[Row]) -> Table:
    table = Table(
        title="Comments a second; own, orig.: times Detoxify one by one",
        title_justify="left",
        box=SIMPLE_HEAD,
    )
    table.add_column("who", min_width=29)
    for name in ("a second", "own", "orig.", "floor", "start", "MB"):
        table.add_column(name, justify="right", no_wrap=True)
    model = ""
    for row in rows:
        if row.model != model:
            model = row.model
            table.add_row(f"on {model}", style="bold")
        table.add_row(
            f"  {row.name}",
            _with_spread(row),
            _times(row.ratio_to_detoxify_one_by_one),
            _times(row.ratio_to_original_one_by_one),
            "" if row.share_of_floor is None else f"{100 * row.share_of_floor:.0f} %",
            f"{row.startup_s:.1f} s",
            "" if row.peak_rss_mb is None else f"{row.peak_rss_mb:,.0f}",
        )
    return table


def _load(loads: Sequence[Load]) -> Table:
    table = Table(
        title="How long a comment waits, as a bot runs it", title_justify="left", box=SIMPLE_HEAD
    )
    for name in ("of capacity", "comments a second", "p50", "p95", "p99"):
        table.add_column(name, justify="right", no_wrap=True)
    for load in loads:
        table.add_row(
            f"{100 * load.share:.0f} %",
            f"{load.rate:.0f}",
            *(f"{ms:.1f} ms" for ms in (load.p50_ms, load.p95_ms, load.p99_ms)),
        )
    return table


def _requests(loads: Sequence[RequestLoad]) -> Table:
    table = Table(
        title="How long a request to the server takes; 503: to come again later",
        title_justify="left",
        box=SIMPLE_HEAD,
        collapse_padding=True,  # ten columns in the width of a terminal
    )
    for name in ("of\ncapacity", "asked\na second", "answered\na second"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("p50\nms", "p95\nms", "p99\nms", "200", "503", "504", "else"):
        table.add_column(name, justify="right", no_wrap=True)
    for load in loads:
        table.add_row(
            f"{100 * load.share:.0f} %",
            f"{load.rate:.0f}",
            f"{load.answered_a_second:.0f}",
            *(f"{ms:.1f}" for ms in (load.p50_ms, load.p95_ms, load.p99_ms)),
            *map(str, (load.answered, load.refused, load.late, load.other)),
        )
    return table


def _with_spread(row: Row) -> str:
    """Write a rate, and by how much the rounds' lowest and highest lie from it at most."""
    rate, spread = row.comments_per_second, row.spread
    apart = max(rate - spread.low, spread.high - rate) / rate
    return f"{rate:.4g} ±{100 * apart:.0f} %"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.3g}"

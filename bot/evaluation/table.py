"""The figures as two tables, for a terminal of 80 columns or a pipe.

Called by `bot.evaluation.run`.
"""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.evaluation.assess import Evaluation, PolicyOutcome, Ranking
from bot.evaluation.occasion import Occasion
from bot.evaluation.wording import POLICY_WORDS, notes_on, unranked
from bot.report.safe_text import excerpt
from bot.statistics.ranking import Share

SOURCE_CELLS = 20
"""The longest name of a source that leaves room for its figures."""


def print_tables(console: Console, evaluation: Evaluation, occasion: Occasion) -> None:
    """Print rankings, worst first within each source, then what the policy makes of each."""
    console.print()
    console.print(_rankings(evaluation, occasion))
    console.print()
    console.print(_policy(evaluation, occasion))
    console.print()
    for note in (POLICY_WORDS, *notes_on(evaluation, occasion)):
        console.print(note, markup=False, style="dim")


def _rankings(evaluation: Evaluation, occasion: Occasion) -> Table:
    title = f"How well {occasion.model.name} ranks ({occasion.file})"
    table = _table(title, ("source, label", "n", "positives", "ROC AUC", "95 %", "av. prec."))
    for source in evaluation.sources:
        table.add_row(Text(excerpt(source, SOURCE_CELLS), style="bold"))
        own = evaluation.of_source(source)
        for ranking in own:
            if ranking.roc_auc is not None:
                table.add_row(*_ranked(ranking))
        for reason, group in unranked(own):
            table.add_row(*_unranked(reason, group))
    return table


def _ranked(ranking: Ranking) -> list[str]:
    interval, _ = ranking.interval or (None, None)
    return [
        f"  {ranking.label}",
        f"{ranking.n:,}",
        f"{ranking.positives:,}",
        _number(ranking.roc_auc),
        f"{interval.low:.3f} to {interval.high:.3f}" if interval else "-",
        _number(ranking.average_precision),
    ]


def _unranked(reason: str, group: Sequence[Ranking]) -> list[str | Text]:
    """Give labels without a figure one line: what they share, or a dash."""
    name = group[0].label if len(group) == 1 else f"{len(group)} labels"
    counts = {ranking.n for ranking in group}, {ranking.positives for ranking in group}
    shown = [f"{next(iter(same)):,}" if len(same) == 1 else "-" for same in counts]
    return [f"  {name}", *shown, "-", Text(reason, style="dim"), "-"]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _policy(evaluation: Evaluation, occasion: Occasion) -> Table:
    title = f"What the policy {occasion.policy} makes of it (in %, with 95 % intervals)"
    table = _table(title, ("source", "n", "flagged", "recall", "false alarms"))
    for outcome in evaluation.policy:
        table.add_row(*_outcome(outcome))
    return table


def _outcome(outcome: PolicyOutcome) -> list[str | Text]:
    shares = (outcome.flagged, outcome.recall, outcome.false_alarms)
    name = Text(excerpt(outcome.source, SOURCE_CELLS))
    return [name, f"{outcome.n:,}", *(_share(share) for share in shares)]


def _share(share: Share) -> str:
    value, interval = share.value, share.interval
    if value is None or interval is None:
        return "-"
    return f"{value * 100:.1f} ({interval.low * 100:.1f}-{interval.high * 100:.1f})"


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(title=Text(title, style="bold"), title_justify="left", box=None, pad_edge=False)
    for at, column in enumerate(columns):
        table.add_column(column, justify="right" if at else "left", no_wrap=True)
    return table

"""The advice as a table for a terminal or a pipe, and in a sentence a category.

Called by `bot.advise`.
"""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from bot.statistics.advice import Advice, Proportion

BIAS = (
    "Recall counts only comments that somebody decided on. What passed under the flag threshold and"
    " was never reported or suggested is in none of these figures."
)


def print_advice(
    console: Console, name: str, advice: Advice, precision: float, now: Mapping[str, float]
) -> None:
    """Print what each threshold of a category or attribute would have done, and the advice.

    `now` names the thresholds that hold now.
    """
    table = Table(box=None, pad_edge=False, title_justify="left")
    table.title = (
        f"{name}: {advice.decided} decided, {advice.such} found such, "
        f"{advice.decided - advice.such} not"
    )
    for heading in ("threshold", "reaches", "precision", "95 %", "recall", "95 %"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for line in advice.lines:
        table.add_row(
            f"{line.threshold:.2f}",
            str(line.precision.of),
            *_cells(line.precision),
            *_cells(line.recall),
            ", ".join(word for word, at in now.items() if at == line.threshold),
        )
    console.print()
    console.print(table)
    console.print(advice_words(name, advice, precision), style="bold", markup=False)


def advice_words(name: str, advice: Advice, precision: float) -> str:
    """Say in a sentence or two what the figures come to."""
    wanted = f"{100 * precision:.0f} %"
    if not advice.decided:
        return f"Nobody has decided on {name} yet: no advice."
    line = advice.lowest_sure(precision)
    if line is None:
        return (
            f"For no threshold of {name} is it sure from these decisions that {wanted} of what"
            " it reaches would be right: decide on more, or keep to flagging."
        )
    low, high = line.recall.interval
    return (
        f"From {line.threshold:.2f} on, at least {wanted} of what {name} reaches would be right"
        f" (95 % sure); it would have found {100 * low:.0f} to {100 * high:.0f} % of what was such."
    )


def _cells(share: Proportion) -> tuple[str, str]:
    if share.value is None:
        return "-", "-"
    low, high = share.interval
    return f"{share.value:.2f}", f"{low:.2f}-{high:.2f}"

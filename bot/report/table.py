"""The readable table of a judged discussion, for a terminal or a pipe.

Shows what was flagged or acted on and why, never what was allowed. Decides nothing. Called by
`bot.replay`.
"""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.domain.comment import Thread
from bot.domain.judgement import Judgement
from bot.domain.verdict import Decision
from bot.policy.wording import points_words
from bot.report.safe_text import excerpt
from bot.report.wording import (
    breach_in_words,
    decisive_score,
    done_in_words,
    gravest_by_category,
    notes_on,
    totals_in_words,
    verdict_in_words,
)
from bot.statistics.summary import is_judged, summarise

COLOURS = {Decision.ALLOW: "", Decision.FLAG: "yellow", Decision.ACT: "red"}
LONGEST_NAME = 40
WIDEST_BREACH = len("harassment 0.95 ≥ 0.85")
EXCERPT = 120
"""Cells: three lines of the table at 80 columns."""


def print_table(console: Console, thread: Thread, judgements: Sequence[Judgement]) -> None:
    """Print the judged comments, the totals, and what a reader must know about the source."""
    judged = [j for j in judgements if is_judged(j)]
    if judged:
        table = Table(box=box.SIMPLE_HEAD, show_lines=False, pad_edge=False, expand=True)
        table.add_column("#", justify="right", no_wrap=True)
        table.add_column("Who wrote what", ratio=2, overflow="fold")
        table.add_column("Score ≥ threshold", min_width=WIDEST_BREACH, overflow="fold")
        table.add_column("Step", ratio=1, overflow="fold")
        for number, judgement in enumerate(judged, 1):
            _add(table, judgement, is_last=number == len(judged))
        console.print(table)
    else:
        console.print("Nothing was flagged or acted on.")
    totals = totals_in_words(summarise(judgements))
    console.print(totals, markup=False, highlight=False, style="bold")
    for note in notes_on(thread, judgements):
        console.print(note, markup=False, highlight=False)


def _add(table: Table, judgement: Judgement, *, is_last: bool) -> None:
    table.add_row(
        str(judgement.comment.position),
        _who_and_what(judgement),
        _why(judgement),
        _done(judgement),
    )
    if not is_last:
        table.add_row()


def _who_and_what(judgement: Judgement) -> Text:
    words = Text(excerpt(judgement.comment.author.name, LONGEST_NAME), style="bold")
    addressee = judgement.verdict.addressee
    if addressee is not None:
        words.append(f" to {excerpt(addressee.name, LONGEST_NAME)}", style="not bold")
    words.append("\n" + excerpt(_decisive_words(judgement), EXCERPT), style="not bold dim")
    return words


def _decisive_words(judgement: Judgement) -> str:
    """Choose what to show of a comment: its own words, or of a long one the part that decided."""
    decisive = decisive_score(judgement)
    if decisive is not None and decisive[1].passage.windows > 1:
        return decisive[1].passage.text
    return judgement.comment.text


def _why(judgement: Judgement) -> Text:
    colour = "" if judgement.is_exempt else COLOURS[judgement.verdict.decision]
    words = Text(verdict_in_words(judgement), style=f"bold {colour}")
    for breach in gravest_by_category(judgement):
        words.append(f"\n{breach_in_words(breach)}", style="not bold")
    return words


def _done(judgement: Judgement) -> Text:
    words = Text(done_in_words(judgement))
    words.append(f"\n{points_words(judgement.points)}")
    if judgement.case is not None:
        words.append(f"\ncase {judgement.case}")
    return words

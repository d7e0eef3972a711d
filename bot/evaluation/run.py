"""One evaluation from file to figures: reads, scores as users' comments are scored, writes.

The composition root behind `bot.evaluate`.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bot.errors import BadInputError
from bot.evaluation.assess import ScoredComment, assess
from bot.evaluation.figures_json import write_json
from bot.evaluation.labelled_table import LabelledComment, read_labelled, thin
from bot.evaluation.occasion import Occasion
from bot.evaluation.page import write_page
from bot.evaluation.table import print_tables
from bot.moderation.ports import Scorer
from bot.policy.address import find_addressee_of_reply
from bot.policy.judge import judge
from bot.policy.policy_file import find_policy
from bot.policy.record import policy_version
from bot.policy.required_labels import require_labels
from bot.scoring.scorer import load_scorer
from bot.text import read
from config.policy import Policy

SCORED_TOGETHER = 64
"""Rows handed to the scorer at once: enough to sort by length, few enough to show progress."""
COST_OF_ANY = 60
"""What a row costs beyond its length, in letters: it makes the time left come out about right."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for. `limit` is per source; None means every row."""

    path: Path
    model: str
    policy: str
    json: Path | None = None
    report: Path | None = None
    limit: int | None = None


def evaluate(request: Request, load: Callable[[str], Scorer] = load_scorer) -> None:
    """Measure and print, and write what was asked for. `load` finds a model by name or path.

    Raises:
        BadInputError: the file, the policy or a place to write cannot be used.
        ScoringError: the model cannot be had, or could not score.
    """
    progress_console = Console(stderr=True, highlight=False)
    _check_places(request)
    rows = read_labelled(request.path)
    found = len(rows)
    if request.limit is not None:
        rows = thin(rows, request.limit)
    policy = find_policy(request.policy)
    sources = len({row.source for row in rows})
    progress_console.print(
        f"Read {found:,} rows; measuring {len(rows):,} from {sources} sources. "
        f"Loading the model {request.model} ...",
        markup=False,
        soft_wrap=True,
    )
    scorer = load(request.model)
    require_labels(policy, scorer.labels)
    comments = asyncio.run(_score_all(rows, scorer, policy, progress_console))
    occasion = Occasion(
        file=request.path.name,
        file_sha256=hashlib.sha256(request.path.read_bytes()).hexdigest(),
        rows_in_file=found,
        rows=len(rows),
        model=scorer.model,
        model_labels=scorer.labels,
        policy=policy.name,
        policy_version=policy_version(policy),
        measured_at=datetime.now(UTC),
    )
    evaluation = assess(comments, scorer.labels)
    print_tables(Console(highlight=False), evaluation, occasion)
    if request.json is not None:
        write_json(request.json, evaluation, occasion)
        progress_console.print(f"Figures: {request.json}", markup=False, soft_wrap=True)
    if request.report is not None:
        page = write_page(request.report, evaluation, comments, occasion)
        progress_console.print(f"Report: {page}", markup=False, soft_wrap=True)


async def score_rows(
    rows: Sequence[LabelledComment], scorer: Scorer, policy: Policy
) -> AsyncIterator[list[ScoredComment]]:
    """Read, score and judge rows as replies to somebody, batch by batch.

    Raises:
        ScoringError: the model failed; nothing more is yielded.
    """
    for start in range(0, len(rows), SCORED_TOGETHER):
        batch = rows[start : start + SCORED_TOGETHER]
        scores = await scorer.score([read(row.text) for row in batch])
        yield [
            ScoredComment(
                row, scored, judge(scored, policy, find_addressee_of_reply(row.text)).decision
            )
            for row, scored in zip(batch, scores, strict=True)
        ]


async def _score_all(
    rows: Sequence[LabelledComment], scorer: Scorer, policy: Policy, console: Console
) -> list[ScoredComment]:
    comments: list[ScoredComment] = []
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[done]:,} of {task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Scoring", total=_cost(rows), done=0, rows=len(rows))
        async for batch in score_rows(rows, scorer, policy):
            comments += batch
            cost = _cost([comment.row for comment in batch])
            progress.update(task, advance=cost, done=len(comments))
    return comments


def _cost(rows: Sequence[LabelledComment]) -> int:
    return sum(COST_OF_ANY + len(row.text) for row in rows)


def _check_places(request: Request) -> None:
    """Refuse before the long work what could not be written after it."""
    if request.json is not None and request.json.is_dir():
        raise BadInputError(str(request.json), "is a folder, expected a file for the figures")
    for folder in (request.report, request.json and request.json.parent):
        nearest = folder
        while nearest is not None and not nearest.exists() and nearest != nearest.parent:
            nearest = nearest.parent
        if nearest is not None and not nearest.is_dir():
            raise BadInputError(str(nearest), "is a file, expected a folder to write into")

"""Judge a saved discussion: who would have been flagged or acted on, and why.

Nobody is touched. The record goes to a database; the reasons to a table and, when asked for, to
JSON Lines and a page. A discussion or a policy that cannot be used leaves nothing behind.
"""

import argparse
import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.arguments import add_model_arguments, add_policy_argument
from bot.domain.comment import Thread
from bot.domain.judgement import Judgement
from bot.errors import BadInputError
from bot.intake.saved_thread import Format, read_thread
from bot.moderation.pipeline import Pipeline
from bot.moderation.ports import Scorer
from bot.policy.policy_file import find_policy
from bot.policy.record import policy_version
from bot.policy.required_labels import require_labels
from bot.report.json_lines import write_json_lines
from bot.report.page import PAGE_NAME, Occasion, write_page
from bot.report.table import print_table
from bot.report.wording import count
from bot.scoring.scorer import load_scorer
from bot.storage.case_log import SqlCaseLog
from bot.storage.database import open_database
from bot.storage.location import locate
from config.policy import Policy

DATABASE_NAME = "cases.sqlite3"


@dataclass(frozen=True, slots=True)
class Wishes:
    """Where the outcome goes. None: not asked for."""

    database: str | None
    json: Path | None
    report: Path | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `replay PATH` and its options."""
    add = parser.add_argument
    add("path", type=Path, help="the saved discussion; - reads standard input")
    add("--format", choices=[str(f) for f in Format], help="found by content when left out")
    add_policy_argument(parser)
    add_model_arguments(parser)
    add("--db", metavar="URL", help=f"keep the cases here (a fresh {DATABASE_NAME} by the report)")
    add("--json", type=Path, metavar="FILE", help="write one JSON object a comment, one a line")
    add("--report", type=Path, metavar="DIR", help="write DIR/index.html, one self-contained page")


def run(args: argparse.Namespace) -> int:
    """Judge the discussion and write what was asked for; return 0.

    Raises:
        BadThreadError: the discussion cannot be read. Nothing was written.
        BadPolicyError: the policy cannot be used. Nothing was written.
        ScoringError: the model cannot be had, or could not score.
        StorageError: the database cannot be used.
    """
    wishes = Wishes(args.db, args.json, args.report)
    policy = find_policy(args.policy)
    thread = read_thread(args.path, as_format=Format(args.format) if args.format else None)
    _require_places(wishes, args.path)
    aside = Console(stderr=True, highlight=False)
    aside.print(f"Read {_size(thread)} ({thread.format}).", markup=False)
    aside.print(f"Loading the model {args.model} ...", markup=False)
    scorer = load_scorer(args.model, engine=args.engine)
    require_labels(policy, scorer.labels)
    source = "standard input" if str(args.path) == "-" else str(args.path)
    judgements = asyncio.run(
        _replay(thread, source=source, policy=policy, scorer=scorer, wishes=wishes, aside=aside)
    )
    print_table(Console(highlight=False), thread, judgements)
    if wishes.json is not None:
        aside.print(f"JSON Lines: {wishes.json}", markup=False, soft_wrap=True)
    if wishes.report is not None:
        aside.print(f"Report: {wishes.report / PAGE_NAME}", markup=False, soft_wrap=True)
    return 0


async def _replay(
    thread: Thread,
    *,
    source: str,
    policy: Policy,
    scorer: Scorer,
    wishes: Wishes,
    aside: Console,
) -> list[Judgement]:
    judged_at = datetime.now(UTC)
    async with _database(wishes) as (place, shown):
        async with open_database(place) as database:
            pipeline = Pipeline(
                scorer=scorer,
                cases=SqlCaseLog(database, _now),
                policy_of=lambda _: policy,
                clock=_now,
                rehearse=True,
            )
            judgements = await _judge(pipeline, thread, aside)
        if wishes.json is not None:
            write_json_lines(wishes.json, judgements, has_times=thread.has_times)
        if wishes.report is not None:
            version = policy_version(policy)
            occasion = Occasion(source, shown, scorer.model, policy, version, judged_at)
            write_page(wishes.report, thread, judgements, occasion)
    return judgements


async def _judge(pipeline: Pipeline, thread: Thread, aside: Console) -> list[Judgement]:
    """Judge all comments under a live progress bar; return them in reading order."""
    judgements: list[Judgement] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=aside) as progress:
        task = progress.add_task("Judging", total=len(thread.comments))
        async for judgement in pipeline.judge_thread(thread):
            judgements.append(judgement)
            progress.advance(task)
    return sorted(judgements, key=lambda judgement: judgement.comment.position)


@asynccontextmanager
async def _database(wishes: Wishes) -> AsyncGenerator[tuple[str, str]]:
    """Give the database's place, and its name for people.

    Without --db it is a fresh file that is put beside the report only when all went well.
    """
    if wishes.database is not None:
        yield wishes.database, str(locate(wishes.database))
        return
    with tempfile.TemporaryDirectory(prefix="evenhand-") as folder:
        fresh = Path(folder) / DATABASE_NAME
        if wishes.report is None:
            yield str(fresh), "none kept"
            return
        kept = wishes.report / DATABASE_NAME
        yield str(fresh), str(kept)
        # Copied beside its place first: a rename is all or nothing only within one file system.
        part = kept.with_name(f".{kept.name}.part")
        try:
            shutil.copyfile(fresh, part)
            for leftover in ("-wal", "-shm"):
                kept.with_name(kept.name + leftover).unlink(missing_ok=True)
            part.replace(kept)
        finally:
            part.unlink(missing_ok=True)


def _require_places(wishes: Wishes, source: Path) -> None:
    """Refuse, before the long work, places where nothing can be written or too much would be.

    Raises:
        BadInputError: names the first such place.
        StorageError: the database's name cannot be read.
    """
    if wishes.database is not None:
        locate(wishes.database)
    files = [wishes.json] if wishes.json else []
    if wishes.report is not None:
        files += [wishes.report / PAGE_NAME, wishes.report / DATABASE_NAME]
    for file in files:
        if file.is_dir():
            raise BadInputError(str(file), "is a folder, expected a place for a file")
        if file.exists() and source.exists() and file.samefile(source):
            raise BadInputError(str(file), "is the discussion itself, expected another file")
        there = next(folder for folder in file.absolute().parents if folder.exists())
        if not there.is_dir():
            raise BadInputError(str(there), "is a file, expected a folder to write in")
        if not os.access(there, os.W_OK):
            raise BadInputError(str(there), "cannot be written to, expected a folder of yours")
    if wishes.json is not None and wishes.json == wishes.report:
        raise BadInputError(str(wishes.json), "is asked for as a file and as a folder")


def _size(thread: Thread) -> str:
    people = len({comment.author.id for comment in thread.comments})
    return f"{count(len(thread.comments), 'comment')} by {count(people, 'person', 'people')}"


def _now() -> datetime:
    return datetime.now(UTC)

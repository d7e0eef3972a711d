"""Judge a saved discussion: who would have been flagged or acted on, and why.

Nobody is touched. The record goes to a database; the reasons to a table and, when asked for, to
JSON Lines and a page. A discussion or a policy that cannot be used leaves nothing behind.
"""

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.arguments import add_model_arguments, add_policy_argument
from bot.domain.comment import Thread
from bot.domain.judgement import Judgement
from bot.errors import BadInputError, StorageError
from bot.intake.saved_thread import Format, read_thread
from bot.moderation.pipeline import Pipeline
from bot.moderation.ports import Scorer
from bot.policy.policy_file import find_policy
from bot.policy.record import policy_version
from bot.policy.required_labels import require_labels
from bot.report.json_lines import write_json_lines
from bot.report.page import PAGE_NAME, Occasion, write_page
from bot.report.places import require_places
from bot.report.table import print_table
from bot.report.wording import count
from bot.scoring.scorer import load_scorer
from bot.storage.case_log import SqlCaseLog
from bot.storage.database import open_database
from bot.storage.location import locate
from config.policy import Policy

DATABASE_NAME = "report.sqlite3"
"""The record of a report that no --db keeps elsewhere: each report replaces the last one's."""


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
    add(
        "--db",
        metavar="URL",
        help=f"keep the cases here (else a fresh {DATABASE_NAME} beside the report)",
    )
    add("--json", type=Path, metavar="FILE", help="write one JSON object a comment, one a line")
    add("--report", type=Path, metavar="DIR", help="write DIR/index.html, one self-contained page")


def run(args: argparse.Namespace) -> int:
    """Judge the discussion and write what was asked for; return 0.

    Raises:
        BadInputError: the discussion or the policy cannot be used, or a place cannot be written
            to. Nothing was written.
        ScoringError: the model cannot be had, or could not score.
        StorageError: the database refused, though it could be opened at first.
    """
    wishes = Wishes(args.db, args.json, args.report)
    policy = find_policy(args.policy)
    thread = read_thread(args.path, as_format=Format(args.format) if args.format else None)
    _require_places(wishes, {"the discussion": args.path, "the policy": Path(args.policy)})
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
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise StorageError(f"the record {kept} cannot be written: {why}") from error
        finally:
            part.unlink(missing_ok=True)


def _require_places(wishes: Wishes, inputs: Mapping[str, Path]) -> None:
    """Refuse, before the long work, places where nothing can be written or too much would be.

    Raises:
        BadInputError: names the first such place, or says why the database cannot be used.
    """
    outputs: list[tuple[str, Path]] = []
    if wishes.report is not None:
        outputs += [("--report", wishes.report / PAGE_NAME)]
    if wishes.json is not None:
        outputs += [("--json", wishes.json)]
    if wishes.database is not None:
        outputs += [("--db", file) for file in _database_files(wishes.database)]
    elif wishes.report is not None:
        outputs += [("--report", wishes.report / DATABASE_NAME)]
    require_places(outputs, inputs)
    if wishes.database is not None:
        _require_database(wishes.database)


def _database_files(place: str) -> list[Path]:
    """List the file that a database is, if it is one: not that of a report, which is replaced."""
    try:
        file = locate(place).file
    except StorageError as error:
        raise BadInputError("--db", str(error)) from error
    if file is not None and file.name == DATABASE_NAME:
        what = "is the record that the next report here replaces, expected a file of another name"
        raise BadInputError(str(file), what)
    return [] if file is None else [file]


def _require_database(place: str) -> None:
    """Open the database once if it is there, so that what cannot be used is told at the start."""
    file = locate(place).file
    if file is not None and not file.exists():
        if not file.parent.is_dir():
            raise BadInputError(str(file), f"has no folder to stand in: make {file.parent} first")
        return
    try:
        asyncio.run(_open_once(place))
    except StorageError as error:
        raise BadInputError("--db", str(error)) from error


async def _open_once(place: str) -> None:
    async with open_database(place):
        pass


def _size(thread: Thread) -> str:
    people = len({comment.author.id for comment in thread.comments})
    return f"{count(len(thread.comments), 'comment')} by {count(people, 'person', 'people')}"


def _now() -> datetime:
    return datetime.now(UTC)

"""Measure how quick scoring is here: Detoxify's own way and ours, side by side in one run.

Everybody scores the same comments, each in a process of its own, turn by turn. A ratio is worth
more than a rate: the machine named beside it may be quicker or busier than yours.
"""

import argparse
import asyncio
import json
from pathlib import Path

from rich.console import Console

from bot.arguments import model_name
from bot.benchmark.comments import comments_of, mixed_comments
from bot.benchmark.contest import hold
from bot.benchmark.page import write_page
from bot.benchmark.plan import Plan
from bot.benchmark.table import print_tables
from bot.report.page import PAGE_NAME
from bot.report.places import require_places
from bot.report.whole_file import write_whole
from bot.scoring.location import locate

ROUNDS, SECONDS = 5, 3.0
QUICK_ROUNDS, QUICK_SECONDS = 1, 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `bench` and its options."""
    add = parser.add_argument
    add("--model", type=model_name, default="compact", metavar="NAME", help="ours (%(default)s)")
    add("--comments", type=Path, metavar="FILE", help="comments of your own, one a line")
    add("--seconds", type=_seconds, metavar="N", help=f"how long a turn is to take ({SECONDS:g})")
    add("--rounds", type=_rounds, metavar="N", help=f"how many turns everybody has ({ROUNDS})")
    add("--quick", action="store_true", help="one round of short turns: rough figures in a minute")
    add("--json", type=Path, metavar="FILE", help="write all figures as one JSON object")
    add("--report", type=Path, metavar="DIR", help="write DIR/index.html, one self-contained page")


def run(args: argparse.Namespace) -> int:
    """Measure, print the figures, and write what was asked for; return 0.

    Raises:
        BadInputError: there is no such model, or the comments or a place to write cannot be used.
        ModerationError: the model cannot be had, or a contestant failed.
    """
    _require_places(args)
    locate(args.model)
    plan = Plan(
        model=args.model,
        comments=comments_of(args.comments) if args.comments else mixed_comments(),
        rounds=args.rounds or (QUICK_ROUNDS if args.quick else ROUNDS),
        seconds=args.seconds or (QUICK_SECONDS if args.quick else SECONDS),
        is_own_file=args.comments is not None,
    )
    aside = Console(stderr=True, highlight=False)
    with aside.status("") as status:
        figures = asyncio.run(hold(plan, lambda what: status.update(f"Measuring: {what}")))
    print_tables(Console(highlight=False), figures)
    if args.json is not None:
        text = json.dumps(figures.model_dump(), ensure_ascii=False, indent=1)
        write_whole(args.json, [text, "\n"])
        aside.print(f"Figures: {args.json}", markup=False, soft_wrap=True)
    if args.report is not None:
        page = write_page(args.report, figures)
        aside.print(f"Report: {page}", markup=False, soft_wrap=True)
    return 0


def _require_places(args: argparse.Namespace) -> None:
    """Refuse, before anything is measured, places where nothing can be written."""
    outputs: list[tuple[str, Path]] = []
    if args.json is not None:
        outputs.append(("--json", args.json))
    if args.report is not None:
        outputs.append(("--report", args.report / PAGE_NAME))
    require_places(outputs, {"the file of comments": args.comments} if args.comments else None)


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e4:  # noqa: PLR2004 - a turn of three hours is a slip of the finger
        raise argparse.ArgumentTypeError(f"is {text}, expected a number of seconds above 0")
    return number


def _rounds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 1000:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"is {text}, expected a whole number from 1 to 999")
    return int(text)

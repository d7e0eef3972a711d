"""Measure a model and a policy on labelled comments: how well scores rank, what is flagged.

The file is parquet or CSV with the columns text, source and one or more labels; a label is a
number in [0, 1], and empty where it is unknown. Nothing is recorded. A CSV file with
comment_text and Perspective's own scores is compared with those instead.
"""

import argparse
from functools import partial
from pathlib import Path

from rich.console import Console

from bot.arguments import add_model_arguments, add_policy_argument
from bot.errors import BadInputError
from bot.evaluation.agree import Comparison, print_agreement, write_agreement
from bot.evaluation.perspective_table import has_published_scores, read_published
from bot.evaluation.run import Request, evaluate
from bot.scoring.scorer import load_scorer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `evaluate PATH` and its options."""
    add = parser.add_argument
    add("path", type=Path, help="the labelled comments, parquet or CSV")
    add_policy_argument(parser)
    add_model_arguments(parser)
    add("--json", type=Path, metavar="FILE", help="write all figures as one JSON object")
    add("--report", type=Path, metavar="DIR", help="write DIR/index.html, one self-contained page")
    add("--limit", type=_count, metavar="N", help="at most N rows of each source, evenly spread")


def run(args: argparse.Namespace) -> int:
    """Score every row as users' comments are scored, print the figures; return 0.

    Raises:
        BadInputError: the file or a place to write cannot be used. Nothing was scored.
        BadPolicyError: the policy cannot be used. Nothing was scored.
        ScoringError: the model cannot be had, or could not score. Nothing was written.
    """
    if has_published_scores(args.path):
        _agree(args)
        return 0
    request = Request(args.path, args.model, args.policy, args.json, args.report, args.limit)
    evaluate(request, load=partial(load_scorer, engine=args.engine))
    return 0


def _agree(args: argparse.Namespace) -> None:
    if args.report is not None or args.limit is not None:
        what = "is not for a file of Perspective's scores, expected --json alone"
        raise BadInputError("--report" if args.limit is None else "--limit", what)
    published = read_published(args.path)
    comparison = Comparison(published, load_scorer(args.model, engine=args.engine))
    print_agreement(Console(highlight=False), comparison)
    if args.json is not None:
        write_agreement(args.json, comparison)


def _count(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"is {text}, expected a whole number from 1")
    return number

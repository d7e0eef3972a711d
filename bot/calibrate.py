"""Fit a model's scores to Perspective's, so that thresholds tuned for it keep their meaning.

FILE holds comments with Perspective's own scores (columns comment_text, TOXICITY, ...). Writes a
small table of numbers that `serve` applies, and prints how well it agrees on rows not fitted on.
"""

import argparse
from pathlib import Path

from rich.console import Console

from bot.arguments import add_model_arguments
from bot.errors import BadInputError
from bot.evaluation.agree import Comparison, print_agreement, write_calibration
from bot.evaluation.perspective_table import read_published
from bot.scoring.published import BUNDLED
from bot.scoring.scorer import load_scorer
from bot.web.calibration import SHIPPED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `calibrate FILE [--model] [--out]`."""
    parser.add_argument("file", type=Path, help="comments with Perspective's scores, CSV")
    add_model_arguments(parser)
    help_text = "where to write it (for the bundled model: where serve finds it by itself)"
    parser.add_argument("--out", type=Path, metavar="FILE", help=help_text)


def run(args: argparse.Namespace) -> int:
    """Score, fit, write and print; return 0.

    Raises:
        BadInputError: the file, or the place to write, cannot be used.
        ScoringError: the model cannot be had, or could not score.
    """
    out = args.out or (SHIPPED if args.model == BUNDLED else None)
    if out is None:
        raise BadInputError("--out", f"is not given, expected where {args.model}'s table should go")
    published = read_published(args.file)
    comparison = Comparison(published, load_scorer(args.model, engine=args.engine))
    write_calibration(out, comparison.calibration())
    print_agreement(Console(highlight=False), comparison)
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"Written: {out}", markup=False)
    return 0

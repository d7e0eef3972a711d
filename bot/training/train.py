"""The command `train`: its arguments, and the handing over to `bot.training.make`.

Imports nothing heavy until it runs. Called by `bot.cli`.
"""

import argparse
from pathlib import Path

from bot.training.plan import Plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    shared = Path("../shared/data")
    plan = Plan()
    add = parser.add_argument
    add("examples", nargs="?", type=Path, default=shared / "train.parquet", help="labelled texts")
    add(
        "--leave-out",
        type=Path,
        default=shared / "test_open.parquet",
        help="parquet file whose texts are never trained on, where it exists",
    )
    add("--run", type=Path, default=Path("build/train"), help="folder for cache and checkpoint")
    add("--out", type=Path, default=Path("build/compact"), help="folder for the model's files")
    add(
        "--start",
        type=Path,
        nargs="+",
        default=[],
        metavar="FOLDER",
        help="begin with the average of these models instead of the base",
    )
    add("--seed", type=int, default=plan.seed)
    add("--tokens", type=int, default=plan.tokens, help="budget of the run, in tokens")
    add("--hours", type=float, default=None, help="fit the budget into so many hours of training")
    add("--peak-rate", type=float, default=plan.peak_rate)
    add("--batch-tokens", type=int, default=plan.batch_tokens)
    add("--threads", type=int, default=None, help="default: as torch chooses")
    add("--finish-now", action="store_true", help="write the model from the checkpoint as it is")


def run(args: argparse.Namespace) -> int:
    """Make the model, or go on making it; 0 once it is written.

    Raises:
        BadInputError: the labelled file or the base is missing or unusable.
    """
    import torch

    from bot.training.make import Order, make_model

    if args.threads is not None:
        torch.set_num_threads(args.threads)
    order = Order(
        args.examples, args.leave_out, args.run, args.out, tuple(args.start), args.finish_now
    )
    plan = Plan(
        seed=args.seed,
        tokens=args.tokens,
        hours=args.hours,
        peak_rate=args.peak_rate,
        batch_tokens=args.batch_tokens,
    )
    make_model(order, plan)
    return 0

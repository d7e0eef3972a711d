"""Make a model quick: turn it into an int8 graph that needs no PyTorch to run.

The graph is compared with the model on sample texts, and kept where the other commands find it:
beside the bundled model, or in the model cache for every other one.
"""

import argparse
import asyncio

from rich.console import Console

from bot.arguments import model_name
from bot.scoring.compiling import Compiled, compile_with_bar


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `compile MODEL`."""
    parser.add_argument("model", type=model_name, help="a model's name or path, see docs/models.md")


def run(args: argparse.Namespace) -> int:
    """Compile the model and print how true to the original it is; return 0.

    Raises:
        ModelUnavailableError: there is no such model, or it cannot be fetched.
        ScoringError: it cannot be compiled, or its scores would differ too much.
        ModerationError: the result cannot be written.
    """
    compiled = asyncio.run(compile_with_bar(args.model))
    _show(Console(highlight=False, soft_wrap=True), compiled)
    return 0


def _show(console: Console, compiled: Compiled) -> None:
    manifest, figures = compiled.manifest, compiled.manifest.figures
    console.print(
        f"{manifest.model}: compiled, {compiled.graph_bytes / 1e6:.1f} MB, in {compiled.folder}\n"
        f"On {figures.texts} texts its scores differ from the original's by "
        f"{figures.mean_deviation:.4f} on average and {figures.largest_deviation:.3f} at most; "
        f"verdicts under the policy {figures.policy} changed: {figures.changed_verdicts}.",
        markup=False,
    )

"""Arguments that several verbs share, so that they are called and explained alike.

Imports nothing heavy: `--help` stays quick. Called by the verbs' `add_arguments`.
"""

import argparse

from bot.scoring.scorer import EngineChoice


def add_policy_argument(parser: argparse.ArgumentParser) -> None:
    """Declare `--policy`."""
    help_text = "a preset or a TOML file (%(default)s)"
    parser.add_argument("--policy", default="balanced", metavar="NAME", help=help_text)


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--model` and `--engine`; the engine parses to an `EngineChoice`."""
    help_text = "a model's name or path (%(default)s)"
    parser.add_argument("--model", default="compact", metavar="NAME", help=help_text)
    parser.add_argument(
        "--engine",
        type=EngineChoice,
        choices=list(EngineChoice),
        default=EngineChoice.AUTO,
        help="auto, eager or compiled (%(default)s): see docs/models.md",
    )

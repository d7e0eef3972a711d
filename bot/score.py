"""Score one text, and say what a policy makes of it as a reply to somebody. Records nothing."""

import argparse
import asyncio
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.arguments import add_model_arguments, add_policy_argument
from bot.domain.scores import Passage, Scores
from bot.domain.verdict import Verdict
from bot.errors import BadInputError
from bot.policy.address import find_addressee_of_reply
from bot.policy.judge import judge
from bot.policy.policy_file import find_policy
from bot.policy.required_labels import require_labels
from bot.policy.wording import score_words
from bot.scoring.scorer import load_scorer
from bot.text import read


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `score TEXT [--policy] [--model]`."""
    parser.add_argument("text", help="the text to score; - reads it from standard input")
    add_policy_argument(parser)
    add_model_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print labels, categories and verdict; return 0.

    Raises:
        BadInputError: the policy or the text cannot be used.
        ScoringError: the model cannot be had, or could not score.
    """
    policy = find_policy(args.policy)
    text = _read_stdin() if args.text == "-" else args.text
    scorer = load_scorer(args.model, engine=args.engine)
    require_labels(policy, scorer.labels)
    [scores] = asyncio.run(scorer.score([read(text)]))
    verdict = judge(scores, policy, find_addressee_of_reply(text))
    _show(Console(highlight=False), scores, verdict)
    return 0


def _read_stdin() -> str:
    if sys.stdin is None:
        raise BadInputError("standard input", "is closed, expected a text")
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"byte {error.start + 1} is not UTF-8, expected text in UTF-8"
        raise BadInputError("standard input", what) from error
    except OSError as error:
        what = f"cannot be read ({error.strerror or error}), expected a text"
        raise BadInputError("standard input", what) from error


def _show(console: Console, scores: Scores, verdict: Verdict) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("label")
    table.add_column("score", justify="right")
    table.add_column("read from")
    for label, score in scores.by_label.items():
        table.add_row(label, score_words(score.value), Text(_name(score.passage)))
    for category, value in verdict.categories.items():
        table.add_row(Text(category), score_words(value), "", style="bold")
    console.print(table)
    console.print(f"\n{verdict.decision.upper()}: {verdict.reason}", markup=False)
    console.print(f"Model {scores.model.name} ({scores.model.sha256[:12]})", style="dim")


def _name(passage: Passage) -> str:
    spelling = "" if passage.spelling == "plain" else f", undisguised as “{passage.text[:60]}”"
    window = (
        "the whole text" if passage.windows == 1 else f"part {passage.window} of {passage.windows}"
    )
    return window + spelling

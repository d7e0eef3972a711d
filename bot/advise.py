"""Advise on thresholds from what moderators decided: in cases, appeals, and as suggested scores.

Says for each category, and for each attribute as clients of the Perspective wire are served it,
which precision and recall each threshold would have had, and how sure that is. It changes no
policy. Suggestions can be erased here, because they hold people's words.
"""

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bot.advising.gather import by_attribute, by_category, decisions_from, score_all
from bot.advising.plot import draw
from bot.advising.table import BIAS, print_advice
from bot.arguments import add_settings_argument, read_settings
from bot.mount import calibration_for
from bot.opening import opened
from bot.policy.policy_file import find_policy
from bot.report.whole_file import write_whole
from bot.scoring.scorer import load_scorer
from bot.statistics.advice import GRID, Advice, advise
from bot.storage.database import Database
from bot.storage.decisions import SqlDecisions
from bot.storage.suggestions import SqlSuggestions
from config.policy import Category, Policy
from config.settings import Settings

PRECISION = 0.9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `advise` and its options."""
    add = parser.add_argument
    add_settings_argument(parser)
    add("--policy", metavar="NAME", help="a preset or a TOML file (the settings' own)")
    add("--model", metavar="NAME", help="a model's name or path, for suggestions (the settings')")
    help_text = "how much of what a threshold reaches should be right (%(default)s)"
    add("--precision", type=_share, default=PRECISION, metavar="P", help=help_text)
    add("--plot", type=Path, metavar="FILE", help="draw it, as SVG")
    help_text = "only erase the words that this session suggested"
    add("--erase-session", type=_session, metavar="ID", help=help_text)
    add("--erase-before", type=_day, metavar="DAY", help="only erase words suggested before then")


def run(args: argparse.Namespace) -> int:
    """Print the advice, or erase what was asked for; return 0.

    Raises:
        BadInputError: the settings or a place to write cannot be used.
        BadPolicyError: the policy cannot be used.
        ScoringError: the model cannot be had, or could not score.
        StorageError: the database cannot be used.
    """
    settings = read_settings(args.settings)
    console = Console(highlight=False, soft_wrap=True)
    if args.erase_session is not None or args.erase_before is not None:
        erased = asyncio.run(_erase(settings, args.erase_session, args.erase_before))
        console.print(f"Erased the words of {erased} suggestions; their scores stay.")
        return 0
    policy = find_policy(args.policy or settings.policy)
    advices, served = asyncio.run(_advise(settings, policy, args.model or settings.model))
    for category, advice in advices.items():
        rule = policy.categories[category]
        now = {"flags now": rule.flag, "acts now": rule.act}
        print_advice(console, category, advice, args.precision, now)
    if served:
        console.print("\nAs clients of the Perspective wire are served it, from suggestions:")
    for name, advice in served.items():
        print_advice(console, name, advice, args.precision, {})
    console.print(f"\n{BIAS}", style="dim")
    if args.plot is not None:
        write_whole(args.plot, [draw(advices, policy.categories)])
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"Plot: {args.plot}")
    return 0


async def _advise(
    settings: Settings, policy: Policy, model: str
) -> tuple[dict[Category, Advice], dict[str, Advice]]:
    """Advise on categories, and on attributes."""
    async with opened(settings) as database:
        decisions = await SqlDecisions(database).all()
        suggestions = await SqlSuggestions(database).all()
    served: dict[str, Advice] = {}
    if suggestions:
        scorer = load_scorer(model)
        scored = await score_all(suggestions, scorer)
        decisions += decisions_from(scored, policy)
        sorted_out = by_attribute(scored, calibration_for(settings, scorer.model))
        served = {name: advise(decided) for name, decided in sorted(sorted_out.items())}
    decided = by_category(decisions)
    advices = {
        category: advise(decided[category], [*GRID, rule.flag, rule.act])
        for category, rule in policy.categories.items()
        if rule.judged
    }
    return advices, served


async def _erase(settings: Settings, session: str | None, before: datetime | None) -> int:
    async with opened(settings) as database:
        return await _erase_in(database, session, before)


async def _erase_in(database: Database, session: str | None, before: datetime | None) -> int:
    suggestions, erased = SqlSuggestions(database), 0
    if session is not None:
        erased += await suggestions.erase_session(session)
    if before is not None:
        erased += await suggestions.erase_before(before)
    return erased


def _session(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty, expected the id of a session")
    return text


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"is {text}, expected a number between 0 and 1")
    return share


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"is {text}, expected a day such as 2026-12-31") from error

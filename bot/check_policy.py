"""Check a policy file, and say in words what it does."""

import argparse

from rich.console import Console

from bot.policy.describe import describe
from bot.policy.policy_file import find_policy
from bot.report.safe_text import many_lines, one_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `policy check FILE`."""
    parser.add_argument("task", choices=["check"], help="what to do with the file")
    parser.add_argument("file", help="a policy in TOML (see docs/policy.md) or a preset's name")


def run(args: argparse.Namespace) -> int:
    """Print what the policy does; return 0.

    Raises:
        BadPolicyError: the file cannot be used.
    """
    policy = find_policy(args.file)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{one_line(args.file)}: a good policy.\n", markup=False)
    console.print(many_lines(describe(policy)), markup=False)
    return 0

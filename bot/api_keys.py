"""Make, list and revoke the API keys of the server on the Perspective wire.

A key is shown once, when it is made; what is stored is its hash. A running server hears of a change
within ten seconds.
"""

import argparse
import asyncio
import re
import secrets
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from bot.arguments import add_settings_argument, read_settings
from bot.domain.api_key import ApiKey
from bot.errors import BadInputError
from bot.opening import opened
from bot.storage.api_keys import SqlApiKeys
from bot.storage.database import Database
from bot.web.keys import hash_key
from config.settings import Settings

PER_MINUTE = 600
"""Perspective gave 60 a minute; one's own machine has more to give."""
MOST_PER_MINUTE = 1_000_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `key add NAME`, `key list` and `key revoke NAME`."""
    add_settings_argument(parser)
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="add | list | revoke")
    add = deeds.add_parser("add", help="make a key and show it, this once")
    add.add_argument("name", help="what to call it: letters, digits, . _ and -")
    add.add_argument(
        "--per-minute",
        type=int,
        default=PER_MINUTE,
        metavar="N",
        help="how many comments it may have analysed each minute (%(default)s)",
    )
    deeds.add_parser("list", help="list all keys, without their text")
    revoke = deeds.add_parser("revoke", help="let a key hold no longer, for good")
    revoke.add_argument("name", help="the key's name")


def run(args: argparse.Namespace) -> int:
    """Do what was asked and say it; return 0.

    Raises:
        BadInputError: a name or number cannot be used.
        RefusedError: the name is taken, or unknown.
        StorageError: the database cannot be used.
    """
    settings = read_settings(args.settings)
    asyncio.run(_do(args, settings))
    return 0


async def _do(args: argparse.Namespace, settings: Settings) -> None:
    console = Console(highlight=False, soft_wrap=True)
    now = datetime.now(UTC)
    async with opened(settings) as database:
        match args.deed:
            case "add":
                text = await _add(database, args.name, args.per_minute, now)
                aside = Console(stderr=True, highlight=False, soft_wrap=True)
                aside.print(f"The key {args.name}; it is not shown again:", markup=False)
                console.print(text, markup=False)
            case "revoke":
                await SqlApiKeys(database).revoke(args.name, now)
                console.print(f"The key {args.name} is revoked.", markup=False)
            case _:
                console.print(_table(await SqlApiKeys(database).all()))


async def _add(database: Database, name: str, per_minute: int, now: datetime) -> str:
    if not _NAME.fullmatch(name):
        what = "cannot name a key, expected up to 63 letters, digits, dots, dashes or underscores"
        raise BadInputError(name or "an empty name", what)
    if not 1 <= per_minute <= MOST_PER_MINUTE:
        raise BadInputError(
            "--per-minute", f"is {per_minute}, expected 1 to {MOST_PER_MINUTE:,} comments a minute"
        )
    text = secrets.token_urlsafe(32)
    await SqlApiKeys(database).add(ApiKey(name, hash_key(text), per_minute, now))
    return text


def _table(keys: list[ApiKey]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "a minute", "made", "revoked"):
        table.add_column(heading, justify="right" if heading == "a minute" else "left")
    for key in keys:
        revoked = "" if key.revoked_at is None else f"{key.revoked_at:%F}"
        table.add_row(key.name, f"{key.per_minute:,}", f"{key.made_at:%F}", revoked)
    return table

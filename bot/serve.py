"""Answer on the wire of the Perspective API, so that a forum keeps its moderation after 2026.

The comments never leave this machine. Settings come from the environment and from --settings; what
is given here goes before both. docs/perspective.md says what to change in which client.
"""

import argparse
import asyncio
import signal
import sys
from contextlib import suppress

from rich.console import Console

from bot.arguments import add_settings_argument, read_settings
from bot.mount import Mounted, forgetting, mounted
from bot.opening import opened
from bot.scoring.batcher import Batcher
from bot.scoring.guarded import open_scorer
from bot.scoring.remembering import RememberingScorer
from bot.scoring.scorer import EngineChoice
from bot.telemetry import set_up_logging
from config.settings import Settings

MOST_PORT = 65_535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `serve` and its options."""
    add = parser.add_argument
    add(
        "--host",
        type=_host,
        help="address to listen on (127.0.0.1); 0.0.0.0 is every one, and asks for keys",
    )
    add("--port", type=_port, help="port to listen on (8650); 0 takes any free one")
    add("--model", metavar="NAME", help="a model's name or path (compact)")
    add(
        "--engine",
        choices=[each.value for each in EngineChoice if each is not EngineChoice.QUICK],
        default=EngineChoice.AUTO.value,
        help="auto, eager or compiled (%(default)s): see docs/models.md",
    )
    add(
        "--raw", action="store_true", help="serve the model's own scores, not fitted to Perspective"
    )
    add_settings_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until stopped; return 0.

    Raises:
        BadInputError: a setting, the model's name or the address cannot be used.
        ScoringError: the model cannot be had.
        StorageError: the database cannot be used.
    """
    given = {"web_host": args.host, "web_port": args.port, "model": args.model}
    changes: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    if args.raw:
        changes["web_raw_scores"] = True
    settings = read_settings(args.settings).model_copy(update=changes)
    secrets = [secret.get_secret_value() for secret in (settings.text_keys,) if secret]
    set_up_logging(settings.log_form, settings.log_level, secrets=secrets)
    _raise_file_limit()
    asyncio.run(_serve(settings, EngineChoice(args.engine)))
    return 0


async def _serve(settings: Settings, engine: EngineChoice) -> None:
    aside = Console(stderr=True, highlight=False, soft_wrap=True)
    aside.print(f"Loading the model {settings.model} ...", markup=False)
    stopped = _stop_signal()
    async with open_scorer(settings.model, engine) as scorer, opened(settings) as database:
        batcher = Batcher(RememberingScorer(scorer))
        async with forgetting(settings, database), mounted(settings, batcher, database) as server:
            for line in _words(server):
                aside.print(line, markup=False)
            await stopped.wait()
            aside.print("Stopping: answering what was asked already.", markup=False)
        await batcher.aclose()


def _words(server: Mounted) -> list[str]:
    """Say where it is and how it answers."""
    if server.calibration is None:
        scores = "the model's own"
    else:
        scores = f"fitted to Perspective's on {server.calibration.fitted_on.at}"
    keys = "asked for (python bot.py key add NAME)" if server.asks_for_keys else "not asked for"
    return [
        f"Answering on {server.url}/v1alpha1/comments:analyze",
        f"  Model {server.model.name}; languages {', '.join(server.languages)}; scores {scores}.",
        f"  API keys are {keys}. Ctrl-C stops.",
    ]


def _host(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty, expected an address such as 127.0.0.1")
    return text


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > MOST_PORT:
        raise argparse.ArgumentTypeError(
            f"is {text}, expected a whole number from 0 to {MOST_PORT}"
        )
    return int(text)


def _stop_signal() -> asyncio.Event:
    """Give an event that Ctrl-C or a service manager's "stop" sets."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C then ends the wait by itself
            loop.add_signal_handler(number, stopped.set)
    return stopped


def _raise_file_limit() -> None:
    """Allow as many connections as the system lets us, so that idle ones shut nobody out."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

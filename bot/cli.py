"""The command line: one verb, one module. Imports a verb's module only when it is asked for.

Each module offers `add_arguments(parser)` and `run(args) -> exit code`. Called by `bot.py`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import NoReturn

from bot.errors import BadInputError, ModerationError

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130


@dataclass(frozen=True, slots=True)
class Verb:
    """Something the program does. `extra` names the optional packages it needs."""

    module: str
    says: str
    extra: str | None = None


VERBS = {
    "replay": Verb("bot.replay", "judge a saved discussion and show what would have happened"),
    "score": Verb("bot.score", "score one text and say what the policy makes of it"),
    "policy": Verb("bot.check_policy", "check a policy file and say in words what it does"),
    "evaluate": Verb("bot.evaluate", "measure a model on labelled comments", "train"),
    "train": Verb("bot.training.train", "make the bundled model again", "train"),
}


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run one verb and exit: 0 done, 1 failed, 2 bad input or usage, 130 interrupted."""
    sys.exit(_run(sys.argv[1:] if argv is None else list(argv)))


def _run(argv: list[str]) -> int:
    name = _top_parser().parse_args(argv[:1]).verb
    try:
        module = _load(name, VERBS[name])
        parser = argparse.ArgumentParser(prog=f"bot.py {name}", description=module.__doc__)
        module.add_arguments(parser)
        return module.run(parser.parse_args(argv[1:]))
    except BadInputError as error:
        return _fail(name, str(error), BAD_INPUT)
    except ModerationError as error:
        return _fail(name, str(error), FAILED)
    except BrokenPipeError:
        # Whoever read our output has left (`| head`). What Python still flushes goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return _fail(name, "interrupted; nothing is half-written", INTERRUPTED)


def _top_parser() -> argparse.ArgumentParser:
    verbs = "\n".join(f"  {name:9}{verb.says}" for name, verb in VERBS.items())
    parser = argparse.ArgumentParser(
        prog="bot.py",
        description="Evenhand judges the comments of a discussion, says why, and keeps a record.",
        epilog=f"verbs:\n{verbs}\n\n'bot.py VERB --help' tells more of one verb.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("verb", choices=VERBS, metavar="VERB", help="what to do, see below")
    return parser


def _load(name: str, verb: Verb) -> ModuleType:
    try:
        return import_module(verb.module)
    except ModuleNotFoundError as error:
        if verb.extra is None or (error.name or "").startswith(("bot", "config")):
            raise
        how = f"pip install '.[{verb.extra}]'"
        raise ModerationError(
            f"{name} needs the package {error.name}, which comes with: {how}"
        ) from error


def _fail(verb: str, sentence: str, code: int) -> int:
    sys.stderr.write(f"bot.py {verb}: {sentence}\n")
    return code

"""The command line: one verb, one module. Imports a verb's module only when it is asked for.

Each module offers `add_arguments(parser)` and `run(args) -> exit code`. Called by `bot.py`.
"""

import argparse
import errno
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from io import TextIOWrapper
from typing import NoReturn

from bot.errors import BadInputError, ModerationError

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


@dataclass(frozen=True, slots=True)
class Verb:
    """Something the program does, and the module that does it."""

    module: str
    says: str


VERBS = {
    "run": Verb("bot.run", "watch a Discord server's forums"),
    "replay": Verb("bot.replay", "judge a saved discussion and show what would have happened"),
    "score": Verb("bot.score", "score one text and say what the policy makes of it"),
    "policy": Verb("bot.check_policy", "check a policy file and say in words what it does"),
    "evaluate": Verb("bot.evaluate", "measure a model on labelled comments"),
    "compile": Verb("bot.compile", "turn a model into a form that runs quicker, without PyTorch"),
    "serve": Verb("bot.serve", "answer on the wire of the Perspective API, from this machine"),
    "key": Verb("bot.api_keys", "make, list and revoke API keys for serve"),
    "advise": Verb("bot.advise", "say which thresholds fit what moderators decided"),
    "calibrate": Verb("bot.calibrate", "fit a model's scores to Perspective's, for serve"),
    "bench": Verb("bot.bench", "measure how quick scoring is here, beside Detoxify itself"),
    "train": Verb("bot.training.train", "make the bundled model again"),
}


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run one verb and exit: 0 done, 1 failed, 2 bad input or usage, 130 interrupted."""
    sys.exit(_run(sys.argv[1:] if argv is None else list(argv)))


def _run(argv: list[str]) -> int:
    # A service manager's "stop" ends a run as Ctrl-C does: in order, with nothing left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter shows a "?"
    name = _top_parser().parse_args(argv[:1]).verb
    try:
        return _run_verb(name, argv[1:])
    except BadInputError as error:
        return _fail(name, str(error), BAD_INPUT)
    except ModerationError as error:
        return _fail(name, str(error), FAILED)
    except ModuleNotFoundError as error:
        package = (error.name or "").split(".")[0]
        if package in {"", "bot", "config"}:
            raise
        return _fail(name, _lacking(package), FAILED)
    except OSError as error:
        return _give_up_output(name, error)
    except KeyboardInterrupt:
        return _fail(name, "interrupted; no file is half-written", INTERRUPTED)


def _run_verb(name: str, argv: list[str]) -> int:
    module = import_module(VERBS[name].module)
    parser = argparse.ArgumentParser(prog=f"bot.py {name}", description=module.__doc__)
    module.add_arguments(parser)
    code = module.run(parser.parse_args(argv))
    _flush_output()
    return code


def _top_parser() -> argparse.ArgumentParser:
    verbs = "\n".join(f"  {name:11}{verb.says}" for name, verb in VERBS.items())
    parser = argparse.ArgumentParser(
        prog="bot.py",
        description="Evenhand judges the comments of a discussion, says why, and keeps a record.",
        epilog=f"verbs:\n{verbs}\n\n'bot.py VERB --help' tells more of one verb.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("verb", choices=VERBS, metavar="VERB", help="what to do, see below")
    return parser


def _lacking(package: str) -> str:
    """Say what is missing and which command installs it."""
    if find_spec("rich") is None:
        return f"needs the package {package}: run make demo, then .venv/bin/python bot.py ..."
    return f"needs the package {package}: run make test, which installs it"


def _flush_output() -> None:
    if sys.stdout is not None:  # None where it was closed (`>&-`)
        sys.stdout.flush()


def _give_up_output(verb: str, error: OSError) -> int:
    """Answer for standard output that takes no more; raise any other error again."""
    is_broken_pipe = isinstance(error, BrokenPipeError)
    # What is wrong with a file by its name is its reader's or writer's to explain.
    if not is_broken_pipe and (error.filename is not None or error.errno not in _NO_ROOM):
        raise error
    # What Python still flushes goes nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if is_broken_pipe:  # whoever read it has left (`| head`)
        return FAILED
    why = (error.strerror or str(error)).lower()
    sentence = f"standard output: cannot be written to ({why}), expected room for what is shown"
    return _fail(verb, sentence, BAD_INPUT)


def _fail(verb: str, sentence: str, code: int) -> int:
    """Say what went wrong; what names and files hold cannot steer the terminal."""
    shown = "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in sentence)
    sys.stderr.write(f"bot.py {verb}: {shown}\n")
    return code

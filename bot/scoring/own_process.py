"""Processes that this program starts of itself: how they find it, and that none outlives it.

Not what passes between them. Called by `bot.scoring.engine_process`, `bot.scoring.rebuilding`
and `bot.benchmark`, and by the processes themselves.
"""

import os
import select
import sys
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).parents[2]


def command(module: str, *arguments: str) -> list[str]:
    """Say how one of our modules is started as a program, with the environment from here."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment() -> dict[str, str]:
    """Let the process find this very program, wherever it is started from."""
    there = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *([there] if there else [])])}


def end_with_input() -> None:
    """From now on, end this process at once when standard input is closed at its other end.

    Called by the process that is not to outlive whoever started it, even if that is killed. Nothing
    is read. Where the system cannot tell (Windows), nothing happens.
    """
    if hasattr(select, "poll"):
        Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    poll = select.poll()
    poll.register(0, 0)  # a hang-up is told of without being asked for
    poll.poll()
    os._exit(1)

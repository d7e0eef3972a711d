"""One contestant in a process of its own: loads, scores what it is told to, and says how long.

One JSON object a line comes in on standard input and one goes out on standard output. It measures
itself alone; whose turn it is, and what a figure means, is `bot.benchmark.contest`'s business,
which starts it.
"""

import json
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, TextIO

from bot.errors import ModerationError
from bot.scoring.own_process import end_with_input

PLAYERS = MappingProxyType(
    {
        "detoxify": ("bot.benchmark.players", "DetoxifyPlayer"),
        "bulk": ("bot.benchmark.players", "BulkPlayer"),
        "bot": ("bot.benchmark.players", "BotPlayer"),
        "server": ("bot.benchmark.server", "ServerPlayer"),
        "client": ("bot.benchmark.client", "ClientPlayer"),
        "floor": ("bot.benchmark.floor", "FloorPlayer"),
    }
)
"""By kind: where each stands. Only its own libraries are loaded."""

END = "end"
"""The last order."""
FIRST = "Good morning, and welcome to the forum."


def main(spec: Mapping[str, str]) -> None:
    """Load, score one comment, say so, and then do as told until told to end.

    If the contest dies first, so does this process.

    Raises:
        ModerationError: its model cannot be had, or cannot score.
    """
    end_with_input()
    out = _own_output()
    module, name = PLAYERS[spec["kind"]]
    with getattr(import_module(module), name)(spec) as player:
        player.play([FIRST])
        _say(out, {"ready": True})
        for line in sys.stdin:
            order: dict[str, Any] = json.loads(line)
            what = order.pop("do")
            if what == END:
                break
            _say(out, getattr(player, what)(**order))
    _say(out, {"ended": True})


def _own_output() -> TextIO:
    """Keep standard output for answers: what libraries print goes to standard error."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


def _say(out: TextIO, answer: object) -> None:
    out.write(json.dumps(answer) + "\n")
    out.flush()


if __name__ == "__main__":
    try:
        main(json.loads(sys.argv[1]))
    except ModerationError as error:
        sys.exit(str(error))

"""The engine's process: loads one model, and scores what comes in until the input ends.

It ends with whoever started it, however that ends, and not before: Ctrl-C and a service manager's
"stop" reach it too, while its parent still has comments to score. Started by `bot.scoring.guarded`.
"""

import os
import signal
import sys
from typing import BinaryIO

from bot.errors import ModerationError, ScoringError
from bot.scoring.scorer import EngineChoice, load_scorer
from bot.scoring.wire import (
    Greeting,
    read_question,
    write_answer,
    write_failure,
    write_greeting,
)


def main(name_or_path: str, engine: str) -> None:
    """Load the model, greet, and answer questions one after the other."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    out = _own_output()
    try:
        scorer = load_scorer(name_or_path, EngineChoice(engine))
    except (ModerationError, ModuleNotFoundError) as error:
        _say(out, write_failure(error))
        return
    _say(out, write_greeting(Greeting(scorer.model, scorer.labels)))
    for line in sys.stdin:
        number, readings = read_question(line)
        try:
            answer = scorer.score_here(readings)
        except ScoringError as error:
            answer = error
        _say(out, write_answer(number, answer))


def _own_output() -> BinaryIO:
    """Keep standard output for answers: what libraries print goes to standard error."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return out


def _say(out: BinaryIO, line: bytes) -> None:
    out.write(line)
    out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The engine's process: loads one model, and scores what comes in until the input ends.

It ends with whoever started it, however that ends, and not before: Ctrl-C and a service manager's
"stop" reach it too, while its parent still has comments to score. Started by `bot.scoring.guarded`.
"""

import os
import signal
import sys
import traceback
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from threading import Lock

from bot.domain.scores import Scores
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
    """Load the model, greet, and answer questions, beside each other, as they get done."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    voice = _Voice()
    try:
        scorer = load_scorer(name_or_path, EngineChoice(engine))
    except (ModerationError, ModuleNotFoundError) as error:
        voice.say(write_failure(error))
        return
    voice.say(write_greeting(Greeting(scorer.model, scorer.labels)))
    for line in sys.stdin:
        number, readings = read_question(line)
        scorer.begin(readings).add_done_callback(partial(voice.answer, number))
    # Nobody listens any more, so what is still being scored, or hangs, is for nobody.
    os._exit(0)


class _Voice:
    """Standard output kept for answers, whoever gives them: what libraries print goes elsewhere."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "wb")
        self._lock = Lock()
        os.dup2(2, 1)

    def answer(self, number: int, scored: Future[list[Scores]]) -> None:
        """Give an answer; what is no failure of scoring ends the process, as it would elsewhere."""
        error = scored.exception()
        if error is not None and not isinstance(error, ScoringError):
            traceback.print_exception(error)
            os._exit(1)
        self.say(write_answer(number, error or scored.result()))

    def say(self, line: bytes) -> None:
        """Say one line. Whoever does not listen any more will soon close our input as well."""
        with self._lock, suppress(BrokenPipeError):
            self._out.write(line)
            self._out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

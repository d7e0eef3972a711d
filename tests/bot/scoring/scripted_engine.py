"""An engine's process that does what the texts say: die, hang, babble, fall silent, or score.

With "once" in a text it does so the first time only; it leaves marks in the folder it is given. To
"swap" the first of its runs gives the answer after the next one.
"""

import os
import signal
import sys
from pathlib import Path

from bot.domain.scores import ModelId, Passage, Score, Scores
from bot.errors import BadInputError, ScoringError
from bot.scoring.wire import (
    Greeting,
    read_question,
    write_answer,
    write_failure,
    write_greeting,
)
from config.labels import Label

HERE = Path(sys.argv[1])
MANNER = sys.argv[2] if len(sys.argv) > 2 else ""


def say(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def act(text: str) -> None:
    mark = HERE / "done"
    if "once" in text:
        if mark.exists():
            return
        mark.touch()
    if "die" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "hang" in text:
        (HERE / "hangs").write_text("")  # a pipe: this waits until somebody reads
        signal.pause()
    if "babble" in text:
        say(b"Segmentation fault\n")
    if "half a line" in text:
        say(b'[1, [{"toxicity"')
        os.kill(os.getpid(), signal.SIGKILL)
    if "fall silent" in text:
        os.close(sys.stdout.fileno())
        signal.pause()
    if "wait" in text:
        (HERE / "gate").read_text()  # a pipe: there is nothing to read until somebody writes


def answer_to(texts: list[str], model: ModelId) -> list[Scores] | ScoringError:
    if "refuse" in texts:
        return ScoringError("the weights are damaged")
    answer = [
        Scores({Label.TOXICITY: Score(len(text) / 100, Passage(text))}, model) for text in texts
    ]
    return answer[1:] if "forget one" in texts else answer


LAST_WORDS = {
    "refuse": write_failure(BadInputError("model 'x'", "is no model")),
    "lack": write_failure(ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")),
    "die": b"",
}
"""What it says at once, and then ends."""


def main() -> None:
    if MANNER in LAST_WORDS:
        say(LAST_WORDS[MANNER])
        return
    if MANNER == "babble":
        say(b"Hello!\n")
    starts = HERE / "starts"
    starts.write_text(starts.read_text() + "x" if starts.exists() else "x")
    sha256 = str(len(starts.read_text())) if MANNER == "change" else "0"
    if MANNER == "start once" and starts.read_text() != "x":
        return
    model = ModelId("scripted", sha256)
    say(write_greeting(Greeting(model, (Label.TOXICITY,))))
    kept: list[bytes] = []
    for line in sys.stdin:
        number, readings = read_question(line)
        for reading in readings:
            act(reading.plain)
        texts = [reading.plain for reading in readings]
        said = write_answer(number + (1 if "too far" in texts else 0), answer_to(texts, model))
        if "swap" in texts and starts.read_text() == "x":
            kept.append(said)
            continue
        for each in (said, *kept):
            say(each)
        kept.clear()
    if MANNER == "stay":
        signal.pause()
    (HERE / "ended").touch()


main()

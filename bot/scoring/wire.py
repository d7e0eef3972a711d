"""What passes between a guarded scorer and its engine's process: one JSON value a line.

Own words, because they must hold whatever a text holds (half surrogates too) and are read by this
program alone. Called by `bot.scoring.engine_process` and `bot.scoring.child`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from bot import errors
from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Passage, Score, Scores, Spelling
from bot.errors import BadInputError, ModerationError, ScoringError
from config.labels import Label

LONGEST_LINE = 2**26
"""Bytes. A batch has some 10,000 letters; a line beyond this comes from something gone wrong."""


_MALFORMED = (ValueError, TypeError, RecursionError)
"""What reading JSON raises, brackets without end included, and making something of it."""


class GarbledError(Exception):
    """A line that is not what the other end is to say."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a process says once its model is loaded."""

    model: ModelId
    labels: tuple[Label, ...]


def write_greeting(greeting: Greeting) -> bytes:
    """Write what a loaded engine says first."""
    model = greeting.model
    return _line({"model": [model.name, model.sha256], "labels": greeting.labels})


def write_failure(error: ModerationError | ModuleNotFoundError) -> bytes:
    """Write why a model could not be loaded."""
    if isinstance(error, ModuleNotFoundError):
        return _line({"lacking": error.name or ""})
    made_of = (error.where, error.what) if isinstance(error, BadInputError) else (str(error),)
    return _line({"failed": type(error).__name__, "made_of": made_of})


def read_greeting(line: bytes) -> Greeting | ModerationError | ModuleNotFoundError:
    """Read what a process says first.

    Raises:
        GarbledError: it is neither a greeting nor a failure.
    """
    try:
        said = json.loads(line)
        if "lacking" in said:
            package = str(said["lacking"])
            return ModuleNotFoundError(f"No module named {package!r}", name=package)
        if "failed" in said:
            return _failure(said)
        name, sha256 = said["model"]
        return Greeting(ModelId(name, sha256), tuple(map(Label, said["labels"])))
    except (*_MALFORMED, LookupError, AttributeError) as error:
        raise GarbledError("did not greet") from error


def write_question(number: int, readings: Sequence[Reading]) -> bytes:
    """Write what is to be scored."""
    return _line([number, [[each.plain, each.folded] for each in readings]])


def read_question(line: str) -> tuple[int, list[Reading]]:
    """Read what is to be scored; only ever what `write_question` wrote."""
    number, readings = json.loads(line)
    return number, [Reading(plain, folded) for plain, folded in readings]


def write_answer(number: int, answer: Sequence[Scores] | ScoringError) -> bytes:
    """Write what came of a question."""
    if isinstance(answer, ScoringError):
        return _line([number, str(answer)])
    return _line([number, [_packed(scores) for scores in answer]])


def read_answer(line: bytes, model: ModelId) -> tuple[int, list[Scores] | ScoringError]:
    """Read what came of a question: its number, and scores or a failure.

    Raises:
        GarbledError: it is no answer.
    """
    try:
        number, answer = json.loads(line)
        if isinstance(answer, str):
            return int(number), ScoringError(answer)
        return int(number), [Scores(_unpacked(each), model) for each in answer]
    except (*_MALFORMED, LookupError, AttributeError, OverflowError) as error:
        raise GarbledError("gave an answer that makes no sense") from error


def _packed(scores: Scores) -> list[object]:
    """Write each passage once, whichever labels it is the worst for: mostly it is so for all."""
    passages = list(dict.fromkeys(score.passage for score in scores.by_label.values()))
    return [
        [[each.text, each.spelling, each.window, each.windows] for each in passages],
        {
            label: [score.value, passages.index(score.passage)]
            for label, score in scores.by_label.items()
        },
    ]


def _unpacked(packed: Sequence[Any]) -> dict[Label, Score]:
    passages = [
        Passage(str(text), Spelling(spelling), int(window), int(windows))
        for text, spelling, window, windows in packed[0]
    ]
    return {
        Label(label): Score(_probability(value), passages[int(at)])
        for label, (value, at) in packed[1].items()
    }


def _probability(value: object) -> float:
    if not isinstance(value, float) or not 0.0 <= value <= 1.0:
        raise ValueError("a score is a number from 0 to 1")
    return value


def _failure(said: Mapping[str, Any]) -> ModerationError:
    """Make the very error again that kept the model from being loaded."""
    kind = getattr(errors, said["failed"])
    return cast("ModerationError", kind(*said["made_of"]))


def _line(value: object) -> bytes:
    return json.dumps(value).encode("ascii") + b"\n"

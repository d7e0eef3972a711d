"""The scorer with several workers: each batch once, all at the same time, and a failure ends it."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from bot.domain.reading import Reading
from bot.domain.scores import ModelId
from bot.errors import ScoringError
from bot.scoring.scorer import DetoxifyScorer
from bot.scoring.windows import Window
from config.labels import Label

MODEL = ModelId("by length", "0" * 64)


class LengthEngine:
    """A text of n letters is one window of n tokens and scores n/1000. Notes its batches."""

    labels = (Label.TOXICITY,)

    def __init__(self, together: int = 1, poison: str | None = None) -> None:
        self.together = threading.Barrier(together, timeout=60)
        self.poison = poison
        self.batches: list[list[str]] = []
        self.has_begun = threading.Event()

    def cut(self, texts: Sequence[str]) -> list[list[Window]]:
        return [[Window([0] * len(text), text, 1, 1)] for text in texts]

    def score(self, windows: Sequence[Window]) -> list[list[float]]:
        texts = [window.text for window in windows]
        self.batches.append(texts)
        self.has_begun.set()
        self.together.wait()
        if self.poison in texts:
            raise ScoringError("poison")
        return [[len(text) / 1000] for text in texts]


def readings(*texts: str) -> list[Reading]:
    return [Reading(text, text) for text in texts]


def values(scorer: DetoxifyScorer, *texts: str) -> list[float | None]:
    found = asyncio.run(scorer.score(readings(*texts)))
    return [each.value(Label.TOXICITY) for each in found]


def test_two_workers_score_at_the_same_time() -> None:
    # Neither batch ends before both have begun. Work is halved: 200 tokens of 400 for each.
    engine = LengthEngine(together=2)
    scorer = DetoxifyScorer(engine, MODEL, workers=2, batch_tokens=1000)
    assert values(scorer, *(letter * 100 for letter in "abcd")) == [0.1] * 4
    assert [len(batch) for batch in engine.batches] == [2, 2]


def test_little_work_is_not_divided() -> None:
    engine = LengthEngine()
    scorer = DetoxifyScorer(engine, MODEL, workers=2, batch_tokens=1000)
    assert values(scorer, "a" * 30, "b" * 30) == [0.03, 0.03]
    assert [sorted(map(len, batch)) for batch in engine.batches] == [[30, 30]]


def test_no_batch_has_more_tokens_than_it_may() -> None:
    engine = LengthEngine()
    scorer = DetoxifyScorer(engine, MODEL, workers=1, batch_tokens=100)
    texts = [letter * 40 for letter in "abcdefg"]
    assert values(scorer, *texts) == [0.04] * 7
    # Two of 40 tokens fit into 100.
    assert [len(batch) for batch in engine.batches] == [2, 2, 2, 1]


def test_a_batch_that_fails_ends_the_call() -> None:
    engine = LengthEngine(poison="p" * 100)
    scorer = DetoxifyScorer(engine, MODEL, workers=2, batch_tokens=100)
    with pytest.raises(ScoringError, match="poison"):
        values(scorer, "p" * 100, *(letter * 99 for letter in "abcdefgh"))
    assert len(engine.batches) < 9


async def test_calls_share_the_workers() -> None:
    # Either call has but one batch, and neither ends before both have begun.
    engine = LengthEngine(together=2)
    scorer = DetoxifyScorer(engine, MODEL, workers=2, batch_tokens=1000)
    found = await asyncio.gather(*(scorer.score(readings(text)) for text in ("a", "bb")))
    assert [scores.value(Label.TOXICITY) for [scores] in found] == [0.001, 0.002]


async def test_a_cancelled_call_stops_after_the_batch_in_hand() -> None:
    engine = LengthEngine(together=2)  # its batch ends when this test says so
    scorer = DetoxifyScorer(engine, MODEL, batch_tokens=100)
    leaving = asyncio.create_task(scorer.score(readings(*(letter * 100 for letter in "abc"))))
    assert await asyncio.to_thread(engine.has_begun.wait, 60)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    engine.together.wait()
    # There is but one worker: it comes to this call after the other's batches.
    assert await scorer.score([]) == []
    assert len(engine.batches) == 1

"""The memory before a scorer: equal texts once, by model, bounded, and no failure remembered."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Passage, Score, Scores
from bot.errors import ScoringError
from bot.scoring.remembering import RememberingScorer
from config.labels import Label


class CountingScorer:
    """Scores a text by its length, and notes what it was asked for. While shut, it waits."""

    labels = (Label.TOXICITY,)

    def __init__(self) -> None:
        self.model = ModelId("counting", "0" * 64)
        self.asked: list[list[str]] = []
        self.gate = asyncio.Event()
        self.entered = asyncio.Event()
        self.gate.set()
        self.fails = False

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        self.asked.append([reading.plain for reading in readings])
        self.entered.set()
        await self.gate.wait()
        if self.fails:
            raise ScoringError("no")
        return [scores(reading.plain, self.model) for reading in readings]


def scores(text: str, model: ModelId) -> Scores:
    return Scores({Label.TOXICITY: Score(len(text) / 100, Passage(text))}, model)


def readings(*texts: str) -> list[Reading]:
    return [Reading(text, text) for text in texts]


async def test_a_text_is_scored_once_and_answered_each_time() -> None:
    inner = CountingScorer()
    scorer = RememberingScorer(inner)
    first = await scorer.score(readings("a", "bb", "a"))
    second = await scorer.score(readings("bb", "ccc"))
    assert inner.asked == [["a", "bb"], ["ccc"]]
    assert first == [scores(text, inner.model) for text in ("a", "bb", "a")]
    assert second == [scores(text, inner.model) for text in ("bb", "ccc")]


async def test_another_folding_is_another_text() -> None:
    inner = CountingScorer()
    scorer = RememberingScorer(inner)
    await scorer.score([Reading("id1ot", "id1ot"), Reading("id1ot", "idiot")])
    assert inner.asked == [["id1ot", "id1ot"]]


async def test_another_model_is_asked_again() -> None:
    inner = CountingScorer()
    scorer = RememberingScorer(inner)
    await scorer.score(readings("a"))
    inner.model = ModelId("counting", "1" * 64)
    [found] = await scorer.score(readings("a"))
    assert inner.asked == [["a"], ["a"]]
    assert found.model == inner.model


async def test_what_another_call_is_having_scored_is_waited_for() -> None:
    inner = CountingScorer()
    inner.gate.clear()
    scorer = RememberingScorer(inner)
    first = asyncio.create_task(scorer.score(readings("a", "bb")))
    await inner.entered.wait()
    second = asyncio.create_task(scorer.score(readings("bb", "ccc")))
    inner.gate.set()
    await asyncio.gather(first, second)
    assert inner.asked == [["a", "bb"], ["ccc"]]


async def test_who_waited_for_a_call_that_failed_asks_for_themselves() -> None:
    inner = CountingScorer()
    inner.gate.clear()
    inner.fails = True
    scorer = RememberingScorer(inner)
    first = asyncio.create_task(scorer.score(readings("a")))
    await inner.entered.wait()
    second = asyncio.create_task(scorer.score(readings("a")))
    inner.gate.set()
    with pytest.raises(ScoringError):
        await first
    with pytest.raises(ScoringError):
        await second
    inner.fails = False
    assert await scorer.score(readings("a")) == [scores("a", inner.model)]
    assert inner.asked == [["a"], ["a"], ["a"]]


async def test_who_leaves_holds_nobody_up() -> None:
    inner = CountingScorer()
    inner.gate.clear()
    scorer = RememberingScorer(inner)
    leaving = asyncio.create_task(scorer.score(readings("a")))
    await inner.entered.wait()
    staying = asyncio.create_task(scorer.score(readings("a")))
    leaving.cancel()
    inner.gate.set()
    assert await staying == [scores("a", inner.model)]


async def test_the_text_that_was_asked_for_longest_ago_is_forgotten_first() -> None:
    inner = CountingScorer()
    scorer = RememberingScorer(inner, capacity=2)
    for text in ("a", "bb", "a", "ccc", "a", "bb"):
        await scorer.score(readings(text))
    # "ccc" pushes out "bb", since "a" was asked for after it; "bb" is then scored again.
    assert inner.asked == [["a"], ["bb"], ["ccc"], ["bb"]]


async def test_more_texts_than_it_can_remember_are_all_answered() -> None:
    inner = CountingScorer()
    texts = [str(n) for n in range(10)]
    found = await RememberingScorer(inner, capacity=3).score(readings(*texts))
    assert found == [scores(text, inner.model) for text in texts]


async def test_a_long_text_is_scored_but_not_kept() -> None:
    inner = CountingScorer()
    scorer = RememberingScorer(inner, longest=10)
    for _ in range(2):
        await scorer.score(readings("x" * 6))  # counted twice: plain and folded
    assert len(inner.asked) == 2


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=8), st.integers(0, 5))
def test_everyone_gets_their_own_answers_and_nothing_is_scored_twice_at_once(
    asked: list[list[str]], capacity: int
) -> None:
    async def run() -> None:
        inner = CountingScorer()
        scorer = RememberingScorer(inner, capacity=capacity)
        found = await asyncio.gather(*(scorer.score(readings(*texts)) for texts in asked))
        assert found == [[scores(text, inner.model) for text in texts] for texts in asked]
        assert all(len(batch) == len(set(batch)) for batch in inner.asked)

    asyncio.run(run())

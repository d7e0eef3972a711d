"""The memory before a scorer: equal texts once, by model, bounded, and no failure remembered."""

import asyncio
import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Passage, Score, Scores
from bot.errors import ScoringError
from bot.scoring.remembering import RememberingScorer
from bot.scoring.wire import read_answer, write_answer
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
    # An entry of one label takes 600 bytes, and a text of n letters 49 + n: two fit.
    scorer = RememberingScorer(inner, capacity=1400)
    for text in ("a", "bb", "a", "ccc", "a", "bb"):
        await scorer.score(readings(text))
    # "ccc" pushes out "bb", since "a" was asked for after it; "bb" is then scored again.
    assert inner.asked == [["a"], ["bb"], ["ccc"], ["bb"]]


async def test_more_texts_than_it_can_remember_are_all_answered() -> None:
    inner = CountingScorer()
    texts = [str(n) for n in range(10)]
    found = await RememberingScorer(inner, capacity=2000).score(readings(*texts))
    assert found == [scores(text, inner.model) for text in texts]


async def test_a_text_for_which_there_is_no_room_at_all_is_scored_but_not_kept() -> None:
    inner = CountingScorer()
    scorer = RememberingScorer(inner, capacity=1400)
    for _ in range(2):
        await scorer.score(readings("x" * 1400))
    assert len(inner.asked) == 2


# An entry takes 600 bytes, and 994 letters 49 + 994 or 76 + 4 * 994: 20,000 hold 12 of 1,643 and
# 4 of 4,652.
@pytest.mark.parametrize(("letter", "fit"), [("x", 12), ("\U0001f600", 4)])
async def test_room_is_counted_in_bytes_and_not_in_texts(letter: str, fit: int) -> None:
    inner = CountingScorer()
    scorer = RememberingScorer(inner, capacity=20_000)
    texts = [letter * 993 + str(n) for n in range(10)] + [letter * 992 + "10", letter * 992 + "11"]
    for text in texts:
        await scorer.score(readings(text))
    inner.asked.clear()
    for text in reversed(texts[-fit:]):
        await scorer.score(readings(text))
    assert inner.asked == []
    await scorer.score(readings(letter * 994))
    await scorer.score(readings(texts[-1]))  # asked for longest ago, so it had to go
    assert len(inner.asked) == 2


@pytest.mark.parametrize("letter", ["x", "\U0001f600"])
async def test_what_an_engine_s_process_answered_takes_no_more_room_than_it_is_given(
    letter: str,
) -> None:
    model = ModelId("wired", "0")

    class Wired:
        """Answers as `bot.scoring.guarded` does: each text comes back from another process."""

        model = ModelId("wired", "0")
        labels = tuple(Label)

        async def score(self, readings: Sequence[Reading]) -> list[Scores]:
            sent = [
                Scores({label: Score(0.5, Passage(each.plain)) for label in Label}, model)
                for each in readings
            ]
            _, received = read_answer(write_answer(1, sent), model)
            assert not isinstance(received, ScoringError)
            return received

    capacity = 500_000
    scorer = RememberingScorer(Wired(), capacity=capacity)
    tracemalloc.start()
    for number in range(400):
        await scorer.score(readings(f"{letter * 990}{number:04d}"))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.7 * capacity < taken < 1.2 * capacity


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=8), st.integers(0, 5))
def test_everyone_gets_their_own_answers_and_nothing_is_scored_twice_at_once(
    asked: list[list[str]], capacity: int
) -> None:
    async def run() -> None:
        inner = CountingScorer()
        scorer = RememberingScorer(inner, capacity=capacity * 700)
        found = await asyncio.gather(*(scorer.score(readings(*texts)) for texts in asked))
        assert found == [[scores(text, inner.model) for text in texts] for texts in asked]
        assert all(len(batch) == len(set(batch)) for batch in inner.asked)

    asyncio.run(run())

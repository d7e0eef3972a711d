"""The batcher: gathers, bounds, ranks, isolates, forgets who left, and drains. No sleeps."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Passage, Score, Scores
from bot.errors import (
    ModelUnavailableError,
    ScoringBusyError,
    ScoringError,
    ScoringLateError,
    UnfitFormError,
)
from bot.scoring.batcher import Batcher, Priority
from config.labels import Label

MODEL = ModelId("gated", "0" * 64)


class GatedScorer:
    """Scores a text by its length. While it is shut, batches wait; `poison` fails any with it."""

    model = MODEL
    labels = (Label.TOXICITY,)

    def __init__(self, *, is_open: bool = True, poison: str | None = None) -> None:
        self.batches: list[list[str]] = []
        self.poison = poison
        self.gate = asyncio.Event()
        self.entered = asyncio.Event()
        if is_open:
            self.gate.set()

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        texts = [reading.plain for reading in readings]
        self.batches.append(texts)
        self.entered.set()
        await self.gate.wait()
        if self.poison in texts:
            raise ScoringError("poison")
        return [scores(text) for text in texts]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def reading(text: str) -> Reading:
    return Reading(text, text)


def scores(text: str) -> Scores:
    return Scores({Label.TOXICITY: Score(len(text) / 100, Passage(text))}, MODEL)


def ask(
    batcher: Batcher, *texts: str, priority: Priority = Priority.LIVE
) -> "asyncio.Task[list[Scores]]":
    return asyncio.create_task(batcher.lane(priority).score([reading(text) for text in texts]))


async def settle() -> None:
    """Let everything that can happen now happen."""
    for _ in range(20):
        await asyncio.sleep(0)


async def busy(scorer: GatedScorer, batcher: Batcher) -> "asyncio.Task[list[Scores]]":
    """Give the scorer something to hold on to."""
    first = ask(batcher, "first")
    await scorer.entered.wait()
    return first


async def test_a_lone_text_is_scored_at_once() -> None:
    scorer = GatedScorer()
    assert await Batcher(scorer).lane(Priority.LIVE).score([reading("hi")]) == [scores("hi")]


async def test_nothing_asked_is_nothing_scored() -> None:
    scorer = GatedScorer()
    assert await Batcher(scorer).lane(Priority.LIVE).score([]) == []
    assert scorer.batches == []


async def test_what_arrives_together_is_scored_together_and_answered_in_order() -> None:
    scorer = GatedScorer()
    batcher = Batcher(scorer)
    first, second = ask(batcher, "a", "bb"), ask(batcher, "ccc")
    assert (await first, await second) == ([scores("a"), scores("bb")], [scores("ccc")])
    assert scorer.batches == [["a", "bb", "ccc"]]


async def test_what_arrives_while_the_scorer_works_is_gathered() -> None:
    scorer = GatedScorer(is_open=False)
    batcher = Batcher(scorer, at_once=1)
    tasks = [await busy(scorer, batcher), *[ask(batcher, text) for text in "abc"]]
    await settle()
    assert scorer.batches == [["first"]]
    assert batcher.waiting == 3
    scorer.gate.set()
    await asyncio.gather(*tasks)
    assert scorer.batches == [["first"], ["a", "b", "c"]]


async def test_a_batch_is_bounded_by_tokens_not_by_count() -> None:
    # A text costs 4 tokens and a quarter of its letters: 14 for 40 letters. Of 30 tokens two fit.
    scorer = GatedScorer()
    batcher = Batcher(scorer, batch_tokens=30, at_once=1)
    await ask(batcher, *("x" * 39 + str(n) for n in range(5)))
    assert [len(batch) for batch in scorer.batches] == [2, 2, 1]


async def test_a_text_larger_than_a_batch_goes_alone() -> None:
    scorer = GatedScorer()
    await ask(Batcher(scorer, batch_tokens=30, at_once=1), "a", "x" * 400, "b")
    assert [len(batch) for batch in scorer.batches] == [1, 1, 1]


async def test_live_goes_before_catch_up() -> None:
    scorer = GatedScorer(is_open=False)
    batcher = Batcher(scorer, batch_tokens=1, at_once=1)
    first = await busy(scorer, batcher)
    tasks = [ask(batcher, p.name, priority=p) for p in reversed(Priority)]
    await settle()
    scorer.gate.set()
    await asyncio.gather(first, *tasks)
    assert [text for [text] in scorer.batches] == ["first", "LIVE", "CATCH_UP"]


@pytest.mark.parametrize("where", range(5))
async def test_a_poison_text_fails_alone(where: int) -> None:
    scorer = GatedScorer(poison="poison")
    batcher = Batcher(scorer)
    texts = list("abcd")
    texts.insert(where, "poison")
    tasks = [ask(batcher, text) for text in texts]
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(outcome, ScoringError) for outcome in outcomes] == [
        text == "poison" for text in texts
    ]


async def test_copies_of_a_poison_text_are_one_text() -> None:
    scorer = GatedScorer(poison="poison")
    batcher = Batcher(scorer)
    tasks = [ask(batcher, text) for text in ["poison", "a", "poison", "poison"]]
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(outcome, ScoringError) for outcome in outcomes] == [True, False, True, True]
    assert scorer.batches == [["poison", "a"], ["poison"], ["a"]]


@pytest.mark.parametrize("failure", [ModelUnavailableError("gone"), UnfitFormError("damaged")])
async def test_for_a_model_that_is_gone_no_text_is_sought_to_blame(failure: ScoringError) -> None:
    class GoneScorer(GatedScorer):
        async def score(self, readings: Sequence[Reading]) -> list[Scores]:
            self.batches.append([reading.plain for reading in readings])
            raise failure

    scorer = GoneScorer()
    with pytest.raises(type(failure)):
        await ask(Batcher(scorer), *"abcdefgh")
    assert len(scorer.batches) == 1


async def test_an_error_that_is_no_scoring_error_reaches_everyone_and_is_not_repeated() -> None:
    class Broken(GatedScorer):
        async def score(self, readings: Sequence[Reading]) -> list[Scores]:
            self.batches.append([])
            raise ZeroDivisionError

    scorer = Broken()
    batcher = Batcher(scorer)
    outcomes = await asyncio.gather(ask(batcher, "a"), ask(batcher, "b"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ZeroDivisionError] * 2
    assert len(scorer.batches) == 1


async def test_too_few_answers_are_an_error_for_all() -> None:
    class Short(GatedScorer):
        async def score(self, readings: Sequence[Reading]) -> list[Scores]:
            return (await super().score(readings))[1:]

    with pytest.raises(ScoringError, match="answered 1 of 2 texts"):
        await ask(Batcher(Short()), "a", "b")


async def test_who_leaves_before_their_turn_is_not_scored_and_harms_nobody() -> None:
    scorer = GatedScorer(is_open=False)
    batcher = Batcher(scorer, at_once=1)
    first = await busy(scorer, batcher)
    leaving, staying = ask(batcher, "leaving"), ask(batcher, "staying")
    await settle()
    leaving.cancel()
    scorer.gate.set()
    assert await staying == [scores("staying")]
    assert await first == [scores("first")]
    assert scorer.batches == [["first"], ["staying"]]


async def test_who_left_keeps_nobody_out() -> None:
    scorer = GatedScorer(is_open=False)
    batcher = Batcher(scorer, at_once=1, waiting_tokens=1000)
    first = await busy(scorer, batcher)
    leaving = [ask(batcher, f"{n:0400}") for n in range(9)]
    patient = ask(batcher, "patient")
    await settle()
    for each in leaving:
        each.cancel()
    await settle()
    assert batcher.waiting == 1
    scorer.gate.set()
    assert await first == [scores("first")]
    assert await patient == [scores("patient")]


async def test_what_is_late_makes_room_though_nothing_is_scored_for_it() -> None:
    scorer, clock = GatedScorer(), Clock()
    batcher = Batcher(scorer, waiting_tokens=100, clock=clock)
    lane = batcher.lane(Priority.LIVE, patience=timedelta(seconds=1))
    late = asyncio.create_task(lane.score([reading("y" * 400)]))
    waiting = ask(batcher, "a")
    await asyncio.sleep(0)  # the one is queued, and the other waits for room
    clock.now = 2.0
    with pytest.raises(ScoringLateError):
        await late
    assert await waiting == [scores("a")]


async def test_who_leaves_while_being_scored_harms_nobody() -> None:
    scorer = GatedScorer(is_open=False)
    batcher = Batcher(scorer)
    leaving, staying = ask(batcher, "leaving"), ask(batcher, "staying")
    await scorer.entered.wait()
    leaving.cancel()
    scorer.gate.set()
    assert await staying == [scores("staying")]


HASTE = timedelta(seconds=0.5)


async def test_an_impatient_asker_is_turned_away_from_a_full_queue() -> None:
    scorer = GatedScorer(is_open=False)
    batcher = Batcher(scorer, waiting_tokens=4, at_once=1)
    first = await busy(scorer, batcher)
    waiting = ask(batcher, "waiting")
    await settle()
    with pytest.raises(ScoringBusyError, match="1 texts wait"):
        await batcher.lane(Priority.LIVE, longest_wait=HASTE).score([reading("late")])
    scorer.gate.set()
    await asyncio.gather(first, waiting)
    assert await batcher.lane(Priority.LIVE, longest_wait=HASTE).score([reading("now")])


class SlowScorer(GatedScorer):
    """Takes so many seconds of the clock for each batch."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        super().__init__()
        self.clock, self.seconds = clock, seconds

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        answers = await super().score(readings)
        self.clock.now += self.seconds
        return answers


LONG = "x" * 4080
"""1,024 tokens: 4 and a quarter of the letters."""


@pytest.mark.parametrize(
    ("seconds", "taken"),
    # After 16 batches the pace is nearly that of the batches alone: 1,024 tokens in 0.2 s let
    # 2,560 tokens wait for half a second, in 1 s they let 512.
    [(0.2, 3), (1.0, 1)],
)
async def test_the_impatient_are_let_in_as_far_as_the_scorers_pace_allows(
    seconds: float, taken: int
) -> None:
    clock = Clock()
    scorer = SlowScorer(clock, seconds)
    batcher = Batcher(scorer, at_once=1, clock=clock)
    lane = batcher.lane(Priority.LIVE, longest_wait=HASTE)
    for _ in range(16):
        await lane.score([reading(LONG)])
    scorer.gate.clear()
    asked = [asyncio.create_task(lane.score([reading(LONG)])) for _ in range(6)]
    await settle()
    scorer.gate.set()
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(each, ScoringBusyError) for each in outcomes] == [
        n >= taken for n in range(6)
    ]


async def test_what_is_with_the_scorer_counts_as_waiting() -> None:
    clock = Clock()
    scorer = GatedScorer(is_open=False)
    batcher = Batcher(scorer, at_once=1, clock=clock, waiting_tokens=10**6)
    # At the guess of 8,192 tokens a second five texts of 1,024 take 0.625 s.
    held = ask(batcher, *[LONG] * 5)
    await settle()
    with pytest.raises(ScoringBusyError):
        await batcher.lane(Priority.LIVE, longest_wait=HASTE).score([reading("late")])
    scorer.gate.set()
    await held


async def test_a_scorer_that_hung_is_held_to_be_slow_for_a_short_while_only() -> None:
    clock = Clock()
    scorer = SlowScorer(clock, 100.0)
    batcher = Batcher(scorer, at_once=1, clock=clock)
    lane = batcher.lane(Priority.LIVE, longest_wait=HASTE)
    await lane.score([reading(LONG)])
    scorer.seconds = 0.1
    for _ in range(16):
        await lane.score([reading(LONG)])
    scorer.gate.clear()
    asked = [asyncio.create_task(lane.score([reading(LONG)])) for _ in range(3)]
    await settle()
    scorer.gate.set()
    assert len(await asyncio.gather(*asked)) == 3


async def test_what_was_missed_keeps_nobody_out_and_holds_nobody_up_for_long() -> None:
    # 100 texts of 29 tokens fill the waiting 1,000; 8 of them are a batch of 256 tokens.
    scorer = GatedScorer(is_open=False)
    batcher = Batcher(scorer, at_once=1, waiting_tokens=1000)
    missed = ask(batcher, *[f"{n:0100}" for n in range(100)], priority=Priority.CATCH_UP)
    await settle()
    live = asyncio.create_task(
        batcher.lane(Priority.LIVE, longest_wait=HASTE).score([reading("live")])
    )
    await settle()
    scorer.gate.set()
    assert await live == [scores("live")]
    assert [len(batch) for batch in scorer.batches[:2]] == [8, 1]
    assert len(await missed) == 100


async def test_how_long_the_scorer_has_had_a_batch_is_known() -> None:
    scorer, clock = GatedScorer(is_open=False), Clock()
    batcher = Batcher(scorer, at_once=1, clock=clock)
    assert batcher.held_s == 0
    clock.now = 3.0
    first = await busy(scorer, batcher)
    clock.now = 7.5
    assert batcher.held_s == 4.5
    scorer.gate.set()
    await first
    assert batcher.held_s == 0


async def test_a_patient_asker_waits_for_room_and_the_queue_stays_bounded() -> None:
    scorer = GatedScorer(is_open=False)
    batcher = Batcher(scorer, batch_tokens=4, waiting_tokens=40, at_once=1)
    first = await busy(scorer, batcher)
    many = ask(batcher, *(str(n) for n in range(100)), priority=Priority.CATCH_UP)
    await settle()
    # Ten texts of 4 tokens fill 40; the others are not even in the queue.
    assert batcher.waiting == 10
    scorer.gate.set()
    assert len(await many) == 100
    await first


async def test_a_text_whose_time_is_over_is_given_up_unscored() -> None:
    scorer, clock = GatedScorer(is_open=False), Clock()
    batcher = Batcher(scorer, at_once=1, clock=clock)
    first = await busy(scorer, batcher)
    hasty = batcher.lane(Priority.LIVE, patience=timedelta(seconds=1))
    late = asyncio.create_task(hasty.score([reading("late")]))
    await settle()
    clock.now = 1.0
    scorer.gate.set()
    with pytest.raises(ScoringLateError):
        await late
    await first
    assert scorer.batches == [["first"]]


async def test_three_batches_are_with_the_scorer_at_once_and_the_rest_is_gathered() -> None:
    scorer = GatedScorer(is_open=False)
    batcher = Batcher(scorer)
    tasks: list[asyncio.Task[list[Scores]]] = []
    for text in "abcde":
        tasks.append(ask(batcher, text))
        await settle()
    assert scorer.batches == [["a"], ["b"], ["c"]]
    scorer.gate.set()
    await asyncio.gather(*tasks)
    assert scorer.batches[3:] == [["d", "e"]]


async def test_closing_scores_what_waits_and_takes_no_more_on() -> None:
    scorer = GatedScorer(is_open=False)
    batcher = Batcher(scorer, at_once=1)
    tasks = [await busy(scorer, batcher), ask(batcher, "waiting")]
    await settle()
    closing = asyncio.create_task(batcher.aclose())
    await settle()
    assert not closing.done()
    with pytest.raises(ScoringBusyError, match="being stopped"):
        await ask(batcher, "too late")
    scorer.gate.set()
    await closing
    assert all(task.done() for task in tasks)


@given(st.lists(st.lists(st.text(max_size=60), max_size=5), max_size=12), st.integers(1, 40))
def test_everyone_gets_their_own_answers_whatever_is_asked(
    asked: list[list[str]], batch_tokens: int
) -> None:
    async def run() -> list[list[Scores]]:
        batcher = Batcher(GatedScorer(), batch_tokens=batch_tokens, waiting_tokens=50)
        answers = await asyncio.gather(*(ask(batcher, *texts) for texts in asked))
        await batcher.aclose()
        return answers

    assert asyncio.run(run()) == [[scores(text) for text in texts] for texts in asked]


@given(st.lists(st.sampled_from("abcd") | st.just("poison"), max_size=20))
def test_poison_never_takes_others_with_it(texts: list[str]) -> None:
    async def run() -> list[object]:
        batcher = Batcher(GatedScorer(poison="poison"))
        return await asyncio.gather(*(ask(batcher, t) for t in texts), return_exceptions=True)

    outcomes = asyncio.run(run())
    for text, outcome in zip(texts, outcomes, strict=True):
        assert isinstance(outcome, ScoringError) if text == "poison" else outcome == [scores(text)]

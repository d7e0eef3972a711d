"""Contestants in processes of their own, with the bundled model: they score, measure and end."""

import asyncio

import pytest

from bot.benchmark.deviation import deviation_of
from bot.benchmark.process import contestant
from bot.errors import ModerationError

TEXTS = ["Good morning.", "You are an idiot.", "What a match!", "Shut up already."]
BOT = {"kind": "bot", "model": "compact", "engine": "compiled"}


async def test_a_bot_plays_alone_and_under_load_and_tells_its_memory() -> None:
    async with contestant("bot", BOT, {}) as bot:
        played = await bot.order("play", texts=TEXTS)
        alone = await bot.order("alone", texts=TEXTS)
        load = await bot.order("load", texts=TEXTS, rate=1000.0, seed=1)
        memory = await bot.order("memory")
    assert len(played["calls"]) == len(alone) == len(load) == len(TEXTS)
    assert 0 < max(played["calls"]) <= played["seconds"]
    assert min(alone) > 0
    assert memory is None or 50 < memory < 1000
    assert bot.startup_s > 0


async def test_the_floor_counts_what_the_model_multiplies() -> None:
    async with contestant("floor", {"kind": "floor", "models": "compact"}, {}) as floor:
        one = await floor.order("operations", model="compact", texts=["Good morning."])
        two = await floor.order("operations", model="compact", texts=["Good morning."] * 2)
        peak = await floor.order("peak", seconds=0.01)
    # [CLS] good morning . [SEP] is 5 tokens. A layer multiplies each with 12 squares of 384, and
    # every pair of tokens twice with 384; there are 6 layers, and an addition to each product.
    assert one["tokens"] == 5
    assert one["operations"] == 6 * (2 * 12 * 384**2 * 5 + 4 * 384 * 5**2)
    assert two["operations"] == 2 * one["operations"]
    assert peak > 1e8


async def test_one_that_cannot_play_says_why() -> None:
    with pytest.raises(ModerationError, match=r"nobody: ended early .*is no model"):
        async with contestant("nobody", {**BOT, "model": "nonsense"}, {}):
            pass


async def test_two_can_be_there_at_once() -> None:
    bulk = {"kind": "bulk", "model": "compact", "engine": "compiled"}
    async with contestant("one", bulk, {}) as one, contestant("other", bulk, {}) as other:
        mine, yours = await asyncio.gather(
            one.order("scores", texts=TEXTS), other.order("scores", texts=TEXTS)
        )
    assert mine == yours
    assert deviation_of(mine, yours, mine).largest == 0.0


def test_deviations_are_means_maxima_and_changed_verdicts() -> None:
    eager = [{"insult": 0.99, "threat": 0.1}, {"insult": 0.1, "threat": 0.0}]
    compiled = [{"insult": 0.1, "threat": 0.1}, {"insult": 0.1, "threat": 0.04}]
    quick = [{"insult": 0.10001, "threat": 0.1}, {"insult": 0.99, "threat": 0.04}]
    found = deviation_of(eager, compiled, quick)
    # 0.89, 0, 0 and 0.04 apart; only the first comment is judged otherwise.
    assert (found.comments, found.mean, found.largest) == (2, 0.2325, 0.89)
    assert found.changed_verdicts == 1
    # The first differs by less than sums of floats may; the second was settled, and wrongly.
    assert (found.spared, found.changed_by_sparing) == (1, 1)

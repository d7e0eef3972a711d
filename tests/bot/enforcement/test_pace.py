"""So many a second, the urgent first."""

import asyncio

from bot.enforcement.pace import Pace, Rank


async def test_the_urgent_goes_first_once_somebody_has_to_wait() -> None:
    pace = Pace(a_second=100)
    for _ in range(100):
        await pace.turn(Rank.NOTICE)
    order: list[Rank] = []

    async def ask(rank: Rank) -> None:
        await pace.turn(rank)
        order.append(rank)

    asked = [Rank.NOTICE, Rank.LOG, Rank.DELETE, Rank.NOTICE, Rank.SANCTION, Rank.DELETE]
    await asyncio.gather(*(ask(rank) for rank in asked))
    assert order == sorted(asked)


async def test_who_is_cancelled_takes_no_turn() -> None:
    pace = Pace(a_second=100)
    for _ in range(100):
        await pace.turn(Rank.NOTICE)
    gone = asyncio.create_task(pace.turn(Rank.DELETE))
    waiting = asyncio.create_task(pace.turn(Rank.NOTICE))
    await asyncio.sleep(0)
    gone.cancel()
    await waiting
    assert gone.cancelled()


async def test_no_more_than_its_rate_goes_through() -> None:
    pace = Pace(a_second=50)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await asyncio.gather(*(pace.turn(Rank.LOG) for _ in range(60)))
    # Fifty at once, and ten more at fifty a second: a fifth of a second at least.
    assert loop.time() - begun >= 0.19

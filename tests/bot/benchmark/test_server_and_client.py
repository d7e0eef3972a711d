"""The server and its client in processes of their own, with the bundled model."""

from collections.abc import AsyncGenerator

import pytest

from bot.benchmark.process import Contestant, contestant

TEXTS = ["Good morning.", "You are an idiot.", "What a match!", "Shut up already."]
SERVER = {"kind": "server", "model": "compact", "engine": "compiled"}


@pytest.fixture
async def server() -> AsyncGenerator[Contestant]:
    async with contestant("server", SERVER, {}) as server:
        yield server


@pytest.fixture
async def client(server: Contestant) -> AsyncGenerator[Contestant]:
    url = await server.order("url")
    async with contestant("client", {"kind": "client", "url": url}, {}) as client:
        yield client


async def test_the_same_texts_are_scored_beside_and_through_the_server(
    server: Contestant, client: Contestant
) -> None:
    beside = await server.order("alone", texts=TEXTS)
    requests = await client.order("alone", texts=TEXTS)
    assert len(beside) == len(requests) == len(TEXTS)
    assert min(*beside, *requests) > 0
    assert len(await client.order("empty", times=3)) == 3


async def test_requests_that_can_be_borne_are_all_answered(client: Contestant) -> None:
    load = await client.order("load", texts=TEXTS, rate=1000.0, seed=1)
    assert len(load["waits"]) == len(TEXTS)
    assert 0 < max(load["waits"]) <= load["seconds"]
    assert (load["refused"], load["late"], load["other"]) == (0, 0, 0)


async def test_what_is_too_much_is_refused_and_nothing_else_goes_wrong(client: Contestant) -> None:
    # 350 tokens each: some 24 may wait and 10 be with the scorer, of 120 that come at once.
    texts = [f"{number} {'good morning ' * 107}" for number in range(120)]
    load = await client.order("load", texts=texts, rate=1e6, seed=1)
    assert load["refused"] > 0
    assert load["waits"]
    assert len(load["waits"]) + load["refused"] + load["late"] == len(texts)
    assert load["other"] == 0


async def test_what_has_nothing_to_read_has_no_time(client: Contestant) -> None:
    [empty, said] = await client.order("alone", texts=["", "Good morning."])
    assert empty is None
    assert said > 0
    load = await client.order("load", texts=["", "Good morning."], rate=1000.0, seed=1)
    assert (len(load["waits"]), load["other"]) == (1, 1)

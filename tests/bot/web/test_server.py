"""The server among strangers: slow, endless, too many, gone; and stopped with somebody waiting."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import aiohttp
import pytest

from bot.domain.api_key import ApiKey
from bot.domain.reading import Reading
from bot.domain.scores import Scores
from bot.errors import BadInputError, ScoringBusyError
from bot.web.analysis import Analyzer
from bot.web.calls import Calls, Limits
from bot.web.keys import Gate, hash_key
from bot.web.language import LanguageDetector
from bot.web.metrics import Metrics
from bot.web.server import Address, serving
from tests.bot.web.conftest import NOON, SCRIPT, Clock, HeldScorer, Serve, Server, raw
from tests.fakes.memory_web import MemoryApiKeys
from tests.fakes.scripted_scorer import ScriptedScorer

BODY: dict[str, Any] = {"comment": {"text": "hello"}, "requestedAttributes": {"TOXICITY": {}}}


class BusyScorer(ScriptedScorer):
    """Turns everyone away."""

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        raise ScoringBusyError("full")


async def test_a_full_queue_is_a_503_that_says_when_to_ask_again(serve: Serve) -> None:
    server = await serve(scorer=BusyScorer(SCRIPT))
    address = f"{server.url}/v1alpha1/comments:analyze"
    async with server.session.post(address, json=BODY) as response:
        assert response.status == 503
        assert response.headers["Retry-After"] == "1"
        assert (await response.json())["error"]["status"] == "UNAVAILABLE"


async def test_more_calls_at_once_than_allowed_are_turned_away_at_once(serve: Serve) -> None:
    scorer = HeldScorer()
    server = await serve(scorer=scorer, limits=Limits(at_once=1))
    first = asyncio.create_task(server.post("analyze", BODY))
    await scorer.asked_for.wait()
    assert (await server.post("analyze", BODY))[0] == 503
    assert "evenhand_web_at_work 1.0" in server.metrics.written().decode()
    scorer.let_go.set()
    assert (await first)[0] == 200
    assert (await server.post("analyze", BODY))[0] == 200
    assert "evenhand_web_at_work 0.0" in server.metrics.written().decode()


async def test_an_answer_that_takes_too_long_is_given_up(serve: Serve) -> None:
    server = await serve(scorer=HeldScorer(), limits=Limits(answer_s=0.01))
    status, answer = await server.post("analyze", BODY)
    assert (status, answer["error"]["status"]) == (504, "DEADLINE_EXCEEDED")


async def test_a_model_that_fails_is_a_500_without_a_word_of_the_comment(serve: Serve) -> None:
    scorer = ScriptedScorer(SCRIPT)
    scorer.failure = "the model failed on: hello"
    server = await serve(scorer=scorer)
    status, answer = await server.post("analyze", BODY)
    assert status == 500
    assert answer["error"]["message"] == "Internal error encountered."
    assert (
        'evenhand_web_failures_total{kind="ScoringError"} 1.0' in server.metrics.written().decode()
    )


async def test_a_body_above_the_limit_is_refused(serve: Serve) -> None:
    server = await serve(limits=Limits(body_bytes=1000))
    status, answer = await server.post("analyze", BODY | {"context": {"x": "y" * 1000}})
    assert (status, answer["error"]["code"]) == (413, 413)
    assert answer["error"]["message"] == "Request payload size exceeds the limit: 1000 bytes."


async def test_a_body_that_packs_a_bomb_is_refused(serve: Serve) -> None:
    import gzip

    server = await serve(limits=Limits(body_bytes=100_000))
    bomb = gzip.compress(b" " * 50_000_000)
    async with server.session.post(
        f"{server.url}/v1alpha1/comments:analyze", data=bomb, headers={"Content-Encoding": "gzip"}
    ) as response:
        assert response.status in {400, 413}


async def test_a_body_that_never_ends_is_given_up(serve: Serve) -> None:
    server = await serve(limits=Limits(body_s=0.05))
    head = b"POST /v1alpha1/comments:analyze HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
    assert b"HTTP/1.1 408" in await raw(server, head.replace(b"Host", b"Connection: close\r\nHost"))


async def test_a_head_that_never_ends_is_hung_up_on(serve: Serve) -> None:
    server = await serve(limits=Limits(idle_s=0.05))
    assert await raw(server, b"POST /v1alpha1/comments:analyze HTTP/1.1\r\nHost: x\r\nA: ") == b""


async def test_slow_strangers_do_not_hold_up_anybody(serve: Serve) -> None:
    server = await serve()
    host, port = server.url.removeprefix("http://").split(":")
    strangers = [await asyncio.open_connection(host, int(port)) for _ in range(200)]
    for _, writer in strangers:
        writer.write(b"POST /v1alpha1/comments:analyze HTTP/1.1\r\nContent-Length: 50\r\n\r\n{")
        await writer.drain()
    try:
        assert (await server.post("analyze", BODY))[0] == 200
    finally:
        for _, writer in strangers:
            writer.close()


@pytest.mark.parametrize("more", [{}, {"languages": ["en"]}], ids=["", "language named"])
async def test_a_client_that_hangs_up_costs_no_more_work(
    serve: Serve, more: dict[str, list[str]]
) -> None:
    scorer = HeldScorer()
    server = await serve(scorer=scorer)
    call = asyncio.create_task(server.post("analyze", {**BODY, **more}))
    await scorer.asked_for.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await scorer.left.wait()
    assert scorer.asked == []


SECRET = b"zebra-comment"
ANALYZE = b"POST /v1alpha1/comments:analyze HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("garbage", "code"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + SECRET, 400),
        (b"GET\r\n\r\n" + SECRET, 400),
        (SECRET + b"\r\n\r\n", 400),
        (b"POST /?key=" + SECRET + b"&x=\xff HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (ANALYZE + b"Content-Length: -1\r\n\r\n" + SECRET, 400),
        (ANALYZE + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + SECRET, 400),
        (ANALYZE + b"A: " + SECRET * 9000 + b"\r\n\r\n", 400),
        (ANALYZE + SECRET + b"\r\n\r\n", 400),
        (ANALYZE + b"Expect: " + SECRET + b"\r\nConnection: close\r\n\r\n", 417),
        (b"GET / HTTP/1.1\r\nHost: x\r\nExpect: " + SECRET + b"\r\nConnection: close\r\n\r\n", 417),
    ],
    ids=[
        *("TLS", "no path", "no HTTP", "query of bytes", "negative length", "chunked, but plain"),
        *("endless header", "header without a name", "Expect", "Expect where nothing is"),
    ],
)
async def test_what_is_no_http_gets_the_wires_refusal_and_none_of_it_is_repeated(
    serve: Serve, garbage: bytes, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server = await serve(limits=Limits(idle_s=0.2, body_s=0.2))
    answer = await raw(server, garbage)
    assert answer.startswith((b"HTTP/1.1 %d" % code, b"HTTP/1.0 %d" % code))
    body = answer.split(b"\r\n\r\n")[1].split(b"HTTP/")[0]
    assert json.loads(body)["error"]["code"] == code
    assert SECRET not in answer
    assert SECRET.decode() not in caplog.text
    assert (await server.post("analyze", BODY))[0] == 200


async def test_a_keyless_call_is_refused_before_its_body_is_sent(serve: Serve) -> None:
    server = await serve(keys=MemoryApiKeys())
    head = ANALYZE + b"Connection: close\r\nContent-Length: 2000000\r\n\r\n"
    assert b"HTTP/1.1 403" in await raw(server, head)


async def test_large_bodies_share_what_there_is_and_small_ones_always_have_room(
    serve: Serve,
) -> None:
    # 200,000 bytes are 134,464 beyond the free 65,536: two such bodies do not fit into 200,000.
    server = await serve(limits=Limits(bodies_bytes=200_000))
    large = BODY | {"context": {"x": "y" * 200_000}}
    host, port = server.url.removeprefix("http://").split(":")
    _, stalled = await asyncio.open_connection(host, int(port))
    stalled.write(ANALYZE + b"Content-Length: 300000\r\n\r\n" + b" " * 200_000)
    await stalled.drain()
    try:
        while (await server.post("analyze", large))[0] != 503:
            pass  # until the stalled body has arrived
        assert (await server.post("analyze", BODY))[0] == 200
    finally:
        stalled.close()
    await stalled.wait_closed()
    while (await server.post("analyze", large))[0] != 200:
        pass


PAGE = "http://other.example"


async def test_another_sites_page_is_refused_where_no_key_keeps_it_out(serve: Serve) -> None:
    server = await serve(public_url="https://scores.example/")
    suggestion = {
        "comment": {"text": "you fool"},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
    }
    address = f"{server.url}/v1alpha1/comments:suggestscore"

    async def ask(**headers: str) -> int:
        data = json.dumps(suggestion)
        headers |= {"Content-Type": "text/plain"}
        async with server.session.post(address, data=data, headers=headers) as response:
            return response.status

    # A name that was made to lead here is believed by the browser, and not by us.
    rebound = {"Origin": PAGE, "Host": PAGE.removeprefix("http://")}
    for headers in (
        {"Origin": PAGE},
        {"Origin": "null"},
        rebound,
        {"Origin": "http://[", "Host": "["},
    ):
        assert await ask(**headers) == 403
    assert server.suggestions.kept == []
    for origin in (server.url, "https://scores.example"):
        assert await ask(Origin=origin) == 200
    async with server.session.post(f"{server.url}/batch", headers={"Origin": PAGE}) as response:
        assert response.status == 403


async def test_where_keys_are_asked_for_a_page_with_a_key_may_ask(serve: Serve) -> None:
    server = await serve(keys=MemoryApiKeys([ApiKey("forum", hash_key("k"), 60, NOON)]))
    address = f"{server.url}/v1alpha1/comments:analyze?key=k"
    async with server.session.post(address, json=BODY, headers={"Origin": PAGE}) as response:
        assert response.status == 200


async def test_a_stop_answers_who_waits_and_takes_nobody_on(detector: LanguageDetector) -> None:
    scorer, metrics = HeldScorer(), Metrics(lambda: 0)
    calls = Calls(Analyzer(scorer, detector, lambda: NOON), Gate(None, Clock()), metrics)
    async with aiohttp.ClientSession() as session:
        async with serving(calls, metrics, Address("127.0.0.1", 0)) as url:
            address = f"{url}/v1alpha1/comments:analyze"
            waiting = asyncio.create_task(session.post(address, json=BODY))
            await scorer.asked_for.wait()
            asyncio.get_running_loop().call_soon(scorer.let_go.set)
        response = await waiting
        assert response.status == 200
        response.release()
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"{url}/health/live")


async def test_a_port_that_is_taken_is_named(server: Server) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    analyzer: Any = None
    metrics = Metrics(lambda: 0)
    calls = Calls(analyzer, Gate(None, Clock()), metrics)
    with pytest.raises(BadInputError, match=rf"127.0.0.1:{port}: cannot be listened on"):
        async with serving(calls, metrics, Address("127.0.0.1", port)):
            pass


async def test_health_and_metrics_are_there(serve: Serve) -> None:
    server = await serve()
    await server.post("analyze", BODY)
    for path in ("/health/live", "/health/ready"):
        async with server.session.get(server.url + path) as response:
            assert (response.status, await response.json()) == (200, {"status": "ok"})
    async with server.session.get(f"{server.url}/metrics") as response:
        shown = await response.text()
    assert 'evenhand_web_answers_total{code="200",method="analyze"} 1.0' in shown
    assert "evenhand_scoring_waiting 0.0" in shown


async def test_it_is_not_ready_while_the_model_is_stuck(detector: LanguageDetector) -> None:
    held, metrics = Clock(0.0), Metrics(lambda: 0)
    analyzer = Analyzer(ScriptedScorer(SCRIPT), detector, lambda: NOON)
    calls = Calls(analyzer, Gate(None, Clock()), metrics, Limits(answer_s=10), held_s=held)
    async with (
        serving(calls, metrics, Address("127.0.0.1", 0)) as url,
        aiohttp.ClientSession() as session,
    ):
        for seconds, code in ((9.0, 200), (10.1, 503), (0.0, 200)):
            held.now = seconds
            async with session.get(f"{url}/health/ready") as response:
                assert response.status == code


async def test_no_comment_and_no_key_reaches_the_log(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    scorer = ScriptedScorer(SCRIPT)
    server = await serve(scorer=scorer)
    await server.post("analyze", {"comment": {"text": "zebra one"}, "x": BODY}, key="zebra-key")
    await server.post("analyze", BODY | {"comment": {"text": "a zebra, you idiot"}})
    await server.post("suggestscore", {"comment": {"text": "zebra"}, "attributeScores": 1})
    assert "zebra" not in caplog.text


async def test_the_public_address_is_the_one_clients_are_told(serve: Serve) -> None:
    server = await serve(public_url="https://scores.example/")
    async with server.session.get(f"{server.url}/$discovery/rest?version=v1alpha1") as response:
        document = json.loads(await response.text())
    assert document["rootUrl"] == document["baseUrl"] == "https://scores.example/"


async def test_a_body_that_cannot_be_unpacked_is_its_clients_failure(serve: Serve) -> None:
    server = await serve()
    address = f"{server.url}/v1alpha1/comments:analyze"
    async with server.session.post(
        address, data=b"\x1f\x8bxx", headers={"Content-Encoding": "gzip"}
    ) as response:
        assert response.status == 400
    assert "evenhand_web_failures_total{" not in server.metrics.written().decode()

"""Batches: each part is a request of its own; a client's envelope can break nothing else."""

import asyncio
import json
from email import message_from_bytes
from typing import Any

import pytest

from bot.domain.api_key import ApiKey
from bot.web.calls import Limits
from bot.web.keys import hash_key
from tests.bot.web.conftest import NOON, Serve, Server, raw
from tests.fakes.memory_web import MemoryApiKeys

ANALYZE = "/v1alpha1/comments:analyze"


def part(content_id: str, body: object, line: str = f"POST {ANALYZE}?alt=json HTTP/1.1") -> str:
    inner = f"{line}\nContent-Type: application/json\n\n{json.dumps(body)}"
    return f"--b\nContent-Type: application/http\nContent-ID: <{content_id}>\n\n{inner}\n"


def asking(text: str) -> dict[str, Any]:
    return {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}}


async def send(
    server: Server, envelope: str | bytes, kind: str = "multipart/mixed; boundary=b", **query: str
) -> tuple[int, Any]:
    headers = {"Content-Type": kind}
    async with server.session.post(
        f"{server.url}/batch", data=envelope, headers=headers, params=query
    ) as response:
        content = await response.read()
        if response.content_type != "multipart/mixed":
            return response.status, json.loads(content)
        head = f"Content-Type: {response.headers['Content-Type']}\r\n\r\n".encode()
        return response.status, [
            _read(each.get("Content-ID"), each.get_payload())
            for each in message_from_bytes(head + content).walk()
            if each.get_content_type() == "application/http"
        ]


def _read(content_id: str | None, payload: Any) -> tuple[str | None, int, dict[str, Any]]:
    head, _, body = payload.replace("\r\n", "\n").partition("\n\n")
    return content_id, int(head.split()[1]), json.loads(body)


async def test_each_part_is_answered_in_order_under_its_own_id(server: Server) -> None:
    envelope = part("x + 1", asking("you idiot")) + part("x + 2", asking("")) + "--b--"
    status, answers = await send(server, envelope)
    assert status == 200
    [(first_id, first_code, first), (second_id, second_code, second)] = answers
    assert (first_id, first_code) == ("<response-x + 1>", 200)
    assert first["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.9
    assert (second_id, second_code) == ("<response-x + 2>", 400)
    assert second["error"]["details"][0]["errorType"] == "COMMENT_EMPTY"


async def test_others_have_their_turn_between_two_parts_that_are_refused(server: Server) -> None:
    refused = part("1", {}, "GET /nothing HTTP/1.1") * 1000 + "--b--"
    batch = asyncio.create_task(send(server, refused))
    turns = 0
    while not batch.done():
        await asyncio.sleep(0)
        turns += 1
    # Eight parts are answered at a time, so a thousand take 125 turns.
    assert turns > 125
    assert batch.result()[0] == 200


async def test_carriage_returns_and_full_addresses_are_understood(server: Server) -> None:
    line = f"POST http://anywhere.example{ANALYZE} HTTP/1.1"
    envelope = (part("1", asking("you idiot"), line) + "--b--").replace("\n", "\r\n")
    _, [(_, code, _)] = await send(server, envelope)
    assert code == 200


async def test_a_part_for_another_address_is_not_found(server: Server) -> None:
    for line in (f"GET {ANALYZE} HTTP/1.1", "POST /metrics HTTP/1.1", "", "POST http://[ HTTP/1.1"):
        _, [(_, code, answer)] = await send(server, part("1", asking("hi"), line) + "--b--")
        assert (code, answer["error"]["status"]) == (404, "NOT_FOUND")


async def test_each_part_brings_its_key_or_has_the_envelopes(serve: Serve) -> None:
    server = await serve(keys=MemoryApiKeys([ApiKey("forum", hash_key("k"), 60, NOON)]))
    envelope = part("1", asking("hi"), f"POST {ANALYZE}?key=k HTTP/1.1") + part("2", asking("hi"))
    _, answers = await send(server, envelope + "--b--")
    assert [code for _, code, _ in answers] == [200, 403]
    async with server.session.post(
        f"{server.url}/batch",
        data=envelope + "--b--",
        headers={"Content-Type": "multipart/mixed; boundary=b", "Authorization": "Bearer k"},
    ) as response:
        assert (await response.text()).count("HTTP/1.1 200 OK") == 2


async def test_a_parts_id_cannot_write_headers(server: Server) -> None:
    envelope = (
        "--b\nContent-Type: application/http\nContent-ID: <a\n\tX-Evil: 1>\n\n"
        f"POST {ANALYZE} HTTP/1.1\n\n{{}}\n--b--"
    )
    async with server.session.post(
        f"{server.url}/batch", data=envelope, headers={"Content-Type": "multipart/mixed;boundary=b"}
    ) as response:
        assert b"\nX-Evil" not in await response.read()


async def test_more_parts_than_allowed_are_refused_together(serve: Serve) -> None:
    server = await serve(limits=Limits(batch_parts=2))
    status, answer = await send(server, part("1", {}) * 3 + "--b--")
    assert status == 400
    assert answer["error"]["message"].endswith("too many parts: at most 2 are answered.")


@pytest.mark.parametrize("parts", [2, 3])
async def test_a_batch_may_end_without_saying_so(serve: Serve, parts: int) -> None:
    server = await serve(limits=Limits(batch_parts=2))
    status, _ = await send(server, part("1", asking("hi")) * parts)
    assert status == (200 if parts == 2 else 400)


KEYS = MemoryApiKeys([ApiKey("forum", hash_key("k"), 60, NOON)])


@pytest.mark.parametrize(
    ("query", "header", "code"),
    [
        ("", b"", 403),
        ("?key=no", b"", 400),
        ("", b"X-Goog-Api-Key: no\r\n", 400),
    ],
)
async def test_a_batch_without_a_key_that_holds_is_refused_before_it_is_all_there(
    serve: Serve, query: str, header: bytes, code: int
) -> None:
    """No more is read than is free anyway, and nothing of it taken apart."""
    server = await serve(keys=KEYS)
    head = (
        f"POST /batch{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode()
        + header
        + b"Content-Type: multipart/mixed; boundary=b\r\nContent-Length: 2000000\r\n\r\n"
    )
    start = part("1", asking("x" * 10_000)) * 8
    assert b"HTTP/1.1 %d" % code in await raw(server, head + start.encode())


async def test_a_batch_is_opened_by_the_key_of_its_first_part(serve: Serve) -> None:
    server = await serve(keys=KEYS)
    first = part("1", asking("hi"), f"POST {ANALYZE}?key=k HTTP/1.1")
    status, answers = await send(server, first + part("2", asking("x" * 10_000)) * 10 + "--b--")
    assert (status, len(answers)) == (200, 11)
    status, answer = await send(server, part("2", asking("hi")) + first + "--b--")
    assert (status, answer["error"]["status"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    ("envelope", "kind"),
    [
        (b"", "multipart/mixed; boundary=b"),
        (b"--b--", "multipart/mixed; boundary=b"),
        (b"--b\n\n--b--", "multipart/mixed"),
        (b"{}", "application/json"),
        (b"\xff\x00" * 50, "multipart/mixed; boundary=\xff"),
        (
            b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 200,
            "multipart/mixed; boundary=b",
        ),
    ],
)
async def test_what_is_no_batch_is_refused(server: Server, envelope: bytes, kind: str) -> None:
    status, answer = await send(server, envelope, kind)
    assert (status, answer["error"]["code"]) == (400, 400)

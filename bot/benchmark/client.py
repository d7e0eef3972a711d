"""A client of the server on Perspective's wire: real requests from a process of its own.

A player of `bot.benchmark.contestant`. It counts what the server answers and judges nothing.
"""

import asyncio
import json
import re
import socket
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from http import HTTPStatus
from time import perf_counter
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import aiohttp

from bot.benchmark.arrivals import all_at_once, by_chance
from bot.benchmark.players import Player, Spec

PATH = "/v1alpha1/comments:analyze"
EMPTY_PATH = "/health/live"
ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    name: {}
    for name in (
        "TOXICITY",
        "SEVERE_TOXICITY",
        "IDENTITY_ATTACK",
        "INSULT",
        "THREAT",
        "PROFANITY",
    )
}
"""Those that every model has."""
CONNECTIONS = 512
"""Open at one time: twice what the server answers at once, and few enough for one process."""
PATIENCE_S = 60.0
RECEIVED = 65_536
"""Bytes taken from a connection at once: any answer's."""

_HEAD = re.compile(
    rb"HTTP/1\.1 (\d{3}) .*?\r\ncontent-length: (\d+)\r\n.*?\r\n\r\n", re.DOTALL | re.IGNORECASE
)
"""An answer's head: its status, and how many bytes follow it."""

Outcome = Literal["answered", "refused", "late", "other"]
Result = TypeVar("Result")


class ClientPlayer(Player):
    """Asks the server at the address `url` for six attributes; connections are kept.

    One request at a time goes over a bare socket, so that no client's work is counted in; many go
    by aiohttp.
    """

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self._url = spec["url"] + PATH
        self._place = urlsplit(spec["url"])
        self._runner = self.enter_context(asyncio.Runner())
        self._session = self._run(_new_session())
        self.callback(lambda: self._run(self._session.close()))

    def calls(self, texts: Sequence[str]) -> list[float]:
        """Ask for all texts at the same time; how long each request took."""
        return [seconds for seconds, _ in self._run(all_at_once(self._ask, texts))]

    def alone(self, texts: Sequence[str]) -> list[float | None]:
        """Ask for one text after the other; None for what was not answered with scores."""
        return [
            seconds if status == HTTPStatus.OK else None
            for seconds, status in self._send([self._message("POST", PATH, text) for text in texts])
        ]

    def empty(self, times: int) -> list[float]:
        """Ask for nothing, one time after the other; how long each request took."""
        return [seconds for seconds, _ in self._send([self._message("GET", EMPTY_PATH)] * times)]

    def load(self, texts: Sequence[str], rate: float, seed: int) -> dict[str, Any]:
        """Ask for texts as they come by chance; `waits` are those of answered requests."""
        began = perf_counter()
        waits = self._run(by_chance(self._ask, texts, rate, seed))
        took = perf_counter() - began
        counts = Counter(outcome for _, outcome in waits)
        return {
            "seconds": took,
            "waits": [seconds for seconds, outcome in waits if outcome == "answered"],
            **{outcome: counts[outcome] for outcome in ("refused", "late", "other")},
        }

    def _message(self, verb: str, path: str, text: str | None = None) -> bytes:
        """Write a request as it goes over the wire."""
        body = b"" if text is None else json.dumps(_body(text)).encode()
        head = (
            f"{verb} {path} HTTP/1.1\r\nHost: {self._place.netloc}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _send(self, messages: Sequence[bytes]) -> list[tuple[float, int]]:
        """Send one request after the other; seconds and status of each."""
        answers: list[tuple[float, int]] = []
        address = (self._place.hostname, self._place.port)
        with socket.create_connection(address, timeout=PATIENCE_S) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for message in messages:
                began = perf_counter()
                connection.sendall(message)
                status = _status_of_next(connection)
                answers.append((perf_counter() - began, status))
        return answers

    async def _ask(self, text: str) -> Outcome:
        try:
            async with self._session.post(self._url, json=_body(text)) as response:
                await response.read()
        except (aiohttp.ClientError, TimeoutError):
            return "other"
        return _outcome(response)

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._runner.run(work)


def _status_of_next(connection: socket.socket) -> int:
    """Take in one whole answer; the server never sends one in pieces without a length."""
    received = b""
    while True:
        head = _HEAD.match(received)
        if head is not None and len(received) >= head.end() + int(head[2]):
            return int(head[1])
        piece = connection.recv(RECEIVED)
        if not piece:
            raise ConnectionError("the server hung up before its answer was whole")
        received += piece


def _body(text: str) -> dict[str, Any]:
    return {"comment": {"text": text}, "languages": ["en"], "requestedAttributes": ATTRIBUTES}


async def _new_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS),
        timeout=aiohttp.ClientTimeout(total=PATIENCE_S),
    )


def _outcome(response: aiohttp.ClientResponse) -> Outcome:
    match response.status:
        case HTTPStatus.OK:
            return "answered"
        case HTTPStatus.SERVICE_UNAVAILABLE if "Retry-After" in response.headers:
            return "refused"
        case HTTPStatus.GATEWAY_TIMEOUT:
            return "late"
        case _:
            return "other"

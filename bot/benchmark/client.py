"""A client of the server on Perspective's wire: real requests from a process of its own.

A player of `bot.benchmark.contestant`. It counts what the server answers and judges nothing.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
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

Outcome = Literal["answered", "refused", "late", "other"]
Result = TypeVar("Result")


class ClientPlayer(Player):
    """Asks the server at the address `url` for six attributes; connections are kept.

    One request at a time goes by Python's own client, which adds least; many by aiohttp's.
    """

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self._url = spec["url"] + PATH
        self._place = urlsplit(spec["url"]).netloc
        self._runner = self.enter_context(asyncio.Runner())
        self._session = self._run(_new_session())
        self.callback(lambda: self._run(self._session.close()))

    def calls(self, texts: Sequence[str]) -> list[float]:
        """Ask for all texts at the same time; how long each request took."""
        return [seconds for seconds, _ in self._run(all_at_once(self._ask, texts))]

    def alone(self, texts: Sequence[str]) -> list[float | None]:
        """Ask for one text after the other; None for what was not answered with scores."""
        asked = [("POST", PATH, json.dumps(_body(text))) for text in texts]
        return [
            seconds if status == HTTPStatus.OK else None for seconds, status in self._send(asked)
        ]

    def empty(self, times: int) -> list[float]:
        """Ask for nothing, one time after the other; how long each request took."""
        return [seconds for seconds, _ in self._send([("GET", EMPTY_PATH, None)] * times)]

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

    def _send(self, requests: Sequence[tuple[str, str, str | None]]) -> list[tuple[float, int]]:
        """Send one request after the other: verb, path and body; seconds and status of each."""
        answers: list[tuple[float, int]] = []
        with closing(HTTPConnection(self._place, timeout=PATIENCE_S)) as connection:
            connection.connect()
            for verb, path, body in requests:
                began = perf_counter()
                connection.request(verb, path, body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                response.read()
                answers.append((perf_counter() - began, response.status))
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

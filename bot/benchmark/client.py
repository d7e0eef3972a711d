"""A client of the server on Perspective's wire: real requests from a process of its own.

A player of `bot.benchmark.contestant`. It counts what the server answers and judges nothing.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from http import HTTPStatus
from time import perf_counter
from typing import Any, Literal, TypeVar

import aiohttp

from bot.benchmark.arrivals import all_at_once, by_chance, one_by_one
from bot.benchmark.players import Player, Spec

PATH = "/v1alpha1/comments:analyze"
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
    """Asks the server at the address `url` for six attributes; connections are kept."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self._url = spec["url"] + PATH
        self._runner = self.enter_context(asyncio.Runner())
        self._session = self._run(_new_session())
        self.callback(lambda: self._run(self._session.close()))

    def calls(self, texts: Sequence[str]) -> list[float]:
        """Ask for all texts at the same time; how long each request took."""
        return [seconds for seconds, _ in self._run(all_at_once(self._ask, texts))]

    def alone(self, texts: Sequence[str]) -> list[float | None]:
        """Ask for one text after the other; None for what was not answered with scores."""
        waits = self._run(one_by_one(self._ask, texts))
        return [seconds if outcome == "answered" else None for seconds, outcome in waits]

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

    async def _ask(self, text: str) -> Outcome:
        body = {"comment": {"text": text}, "languages": ["en"], "requestedAttributes": ATTRIBUTES}
        try:
            async with self._session.post(self._url, json=body) as response:
                await response.read()
        except (aiohttp.ClientError, TimeoutError):
            return "other"
        return _outcome(response)

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._runner.run(work)


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

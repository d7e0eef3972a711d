"""One call of the wire, whether it came as a request of its own or as a part of a batch.

Who asks, what for, and the answer or refusal; no sockets, no aiohttp. Called by `perspective`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from time import perf_counter
from typing import Any

import structlog
from pydantic_core import to_json

from bot.errors import ScoringBusyError, ScoringError, ScoringLateError, StorageError
from bot.web import refusals
from bot.web.analysis import Analyzer
from bot.web.json_body import read_object
from bot.web.keys import Gate, offered_key
from bot.web.metrics import Metrics
from bot.web.partial import select
from bot.web.refusals import WireError

log = structlog.stdlib.get_logger(__name__)

ANALYZE, SUGGEST = "/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore"
LARGE_BODY = 65_536
"""Bytes from which a body is parsed off the event loop, and counted against `bodies_bytes`."""
JSON = "application/json; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may take. Bytes and seconds as the names say."""

    body_bytes: int = 2 * 1024 * 1024
    bodies_bytes: int = 16 * 1024 * 1024
    """Of all bodies in hand, beyond the first `LARGE_BODY` bytes of each."""
    body_s: float = 10.0
    """To send the body."""
    answer_s: float = 10.0
    """To be answered, from the whole request on."""
    idle_s: float = 75.0
    """To send a request's head, on a new connection or between two requests."""
    at_once: int = 256
    """Calls being answered, of all clients; more are turned away."""
    batch_parts: int = 1000
    """Google's own limit."""
    batch_at_once: int = 8
    """Parts of one batch being answered."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a client asks. In `headers` one looks by names in lower case.

    `read` gives the body, or raises a `WireError`; who is not admitted has none read.
    """

    verb: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    read: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client gets: a status and a JSON body, already written."""

    code: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Calls:
    """Answers calls; never raises for what a client did."""

    def __init__(
        self,
        analyzer: Analyzer,
        gate: Gate,
        metrics: Metrics,
        limits: Limits | None = None,
        *,
        held_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Answer from now on; `held_s` says for how long the model has had its oldest batch."""
        self.limits = limits or Limits()
        self.gate = gate
        self._analyzer = analyzer
        self._metrics = metrics
        self._held_s = held_s
        self._at_work = 0
        metrics.at_work.set_function(lambda: self._at_work)
        # Held while a large body is parsed: several at once would leave the others no breath.
        self._parsing = asyncio.Lock()

    @property
    def is_overdue(self) -> bool:
        """Say whether the model has had what it is asked for longer than anybody waits."""
        return self._held_s() > self.limits.answer_s

    async def answer(self, call: Call) -> Answer:
        """Answer one call: scores, an acknowledgement, or the refusal as the wire has it."""
        method = {ANALYZE: "analyze", SUGGEST: "suggestscore"}.get(call.path, "unknown")
        indent = None if call.query.get("prettyPrint", "").lower() in {"false", "0"} else 2
        began = perf_counter()
        try:
            key = await self._admit(call)
            body = await call.read()
            began = perf_counter()
            content = await self._turn(call, body, key)
            answer = Answer(HTTPStatus.OK, write_json(content, indent))
        except WireError as refusal:
            answer = refusal_answer(refusal, indent)
        # Once it is sent: nobody waits for it to be counted.
        seconds = perf_counter() - began
        count = self._metrics.answered
        asyncio.get_running_loop().call_soon(count, method, answer.code, seconds)
        return answer

    async def _admit(self, call: Call) -> str | None:
        """Turn a call away by its head alone, or name its key."""
        if call.path not in {ANALYZE, SUGGEST} or call.verb != "POST":
            raise refusals.of_http(HTTPStatus.NOT_FOUND, "Method not found.")
        if call.query.get("alt", "json") != "json":
            raise refusals.refused("Only alt=json is served here.")
        self._require_room()
        if not self.gate.asks_for_keys:
            return None
        return await self.gate.admit(offered_key(call.query, call.headers))

    def _require_room(self) -> None:
        if self._at_work >= self.limits.at_once:
            raise refusals.unavailable()

    async def _turn(self, call: Call, body: bytes, key: str | None) -> dict[str, Any]:
        """Wait for nothing but the scoring: where too many are at work, turn the call away."""
        self._require_room()
        self._at_work += 1
        try:
            async with asyncio.timeout(self.limits.answer_s):
                return await self._content(call, body, key)
        except (TimeoutError, ScoringLateError) as error:
            raise refusals.too_late() from error
        except ScoringBusyError as error:
            raise refusals.unavailable() from error
        except (ScoringError, StorageError) as error:
            self._metrics.failures.labels(type(error).__name__).inc()
            log.exception("call_failed", path=call.path)
            is_passing = isinstance(error, StorageError)  # locked, say: the next try may succeed
            raise refusals.unavailable() if is_passing else refusals.internal() from error
        finally:
            self._at_work -= 1

    async def _content(self, call: Call, body: bytes, key: str | None) -> dict[str, Any]:
        if call.path == ANALYZE:
            content = await self._analyzer.analyze(await self._parsed(body))
        else:
            content = await self._analyzer.suggest(await self._parsed(body), key=key)
        fields = call.query.get("fields")
        return select(content, fields) if fields else content

    async def _parsed(self, body: bytes) -> dict[str, Any]:
        if len(body) < LARGE_BODY:
            return read_object(body)
        async with self._parsing:
            return await asyncio.to_thread(read_object, body)


def write_json(content: Mapping[str, Any], indent: int | None = 2) -> bytes:
    """Write an answer's body, for people's eyes unless they ask for a short one."""
    return to_json(content, indent=indent)  # the standard library indents in Python, slowly


def refusal_answer(refusal: WireError, indent: int | None = 2) -> Answer:
    """Write a refusal."""
    after = refusal.retry_after_s
    headers = {} if after is None else {"Retry-After": str(after)}
    return Answer(refusal.code, write_json(refusal.body, indent), headers)

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
"""Bytes from which a body is parsed off the event loop."""
JSON = "application/json; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may take. Bytes and seconds as the names say."""

    body_bytes: int = 2 * 1024 * 1024
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
    """What a client asks. The names of `headers` are in lower case."""

    verb: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client gets: a status and a JSON body, already written."""

    code: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Calls:
    """Answers calls; never raises for what a client did."""

    def __init__(
        self, analyzer: Analyzer, gate: Gate, metrics: Metrics, limits: Limits | None = None
    ) -> None:
        self.limits = limits or Limits()
        self.gate = gate
        self._analyzer = analyzer
        self._metrics = metrics
        self._at_work = 0

    async def answer(self, call: Call) -> Answer:
        """Answer one call: scores, an acknowledgement, or the refusal as the wire has it."""
        began = perf_counter()
        method = {ANALYZE: "analyze", SUGGEST: "suggestscore"}.get(call.path, "unknown")
        indent = None if call.query.get("prettyPrint", "").lower() in {"false", "0"} else 2
        try:
            content = await self._turn(call)
            answer = Answer(HTTPStatus.OK, write_json(content, indent))
        except WireError as refusal:
            answer = refusal_answer(refusal, indent)
        self._metrics.answers.labels(method, answer.code).inc()
        self._metrics.seconds.labels(method).observe(perf_counter() - began)
        return answer

    async def _turn(self, call: Call) -> dict[str, Any]:
        """Wait for nothing but the scoring: where too many are at work, turn the call away."""
        if self._at_work >= self.limits.at_once:
            raise refusals.overloaded()
        self._at_work += 1
        self._metrics.at_work.set(self._at_work)
        try:
            async with asyncio.timeout(self.limits.answer_s):
                return await self._content(call)
        except (TimeoutError, ScoringLateError) as error:
            raise refusals.too_late() from error
        except ScoringBusyError as error:
            raise refusals.overloaded() from error
        except (ScoringError, StorageError) as error:
            self._metrics.failures.labels(type(error).__name__).inc()
            log.exception("call_failed", path=call.path)
            raise refusals.internal() from error
        finally:
            self._at_work -= 1
            self._metrics.at_work.set(self._at_work)

    async def _content(self, call: Call) -> dict[str, Any]:
        methods: dict[str, Callable[[dict[str, Any], str | None], Awaitable[dict[str, Any]]]] = {
            ANALYZE: self._analyze,
            SUGGEST: self._suggest,
        }
        method = methods.get(call.path)
        if method is None or call.verb != "POST":
            raise refusals.of_http(HTTPStatus.NOT_FOUND, "Method not found.")
        if call.query.get("alt", "json") != "json":
            raise refusals.refused("Only alt=json is served here.")
        key = await self.gate.admit(
            offered_key(call.query, call.headers), is_counted=call.path == ANALYZE
        )
        if len(call.body) < LARGE_BODY:
            body = read_object(call.body)
        else:
            body = await asyncio.to_thread(read_object, call.body)
        content = await method(body, key)
        fields = call.query.get("fields")
        return select(content, fields) if fields else content

    async def _analyze(self, body: dict[str, Any], key: str | None) -> dict[str, Any]:
        del key
        return await self._analyzer.analyze(body)

    async def _suggest(self, body: dict[str, Any], key: str | None) -> dict[str, Any]:
        return await self._analyzer.suggest(body, key=key)


def write_json(content: Mapping[str, Any], indent: int | None = 2) -> bytes:
    """Write an answer's body, for people's eyes unless they ask for a short one."""
    return to_json(content, indent=indent)  # the standard library indents in Python, slowly


def refusal_answer(refusal: WireError, indent: int | None = 2) -> Answer:
    """Write a refusal."""
    after = refusal.retry_after_s
    headers = {} if after is None else {"Retry-After": str(after)}
    return Answer(refusal.code, write_json(refusal.body, indent), headers)

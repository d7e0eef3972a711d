"""The routes: HTTP requests in, what `Calls` answers out. Nothing is decided here.

Handed to `WireServer` by `server`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from types import MappingProxyType

import structlog
from aiohttp import HttpVersion11, hdrs, web

from bot.web import refusals
from bot.web.batch import first_call, read_part, split_batch, write_batch
from bot.web.bodies import Bodies
from bot.web.calls import ANALYZE, JSON, SUGGEST, Answer, Call, Calls, refusal_answer, write_json
from bot.web.discovery import discovery
from bot.web.keys import offered_key
from bot.web.metrics import CONTENT_TYPE, Metrics
from bot.web.openapi import openapi
from bot.web.origin import is_own_page
from bot.web.refusals import WireError

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

CONTINUE = "100-continue"
"""The one thing that a client can expect."""

log = structlog.stdlib.get_logger(__name__)

_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Server": "Evenhand",
}


class Perspective:
    """The routes of the wire. `public_url` is the address clients are told, if not their own."""

    def __init__(self, calls: Calls, metrics: Metrics, *, public_url: str | None = None) -> None:
        self._calls = calls
        self._metrics = metrics
        self._bodies = Bodies(calls.limits)
        self._public_url = public_url
        self._openapi = write_json(openapi())
        self.is_ready = True
        asked = {
            "/$discovery/rest": self.discovery,
            "/openapi.json": self.describe,
            "/health/live": self.live,
            "/health/ready": self.ready,
            "/metrics": self.metrics,
        }
        told = {ANALYZE: self.call, SUGGEST: self.call, "/batch": self.batch}
        self.routes: Mapping[str, Mapping[str, Handler]] = {
            **{path: {"GET": handler, "HEAD": handler} for path, handler in asked.items()},
            **{path: {"POST": handler} for path, handler in told.items()},
        }

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request; everything that goes wrong is put into the wire's own shape."""
        try:
            if hdrs.EXPECT in request.headers:
                await _meet_expectation(request)
            return await self._handler_of(request)(request)
        except WireError as refusal:
            return to_response(refusal_answer(refusal))
        except web.HTTPException as refused:
            return refused_by_http(refused)
        except Exception as error:  # one of the three places: nothing may stop the server
            self._metrics.failures.labels(type(error).__name__).inc()
            log.exception("request_failed", path=request.path)
            return to_response(refusal_answer(refusals.internal()))

    def _handler_of(self, request: web.BaseRequest) -> Handler:
        path = request.rel_url.path_safe  # in which %2F is no slash
        by_verb = self.routes.get("/batch" if path.startswith("/batch/") else path)
        if by_verb is None:
            raise web.HTTPNotFound
        handler = by_verb.get(request.method)
        if handler is None:
            raise web.HTTPMethodNotAllowed(request.method, by_verb)
        return handler

    async def call(self, request: web.BaseRequest) -> web.Response:
        """Answer one call."""
        self._refuse_strangers(request)
        with self._bodies.of(request) as body:
            call = Call(request.method, request.path, request.query, request.headers, body.whole)
            return to_response(await self._calls.answer(call))

    async def batch(self, request: web.BaseRequest) -> web.Response:
        """Answer many calls in one request; one that is refused does not touch the others."""
        self._refuse_strangers(request)
        content_type, limits = request.headers.get(hdrs.CONTENT_TYPE, ""), self._calls.limits
        outer = {
            name: request.headers[name]
            for name in ("authorization", "x-goog-api-key")
            if name in request.headers
        }
        key = offered_key(request.query, outer)
        with self._bodies.of(request) as body:
            if key is None and self._calls.gate.asks_for_keys:
                first = first_call(content_type, await body.start())
                key = offered_key(first.query, first.headers)
            await self._calls.gate.check(key)
            parts = split_batch(content_type, await body.whole(), most=limits.batch_parts)
            answers = await self._answer_parts(parts, outer)
        kind, written = write_batch(answers)
        return web.Response(body=written, headers={**_SAFE, hdrs.CONTENT_TYPE: kind})

    def _refuse_strangers(self, request: web.BaseRequest) -> None:
        """Refuse what another site's page has a browser send, where no key keeps it out."""
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is None or self._calls.gate.asks_for_keys:
            return
        if not is_own_page(origin, f"{request.scheme}://{request.host}", self._public_url):
            raise refusals.from_a_page()

    async def _answer_parts(
        self, parts: Sequence[bytes], outer: Mapping[str, str]
    ) -> list[tuple[str, Answer]]:
        """Answer a batch's parts, in order. `outer` are the headers that count for all of them."""
        few = asyncio.Semaphore(self._calls.limits.batch_at_once)

        async def answer(part: bytes) -> tuple[str, Answer]:
            async with few:
                await asyncio.sleep(0)  # others have their turn, also where nothing is scored
                read = read_part(part)
                call = replace(read.call, headers={**outer, **read.call.headers})
                return read.content_id, await self._calls.answer(call)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(answer(part)) for part in parts]
        return [task.result() for task in tasks]

    async def discovery(self, request: web.BaseRequest) -> web.Response:
        """Tell Google's clients what there is; a key that does not hold is refused already here."""
        key = offered_key(request.query, request.headers)
        if key is not None:
            await self._calls.gate.check(key)
        if request.query.get("version", "v1alpha1") != "v1alpha1":
            raise refusals.of_http(HTTPStatus.NOT_FOUND, "Discovery document not found.")
        if not request.host.isascii():
            raise refusals.refused("The header Host is no address.")
        root = self._public_url or f"{request.scheme}://{request.host}"
        return _json(write_json(discovery(f"{root.rstrip('/')}/")))

    async def describe(self, request: web.BaseRequest) -> web.Response:
        """Give the OpenAPI description."""
        del request
        return _json(self._openapi)

    async def live(self, request: web.BaseRequest) -> web.Response:
        """Say that the process answers."""
        del request
        return _json(write_json({"status": "ok"}))

    async def ready(self, request: web.BaseRequest) -> web.Response:
        """Say whether calls are answered: not while stopping, or while the model is stuck."""
        del request
        if self._calls.is_overdue:
            status = "the model does not answer"
        else:
            status = "ok" if self.is_ready else "stopping"
        code = HTTPStatus.OK if status == "ok" else HTTPStatus.SERVICE_UNAVAILABLE
        return _json(write_json({"status": status}), code)

    async def metrics(self, request: web.BaseRequest) -> web.Response:
        """Give the counters."""
        del request
        headers = {**_SAFE, hdrs.CONTENT_TYPE: CONTENT_TYPE}
        return web.Response(body=self._metrics.written(), headers=headers)


def to_response(answer: Answer) -> web.Response:
    """Put an answer into HTTP."""
    return _json(answer.body, answer.code, answer.headers)


def refused_by_http(refused: web.HTTPException) -> web.Response:
    """Put one of HTTP's own refusals into the wire's shape."""
    answer = to_response(refusal_answer(refusals.of_http(refused.status, refused.reason)))
    if hdrs.ALLOW in refused.headers:
        answer.headers[hdrs.ALLOW] = refused.headers[hdrs.ALLOW]
    return answer


async def _meet_expectation(request: web.BaseRequest) -> None:
    """Have the client go on and send its body; any other `Expect` nobody can meet."""
    if request.headers[hdrs.EXPECT].lower() != CONTINUE:
        raise web.HTTPExpectationFailed
    if request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # what is to be the answer has not begun


def _json(
    body: bytes, code: int = HTTPStatus.OK, headers: Mapping[str, str] = MappingProxyType({})
) -> web.Response:
    return web.Response(
        body=body, status=code, headers={**_SAFE, hdrs.CONTENT_TYPE: JSON, **headers}
    )

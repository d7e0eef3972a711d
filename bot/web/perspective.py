"""The routes: HTTP requests in, what `Calls` answers out. Nothing is decided here.

Made into an application by `server`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType

import structlog
from aiohttp import hdrs, web

from bot.web import refusals
from bot.web.batch import Part, read_batch, write_batch
from bot.web.calls import ANALYZE, JSON, SUGGEST, Answer, Call, Calls, refusal_answer, write_json
from bot.web.discovery import discovery
from bot.web.keys import offered_key
from bot.web.metrics import CONTENT_TYPE, Metrics
from bot.web.openapi import openapi
from bot.web.refusals import WireError

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
        self._public_url = public_url
        self._openapi = write_json(openapi())
        self.is_ready = True

    @property
    def routes(self) -> list[web.RouteDef]:
        """List what is served where."""
        return [
            web.post(ANALYZE, self.call),
            web.post(SUGGEST, self.call),
            web.post("/batch", self.batch),
            web.post("/batch/{tail:.*}", self.batch),
            web.get("/$discovery/rest", self.discovery),
            web.get("/openapi.json", self.describe),
            web.get("/health/live", self.live),
            web.get("/health/ready", self.ready),
            web.get("/metrics", self.metrics),
        ]

    async def call(self, request: web.Request) -> web.Response:
        """Answer one call."""
        body = await self._body(request)
        call = Call(request.method, request.path, _query(request), _headers(request), body)
        return _response(await self._calls.answer(call))

    async def batch(self, request: web.Request) -> web.Response:
        """Answer many calls in one request; one that is refused does not touch the others."""
        body = await self._body(request)
        content_type = request.headers.get(hdrs.CONTENT_TYPE, "")
        most = self._calls.limits.batch_parts
        parts = await asyncio.to_thread(read_batch, content_type, body, most=most)
        few = asyncio.Semaphore(self._calls.limits.batch_at_once)
        outer = {
            name: value
            for name, value in _headers(request).items()
            if name in {"authorization", "x-goog-api-key"}
        }

        async def answer(part: Part) -> tuple[str, Answer]:
            own = part.call
            call = Call(own.verb, own.path, own.query, {**outer, **own.headers}, own.body)
            async with few:
                return part.content_id, await self._calls.answer(call)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(answer(part)) for part in parts]
        kind, written = write_batch([task.result() for task in tasks])
        return web.Response(body=written, headers={**_SAFE, hdrs.CONTENT_TYPE: kind})

    async def discovery(self, request: web.Request) -> web.Response:
        """Tell Google's clients what there is; a key that does not hold is refused already here."""
        await self._calls.gate.check(offered_key(_query(request), _headers(request)))
        if request.query.get("version", "v1alpha1") != "v1alpha1":
            raise refusals.of_http(HTTPStatus.NOT_FOUND, "Discovery document not found.")
        root = self._public_url or f"{request.scheme}://{request.host}"
        return _json(write_json(discovery(f"{root.rstrip('/')}/")))

    async def describe(self, request: web.Request) -> web.Response:
        """Give the OpenAPI description."""
        del request
        return _json(self._openapi)

    async def live(self, request: web.Request) -> web.Response:
        """Say that the process answers."""
        del request
        return _json(write_json({"status": "ok"}))

    async def ready(self, request: web.Request) -> web.Response:
        """Say whether calls are taken on: not while stopping."""
        del request
        status = "ok" if self.is_ready else "stopping"
        code = HTTPStatus.OK if self.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return _json(write_json({"status": status}), code)

    async def metrics(self, request: web.Request) -> web.Response:
        """Give the counters."""
        del request
        headers = {**_SAFE, hdrs.CONTENT_TYPE: CONTENT_TYPE}
        return web.Response(body=self._metrics.written(), headers=headers)

    @web.middleware
    async def refuse(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Put everything that goes wrong into the wire's own shape."""
        try:
            return await handler(request)
        except WireError as refusal:
            return _response(refusal_answer(refusal))
        except web.HTTPRequestEntityTooLarge:
            refusal = refusals.too_large(self._calls.limits.body_bytes)
            return _response(refusal_answer(refusal))
        except web.HTTPException as refused:
            refusal = refusals.of_http(refused.status, refused.reason)
            answer = _response(refusal_answer(refusal))
            if hdrs.ALLOW in refused.headers:
                answer.headers[hdrs.ALLOW] = refused.headers[hdrs.ALLOW]
            return answer
        except Exception as error:  # one of the three places: nothing may stop the server
            self._metrics.failures.labels(type(error).__name__).inc()
            log.exception("request_failed", path=request.path)
            return _response(refusal_answer(refusals.internal()))

    async def _body(self, request: web.Request) -> bytes:
        """Read the whole body, from a client that is neither endless nor asleep."""
        try:
            async with asyncio.timeout(self._calls.limits.body_s):
                return await request.read()
        except TimeoutError as error:
            reason = "The request's body did not arrive in time."
            raise refusals.of_http(HTTPStatus.REQUEST_TIMEOUT, reason) from error
        except web.RequestPayloadError as error:
            raise refusals.bad_payload("The body cannot be read.") from error


def _query(request: web.Request) -> dict[str, str]:
    return dict(request.query)


def _headers(request: web.Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _response(answer: Answer) -> web.Response:
    return _json(answer.body, answer.code, answer.headers)


def _json(
    body: bytes, code: int = HTTPStatus.OK, headers: Mapping[str, str] = MappingProxyType({})
) -> web.Response:
    return web.Response(
        body=body, status=code, headers={**_SAFE, hdrs.CONTENT_TYPE: JSON, **headers}
    )

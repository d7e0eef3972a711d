"""What goes wrong before a route is reached: broken HTTP, an `Expect` that nobody can meet.

aiohttp would write the request's bytes, with people's words and keys in them, into its answer and
its log. Here the answer has the wire's shape, and no byte of the request goes anywhere. Made by
`server`.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import hdrs, web

from bot.web import refusals
from bot.web.calls import refusal_answer
from bot.web.metrics import Metrics
from bot.web.perspective import refused_by_http, to_response

CONTINUE = "100-continue"
"""The one thing that a client can expect."""

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

log = structlog.stdlib.get_logger(__name__)


class WireRunner(web.AppRunner):
    """Runs an application on connections that answer as this module says."""

    __slots__ = ("_metrics",)

    def __init__(self, application: web.Application, metrics: Metrics, **options: Any) -> None:
        super().__init__(application, **options)
        self._metrics = metrics

    async def _make_server(self) -> web.Server:
        usual = await super()._make_server()
        return _Server(usual, self._metrics, self._kwargs)


class _Server(web.Server):
    """Makes the connections."""

    def __init__(self, usual: web.Server, metrics: Metrics, options: dict[str, Any]) -> None:
        handle = _with_known_expectations(usual.request_handler)
        super().__init__(handle, request_factory=usual.request_factory, **options)
        self._metrics = metrics

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, self._metrics, loop=self._loop, **self._kwargs)


def _with_known_expectations(handle: Handler) -> Handler:
    """Refuse any other `Expect` first: aiohttp would repeat it, and trip over bytes."""

    async def checked(request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get(hdrs.EXPECT, CONTINUE).lower() != CONTINUE:
            raise web.HTTPExpectationFailed
        return await handle(request)

    return checked


class _Connection(web.RequestHandler):
    """One connection. What it has to say of a request it says without the request's bytes."""

    __slots__ = ("_metrics",)

    def __init__(self, server: web.Server, metrics: Metrics, **options: Any) -> None:
        super().__init__(server, **options)
        self._metrics = metrics

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP, or what broke outside of every route; then hang up."""
        del message  # it holds what was sent
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already, so no refusal can be sent")
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self._metrics.answers.labels("unreadable", status).inc()
            refusal = refusals.of_http(status, "The request is no HTTP that can be read.")
        else:
            self._count(exc)
            refusal = refusals.internal()
        answer = to_response(refusal_answer(refusal))
        answer.force_close()
        return answer

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer; one of aiohttp's own refusals is put into the wire's shape first."""
        if isinstance(resp, web.HTTPException):
            resp = refused_by_http(resp)
        return await super().finish_response(request, resp, start_time)

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Log what broke by its kind alone; a body that cannot be read is its client's doing."""
        del args
        error = kw.get("exc_info")
        if not isinstance(error, web.RequestPayloadError):
            self._count(error)

    def log_debug(self, *args: Any, **kw: Any) -> None:
        """Log nothing: what is said here is of clients that left."""

    def _count(self, error: BaseException | None) -> None:
        kind = type(error).__name__
        self._metrics.failures.labels(kind).inc()
        log.error("connection_failed", kind=kind)

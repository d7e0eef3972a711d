"""The connections, and what goes wrong on them before a route is reached: broken HTTP.

aiohttp would write the request's bytes, with people's words and keys in them, into its answer and
its log. Here the answer has the wire's shape, and no byte of the request goes anywhere. Made by
`server`.
"""

from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web

from bot.web import refusals
from bot.web.calls import refusal_answer
from bot.web.metrics import Metrics
from bot.web.perspective import Handler, to_response

log = structlog.stdlib.get_logger(__name__)


class WireServer(web.Server):
    """Makes the connections; `handle` answers what they are asked."""

    def __init__(self, handle: Handler, metrics: Metrics, **options: Any) -> None:
        super().__init__(handle, **options)
        self._metrics = metrics

    def __call__(self) -> web.RequestHandler:
        """Make one."""
        return _Connection(self, self._metrics, loop=self._loop, **self._kwargs)


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

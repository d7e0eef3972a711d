"""The HTTP side of the fake: serves the routes, keeps every request, and lets faults strike.

Not what a route does (`routes`), nor how an answer goes out or fails to (`answers`).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from aiohttp import BodyPartReader, web

from tests.fakes.discord.answers import AFTERWARDS, INSTEAD, Broken, as_json
from tests.fakes.discord.faults import Fault, Faults
from tests.fakes.discord.nouns import ApiError
from tests.fakes.discord.routes import ROUTES, Call, Handler
from tests.fakes.discord.state import State

PREFIX = "/api/v10"


@dataclass(slots=True)
class Request:
    """One request as it came. `status` is None while no answer was given."""

    method: str
    path: str
    body: Any
    reason: str | None
    status: int | None = None
    fault: str | None = None

    @property
    def line(self) -> str:
        """Method and path, as faults are scripted for."""
        return f"{self.method} {self.path}"


class Http:
    """Serves the API out of a state. `requests` is every request in order of arrival."""

    def __init__(self, state: State, faults: Faults, token: str) -> None:
        self._state = state
        self._faults = faults
        self._released = asyncio.Event()
        self.token = token
        self.requests: list[Request] = []

    def add_to(self, app: web.Application) -> None:
        """Add all routes to an aiohttp application."""
        for method, path, handler in ROUTES:
            app.router.add_route(method, PREFIX + path, self._serving(handler))
        app.router.add_route("*", PREFIX + "/{tail:.*}", self._serving(_unknown_route))

    def release(self) -> None:
        """Let go of every request that hangs."""
        self._released.set()

    def unknown_requests(self) -> list[str]:
        """List the requests to routes that the fake does not have: extend `routes` for them."""
        return [r.line for r in self.requests if r.status == UNKNOWN_ROUTE.status]

    def count(self, status: int) -> int:
        """Count the answers with a status."""
        return sum(request.status == status for request in self.requests)

    def _serving(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            reason = request.headers.get("X-Audit-Log-Reason")
            kept = Request(
                method=request.method,
                path=request.path.removeprefix(PREFIX),
                body=await _body(request),
                reason=None if reason is None else unquote(reason),
            )
            self.requests.append(kept)
            fault = self._faults.take(kept.line)
            kept.fault = None if fault is None else fault.name
            self._state.changed()
            answer = await self._answer(request, kept, handler, fault)
            kept.status = answer.status
            self._state.changed()
            return answer

        return serve

    async def _answer(
        self, request: web.Request, kept: Request, handler: Handler, fault: Fault | None
    ) -> web.StreamResponse:
        if fault is not None and fault.kind in INSTEAD:
            return await INSTEAD[fault.kind](Broken(request, fault, self._released))
        try:
            if request.headers.get("Authorization") != f"Bot {self.token}":
                return as_json({"code": 0, "message": "401: Unauthorized"}, 401)
            call = Call(self._state, request.match_info, request.query, kept.body, kept.reason)
            answer = handler(call)
        except ApiError as error:
            return as_json({"code": error.code, "message": error.text}, error.status)
        if fault is not None:
            return await AFTERWARDS[fault.kind](Broken(request, fault, self._released, answer))
        return as_json(answer)


UNKNOWN_ROUTE = ApiError(501, 0, "the fake Discord has no such route")


def _unknown_route(call: Call) -> Any:
    del call
    raise UNKNOWN_ROUTE


async def _body(request: web.Request) -> Any:
    if not request.can_read_body:
        return None
    if not request.content_type.startswith("multipart/"):
        return await request.json()
    body: Any = None
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "payload_json":
            body = await part.json()
        elif isinstance(part, BodyPartReader):
            await part.read()
    return body

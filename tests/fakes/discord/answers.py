"""How an answer of the fake goes out: as JSON, or in one of the ways in which it does not.

Called by `http` alone. The content type is exactly `application/json`: with a charset behind it,
discord.py takes the answer for text.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes.discord.faults import Fault, Kind

_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER of nothing: the connection closes with a reset instead of a goodbye."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A request that goes wrong. `answer` is what would have been said; `released` ends a hang."""

    request: web.Request
    fault: Fault
    released: asyncio.Event
    answer: Any = None


def as_json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Answer with JSON and the headers of a rate limit that is far away."""
    if body is None:
        return web.Response(status=204)
    limits = {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "999"}
    limits["X-RateLimit-Reset-After"] = "1"
    return web.Response(
        body=json.dumps(body).encode(),
        status=status,
        content_type="application/json",
        headers=limits | dict(headers or {}),
    )


async def _say_no(broken: Broken) -> web.StreamResponse:
    fault = broken.fault
    return as_json({"code": fault.code, "message": fault.text}, fault.status, fault.headers)


async def _limit(broken: Broken) -> web.StreamResponse:
    fault, after = broken.fault, broken.fault.retry_after_s
    scope = "global" if fault.is_global else "user"
    headers = {"Via": "1.1 google", "Retry-After": str(after), "X-RateLimit-Scope": scope}
    body = {"message": "You are being rate limited.", "retry_after": after}
    return as_json({**body, "global": fault.is_global}, 429, headers)


async def _shut_out(broken: Broken) -> web.StreamResponse:
    del broken
    return web.Response(status=429, text="error code: 1015", content_type="text/html")


async def _reset(broken: Broken) -> web.StreamResponse:
    if broken.request.transport is not None:
        line = broken.request.transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    return await _close(broken)


async def _close(broken: Broken) -> web.StreamResponse:
    if broken.request.transport is not None:
        broken.request.transport.abort()
    return web.Response(status=499)


async def _hang(broken: Broken) -> web.StreamResponse:
    await broken.released.wait()
    return await _reset(broken)


async def _break_off(broken: Broken) -> web.StreamResponse:
    whole = json.dumps(broken.answer).encode()
    half = web.StreamResponse(headers={"Content-Type": "application/json"})
    half.content_length = len(whole) + 1
    await half.prepare(broken.request)
    await half.write(whole)
    if broken.request.transport is not None:
        broken.request.transport.close()
    return half


async def _garble(broken: Broken) -> web.StreamResponse:
    whole = json.dumps({} if broken.answer is None else broken.answer).encode()
    return web.Response(body=whole[: len(whole) // 2], content_type="application/json")


async def _dawdle(broken: Broken) -> web.StreamResponse:
    await asyncio.sleep(broken.fault.delay_s)
    return as_json(broken.answer)


Breaker = Callable[[Broken], Awaitable[web.StreamResponse]]
INSTEAD: dict[Kind, Breaker] = {
    Kind.STATUS: _say_no,
    Kind.TOO_MANY: _limit,
    Kind.BANNED: _shut_out,
    Kind.RESET: _reset,
    Kind.DROPPED: _close,
    Kind.HANG: _hang,
}
"""Faults in which nothing is done."""
AFTERWARDS: dict[Kind, Breaker] = {
    Kind.LOST: _reset,
    Kind.HANG_AFTER: _hang,
    Kind.TRUNCATED: _break_off,
    Kind.GARBLED: _garble,
    Kind.SLOW: _dawdle,
}
"""Faults in which it is done, and the answer suffers."""

"""The bodies of requests: each within its limit and its time, all of them within a budget.

A small body always has room, so that ordinary comments pass whatever else is being sent; what goes
beyond shares `Limits.bodies_bytes`. Called by `perspective`.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
from math import inf

from aiohttp import web

from bot.web import refusals
from bot.web.calls import LARGE_BODY, Limits


class Bodies:
    """The bodies of all requests in hand."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.bodies_bytes

    @contextmanager
    def of(self, request: web.BaseRequest) -> Generator["Body"]:
        """Give one request's body, which may be read inside; on leaving it is let go of."""
        body = Body(request, self._limits, self)
        try:
            yield body
        finally:
            self._left += body.taken

    def take(self, size: int) -> None:
        """Take bytes out of what all bodies share.

        Raises:
            WireError: there are not so many left.
        """
        if size > self._left:
            raise refusals.unavailable()
        self._left -= size


class Body:
    """One request's body, from a client that is neither endless nor asleep.

    `taken` counts the bytes it has of what all share.
    """

    def __init__(self, request: web.BaseRequest, limits: Limits, all_bodies: Bodies) -> None:
        self.taken = 0
        self._request = request
        self._limits = limits
        self._all = all_bodies
        self._read = bytearray()
        self._late_at = asyncio.get_running_loop().time() + limits.body_s

    async def start(self) -> bytes:
        """Read no more than is free, or to the end if that comes first.

        Raises:
            WireError: it cannot be read, or not in time.
        """
        await self._read_to(LARGE_BODY)
        return bytes(self._read[:LARGE_BODY])

    async def whole(self) -> bytes:
        """Read it to the end.

        Raises:
            WireError: it is too large, cannot be read, or not in time; or there is no room for it.
        """
        if (self._request.content_length or 0) > self._limits.body_bytes:
            raise refusals.too_large(self._limits.body_bytes)
        content = self._request.content
        if content.is_eof() and content.exception() is None:
            self._add(content.read_nowait())  # it came whole, as most do
        else:
            await self._read_to(inf)
        return bytes(self._read)

    async def _read_to(self, enough: float) -> None:
        try:
            async with asyncio.timeout_at(self._late_at):
                while len(self._read) < enough and (piece := await self._request.content.readany()):
                    self._add(piece)
        except TimeoutError as error:
            reason = "The request's body did not arrive in time."
            raise refusals.of_http(HTTPStatus.REQUEST_TIMEOUT, reason) from error
        except web.RequestPayloadError as error:
            raise refusals.bad_payload("The body cannot be read.") from error

    def _add(self, piece: bytes) -> None:
        size = len(self._read) + len(piece)
        if size > self._limits.body_bytes:
            raise refusals.too_large(self._limits.body_bytes)
        share = max(0, size - LARGE_BODY) - self.taken
        self._all.take(share)
        self.taken += share
        self._read += piece

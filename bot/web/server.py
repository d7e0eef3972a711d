"""The server: the routes on a socket, stopped without cutting anyone off.

Not the composition root: `bot.serve` (and `bot.run`, where the owner asks for it) wires scorer,
keys and storage, and calls `serving`.
"""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from bot.errors import BadInputError
from bot.web.calls import LARGE_BODY, Calls
from bot.web.metrics import Metrics
from bot.web.origin import is_loopback, leads_here_alone
from bot.web.perspective import Perspective
from bot.web.protocol import WireServer

MOST_LINGERING_S = 2.0
"""Seconds in which the rest of a refused body is still taken in, so that the refusal is heard."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 takes any that is free. `public_url` is what clients are told."""

    host: str
    port: int
    public_url: str | None = None

    @property
    def is_private(self) -> bool:
        """Say whether only this machine can reach it, also by way of what stands before it."""
        if self.public_url is not None and not leads_here_alone(self.public_url):
            return False
        return is_loopback(self.host)


@asynccontextmanager
async def serving(calls: Calls, metrics: Metrics, address: Address) -> AsyncGenerator[str]:
    """Serve while inside; gives the address as a URL. Calls at work are answered before the end.

    Raises:
        BadInputError: nothing can listen there.
    """
    perspective = Perspective(calls, metrics, public_url=address.public_url)
    limits = calls.limits
    server = WireServer(
        perspective.handle,
        metrics,
        access_log=None,  # its lines would hold keys
        keepalive_timeout=limits.idle_s,
        lingering_time=min(limits.body_s, MOST_LINGERING_S),
        read_bufsize=LARGE_BODY,  # what a connection may hold before anyone asks for its body
        handler_cancellation=True,  # nobody waits for it any more: the batcher leaves it out
    )
    runner = web.ServerRunner(server, shutdown_timeout=limits.answer_s)
    await runner.setup()
    try:
        site = web.TCPSite(runner, address.host, address.port)
        try:
            await site.start()
        except OSError as error:
            where = f"{address.host}:{address.port}"
            expected = "an address of this machine and a free port"
            what = f"cannot be listened on ({_why(error)}), expected {expected}"
            raise BadInputError(where, what) from error
        yield _url(address, runner)
    finally:
        perspective.is_ready = False
        await runner.cleanup()


def _url(address: Address, runner: web.BaseRunner) -> str:
    host, port = runner.addresses[0][:2]
    shown = address.host if address.host == "localhost" else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _why(error: OSError) -> str:
    """Say it as the system does: asyncio wraps that into a sentence of its own."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno).lower()
    return (error.strerror or str(error)).lower()

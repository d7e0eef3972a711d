"""The fake Discord: a real server on loopback, for the real discord.py to talk to.

    async with FakeDiscord() as discord:
        with discord.redirected():
            ...

It runs in the tests' event loop; a bot may run there too, or in a process of its own. What it can
be asked is `state` (what is so), `faults` (what goes wrong), `http` and `gateway` (what was tried).
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Self

import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.fakes.discord.faults import Faults
from tests.fakes.discord.gateway import PATH, Gateway
from tests.fakes.discord.http import PREFIX, Http
from tests.fakes.discord.state import State

TOKEN = "fake.bot.token"
_LARGEST_FRAME = 4 * 1024 * 1024


class FakeDiscord:
    """Discord, as far as the bot meets it. Enter it to serve."""

    def __init__(self) -> None:
        self.state = State()
        self.faults = Faults()
        self.http = Http(self.state, self.faults, TOKEN)
        self.gateway = Gateway(self.state, self.faults, TOKEN)
        self._app = web.Application(client_max_size=_LARGEST_FRAME)
        self._runner = web.AppRunner(self._app, shutdown_timeout=0.1, access_log=None)

    @property
    def api_url(self) -> str:
        """Where the HTTP API is: discord.py's `Route.BASE`."""
        return f"http://{self._address}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        """Where the gateway is: discord.py's `DEFAULT_GATEWAY`."""
        return f"ws://{self._address}{PATH}"

    @property
    def _address(self) -> str:
        host, port = self._runner.addresses[0][:2]
        return f"{host}:{port}"

    async def __aenter__(self) -> Self:
        self.http.add_to(self._app)
        self._app.router.add_get(PATH, self.gateway.handle)
        self._app.router.add_get(PATH + "/", self.gateway.handle)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.state.gateway_url = self.gateway_url
        return self

    async def __aexit__(self, *_: object) -> None:
        self.http.release()
        self.gateway.hang_up()
        await self._runner.cleanup()

    @contextmanager
    def redirected(self) -> Generator[None]:
        """Let discord.py, in this process, take this server for Discord."""
        with redirected(self.api_url, self.gateway_url):
            yield


@contextmanager
def redirected(api_url: str, gateway_url: str) -> Generator[None]:
    """Let discord.py, in this process, take these addresses for Discord's."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = api_url, yarl.URL(gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before

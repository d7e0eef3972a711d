"""A server on loopback with a scripted scorer, and what is needed to talk to it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from bot.domain.reading import Reading
from bot.domain.scores import Scores
from bot.moderation.ports import Scorer
from bot.web.analysis import Analyzer, Manner
from bot.web.calls import Calls, Limits
from bot.web.keys import Gate
from bot.web.language import LanguageDetector
from bot.web.metrics import Metrics
from bot.web.server import Address, serving
from config.labels import Label
from tests.fakes.memory_web import MemoryApiKeys, MemorySuggestions
from tests.fakes.scripted_scorer import ScriptedScorer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SCRIPT = {
    "idiot": {Label.TOXICITY: 0.9, Label.INSULT: 0.95},
    "damn": {Label.TOXICITY: 0.4, Label.OBSCENE: 0.7},
}


@dataclass
class Clock:
    """Seconds that pass when a test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Server:
    """A running server, and the ends of it that a test can see."""

    url: str
    session: aiohttp.ClientSession
    scorer: Scorer
    metrics: Metrics
    suggestions: MemorySuggestions
    clock: Clock = field(default_factory=Clock)

    async def post(self, method: str, body: Any, **query: str) -> tuple[int, dict[str, Any]]:
        """Call a method with a JSON body; gives status and JSON."""
        address = f"{self.url}/v1alpha1/comments:{method}"
        async with self.session.post(address, json=body, params=query) as response:
            return response.status, await response.json()

    async def analyze(self, text: str, *attributes: str, **more: Any) -> dict[str, Any]:
        """Analyze a comment; gives the answer's JSON, refused or not."""
        wanted = {name: {} for name in attributes or ("TOXICITY",)}
        body = {"comment": {"text": text}, "requestedAttributes": wanted, **more}
        return (await self.post("analyze", body))[1]


async def raw(server: Server, content: bytes) -> bytes:
    """Send bytes on a connection of its own; gives all that comes back until the server closes."""
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(content)
        await writer.drain()
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


class HeldScorer(ScriptedScorer):
    """Scores once it is let go. `asked_for` is set when somebody waits, `left` when they leave."""

    def __init__(self) -> None:
        super().__init__(SCRIPT)
        self.asked_for = asyncio.Event()
        self.let_go = asyncio.Event()
        self.left = asyncio.Event()

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        self.asked_for.set()
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.left.set()
            raise
        return await super().score(readings)


Serve = Callable[..., Any]


@pytest.fixture(scope="session")
def detector() -> LanguageDetector:
    """The detector of an English model, loaded once: it takes a second."""
    return LanguageDetector(["en"])


@pytest.fixture
async def serve(detector: LanguageDetector) -> AsyncGenerator[Serve]:
    """A function that starts a server; all are stopped at the end of the test."""
    async with AsyncExitStack() as stack:

        async def start(
            *,
            scorer: Scorer | None = None,
            manner: Manner | None = None,
            keys: MemoryApiKeys | None = None,
            limits: Limits | None = None,
            public_url: str | None = None,
        ) -> Server:
            scoring = scorer or ScriptedScorer(SCRIPT)
            clock, suggestions, metrics = Clock(), MemorySuggestions(), Metrics(lambda: 0)
            analyzer = Analyzer(scoring, detector, lambda: NOON, manner or Manner(), suggestions)
            calls = Calls(analyzer, Gate(keys, clock), metrics, limits)
            address = Address("127.0.0.1", 0, public_url)
            url = await stack.enter_async_context(serving(calls, metrics, address))
            session = await stack.enter_async_context(aiohttp.ClientSession())
            return Server(url, session, scoring, metrics, suggestions, clock)

        yield start


@pytest.fixture
async def server(serve: Serve) -> Server:
    """A server as it is by default."""
    return await serve()

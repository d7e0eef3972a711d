"""On the wire: our deadline, which never interrupts the library's sleep; what Discord refuses."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web

from bot.enforcement import watch as watch_module
from bot.enforcement.watch import RestWatch

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Site:
    """A server on loopback that answers as told, and a session that is watched."""

    def __init__(self) -> None:
        self.now = NOON
        self.watch = RestWatch(lambda: self.now)
        self.answer: Answer = self.ok
        self.url = ""
        self.session: aiohttp.ClientSession

    async def ok(self, request: web.Request) -> web.StreamResponse:
        del request
        return web.Response(headers={"Date": "Sun, 01 Mar 2026 12:00:00 GMT"})

    async def ask(self) -> int:
        async with self.session.get(self.url) as response:
            await response.read()
            return response.status


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    site = Site()
    app = web.Application()

    async def answer(request: web.Request) -> web.StreamResponse:
        return await site.answer(request)

    app.router.add_get("/", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with aiohttp.ClientSession(trace_configs=[site.watch.trace]) as session:
        site.session = session
        yield site
    await runner.cleanup()


async def test_no_answer_in_time_is_a_timeout(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "ANSWER_WITHIN", timedelta(milliseconds=20))
    never = asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        del request
        await never.wait()
        return web.Response()

    site.answer = hang
    with pytest.raises(TimeoutError):
        async with site.watch.deadline():
            await site.ask()


async def test_an_answer_that_stops_halfway_is_a_timeout(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "ANSWER_WITHIN", timedelta(milliseconds=20))
    never = asyncio.Event()

    async def stop_halfway(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"{")
        await never.wait()
        return response

    site.answer = stop_halfway
    with pytest.raises(TimeoutError):
        async with site.watch.deadline():
            await site.ask()


@pytest.mark.parametrize("status", [429, 500, 502])
async def test_a_sleep_before_another_try_is_not_interrupted(
    site: Site, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    # discord.py clears an event before it sleeps out a global limit, and sets it only afterwards.
    monkeypatch.setattr(watch_module, "ANSWER_WITHIN", timedelta(milliseconds=20))

    async def refuse(request: web.Request) -> web.StreamResponse:
        del request
        return web.Response(status=status)

    site.answer = refuse
    async with site.watch.deadline():
        assert await site.ask() == status
        await asyncio.wait([asyncio.create_task(asyncio.Event().wait())], timeout=0.05)
        site.answer = site.ok
        assert await site.ask() == 200


@pytest.mark.parametrize(("status", "counts"), [(401, 1), (403, 1), (429, 1), (404, 0), (200, 0)])
async def test_refused_requests_are_counted(site: Site, status: int, counts: int) -> None:
    async def refuse(request: web.Request) -> web.StreamResponse:
        del request
        return web.Response(status=status)

    site.answer = refuse
    await site.ask()
    assert site.watch.invalid_lately == counts


async def test_a_shared_limit_is_nobodys_fault(site: Site) -> None:
    async def refuse(request: web.Request) -> web.StreamResponse:
        del request
        return web.Response(status=429, headers={"X-RateLimit-Scope": "shared"})

    site.answer = refuse
    await site.ask()
    assert site.watch.invalid_lately == 0


def test_refused_requests_are_forgotten_after_ten_minutes() -> None:
    site = Site()
    site.watch.count_invalid(403)
    site.now = NOON + timedelta(minutes=10, seconds=1)
    assert site.watch.invalid_lately == 0


@pytest.mark.parametrize("wrong", [timedelta(days=-3), timedelta(days=3), timedelta(minutes=-5)])
async def test_a_wrong_clock_is_set_right_by_discords(site: Site, wrong: timedelta) -> None:
    site.now = NOON + wrong
    await site.ask()
    assert site.watch.discord_now() == NOON


async def test_a_clock_within_seconds_is_left_alone(site: Site) -> None:
    site.now = NOON + timedelta(seconds=2)
    await site.ask()
    assert site.watch.discord_now() == site.now


async def test_a_date_that_cannot_be_read_changes_nothing(site: Site) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        del request
        return web.Response(headers={"Date": "once upon a time"})

    site.answer = answer
    await site.ask()
    assert site.watch.discord_now() == NOON

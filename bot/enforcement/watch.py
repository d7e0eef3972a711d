"""Watches a client's requests on the wire: our own deadline, refusals counted, Discord's clock.

Not the meaning of answers (`answers`) nor when to stop asking (`breakers`). Its `trace` is handed
to the client when that is made: `discord.Client(..., http_trace=watch.trace)`.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import SimpleNamespace

import aiohttp
import structlog

ANSWER_WITHIN = timedelta(seconds=10)
"""Between a request and its answer; the library's own limit is five minutes."""
COUNTED_FOR = timedelta(minutes=10)
ALARM_AT = 1_000
STOP_AT = 5_000
"""Refused requests in ten minutes: Discord bans an address at 10,000."""
CLOCKS_AGREE = timedelta(seconds=3)
"""The header `Date` is exact to the second, and the answer was under way."""

_INVALID = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
_timer: ContextVar[asyncio.Timeout | None] = ContextVar("timer", default=None)
_log = structlog.stdlib.get_logger(__name__)


class RestWatch:
    """One client's requests. `clock` is the machine's clock, aware UTC."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._invalid: deque[datetime] = deque()
        self._ahead = timedelta()
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_start.append(self._on_start)
        self.trace.on_request_end.append(self._on_end)

    @asynccontextmanager
    async def deadline(self) -> AsyncGenerator[None]:
        """Raise TimeoutError when an answer is not there in time.

        The clock runs on the wire alone. Cancelling discord.py while it sleeps out a global rate
        limit would leave all its requests waiting for ever (it clears an event and sets it after
        the sleep), and a queue in front of a busy route is no reason to give up either.
        """
        async with asyncio.timeout(None) as timer:
            token = _timer.set(timer)
            try:
                yield
            finally:
                _timer.reset(token)

    @property
    def invalid_lately(self) -> int:
        """Count the refused requests of the last ten minutes."""
        since = self._clock() - COUNTED_FOR
        while self._invalid and self._invalid[0] < since:
            self._invalid.popleft()
        return len(self._invalid)

    def discord_now(self) -> datetime:
        """Tell the time by Discord's clock, which is what timeouts are measured by."""
        return self._clock() + self._ahead

    def count_invalid(self, status: int) -> None:
        """Count a refused request; too many in ten minutes are an alarm."""
        self._invalid.append(self._clock())
        if self.invalid_lately in {ALARM_AT, STOP_AT}:
            _log.error("many_refused_requests", count=self.invalid_lately, last_status=status)

    async def _on_start(
        self, session: aiohttp.ClientSession, context: SimpleNamespace, params: object
    ) -> None:
        del session, context, params
        timer = _timer.get()
        if timer is not None:
            now = asyncio.get_running_loop().time()
            timer.reschedule(now + ANSWER_WITHIN.total_seconds())

    async def _on_end(
        self,
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        params: aiohttp.TraceRequestEndParams,
    ) -> None:
        del session, context
        answer = params.response
        timer = _timer.get()
        if timer is not None and _is_retried(answer.status):
            timer.reschedule(None)  # the library sleeps now, and may ask again
        if answer.status in _INVALID and answer.headers.get("X-RateLimit-Scope") != "shared":
            self.count_invalid(answer.status)
        self._compare_clocks(answer.headers.get("Date"))

    def _compare_clocks(self, header: str | None) -> None:
        if header is None:
            return
        try:
            theirs = parsedate_to_datetime(header).astimezone(UTC)
        except ValueError:
            return  # no date that can be read says nothing about the clock
        ahead = theirs - self._clock()
        self._ahead = ahead if abs(ahead) > CLOCKS_AGREE else timedelta()


def _is_retried(status: int) -> bool:
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR

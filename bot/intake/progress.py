"""How far each thread was read: the cursors, and when they may move.

A cursor moves past a comment only when every earlier comment of its thread is judged. So it waits
for what is still in the queue, and, after a gap in what Discord told us, until the thread was read
again from the cursor on. Asked by the live intake and by catching up; knows nothing of messages.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.comment import Place
from bot.domain.ids import CommentId, GuildId, PlaceId
from bot.domain.journal import Cursor
from bot.moderation.ports import Journal

_BEGUN = "begun:"
"""Before a channel's id: the cursor that says from which comment on the channel is watched."""
THREADS = 10_000
"""Threads of which is remembered that they are whole; any other is read again, at little cost."""


@dataclass(slots=True)
class _Reading:
    """One thread. `gap` is the number of the last time that something may have been missed."""

    gap: int
    closed: int = 0
    waiting: Counter[int] = field(default_factory=Counter[int])
    judged: int = 0

    @property
    def is_whole(self) -> bool:
        return self.gap <= self.closed

    @property
    def ceiling(self) -> int | None:
        """The first message that waits to be judged."""
        return min(self.waiting, default=None)


class Progress:
    """The cursors of all threads, kept in memory and moved in the journal."""

    def __init__(self, journal: Journal, clock: Callable[[], datetime]) -> None:
        self._journal = journal
        self._clock = clock
        self._cursors: dict[tuple[GuildId, str], Cursor] = {}
        self._readings: dict[tuple[GuildId, PlaceId], _Reading] = {}
        self._last_gap = 1

    async def load(self, guild: GuildId) -> None:
        """Read a server's cursors from the journal.

        Raises:
            StorageError: they cannot be read.
        """
        for cursor in await self._journal.cursors(guild):
            self._keep(cursor)

    def begun(self, guild: GuildId, channel: PlaceId) -> int | None:
        """Say from which message on a channel is watched; None where it never was."""
        cursor = self._cursors.get((guild, _BEGUN + channel))
        return None if cursor is None else int(cursor.comment)

    def begun_at(self, place: Place) -> datetime | None:
        """Say since when a place is watched; None where it never was."""
        cursor = self._cursors.get((place.guild, _BEGUN + (place.forum or place.thread)))
        return None if cursor is None else cursor.moved_at

    async def begin(self, guild: GuildId, channel: PlaceId, message: int) -> None:
        """Watch a channel from behind this message on: what is older is not judged.

        Raises:
            StorageError: it cannot be recorded.
        """
        id_ = CommentId(str(message))
        place = PlaceId(_BEGUN + channel)
        await self._move(Cursor(guild, place, channel, id_, self._clock()))

    def cursor(self, place: Place) -> Cursor | None:
        """Give a thread's cursor."""
        return self._cursors.get((place.guild, place.thread))

    def read_up_to(self, place: Place) -> int:
        """Say up to which message a thread is judged, or older than its channel's watching.

        A thread without a cursor is read from its first message on, which may have the thread's id.
        """
        begun = self.begun(place.guild, place.forum or place.thread) or 0
        cursor = self.cursor(place)
        own = int(place.thread) - 1 if cursor is None else int(cursor.comment)
        # A channel's own messages have no beginning but the watching itself.
        is_thread = place.thread != place.forum
        return max(begun, own) if is_thread or cursor is not None else begun

    def interrupt(self, guild: GuildId | None = None) -> None:
        """Note that comments of a server, or of all, may have been missed."""
        self._last_gap += 1
        for (of, _), reading in self._readings.items():
            if guild in (None, of):
                reading.gap = self._last_gap

    def interrupt_thread(self, place: Place) -> None:
        """Note that comments of one thread may have been missed."""
        self._last_gap += 1
        self._reading(place).gap = self._last_gap

    def is_whole(self, place: Place) -> bool:
        """Say whether nothing of a thread can have been missed."""
        return self._reading(place).is_whole

    @property
    def last_gap(self) -> int:
        """The number of the last gap anywhere: taken before reading, it tells `close` what for."""
        return self._last_gap

    async def close(self, place: Place, last_gap: int, up_to: int) -> bool:
        """Note that a thread was read to its end, begun when `last_gap` was the last.

        Says whether the thread is whole now, with no gap since.

        Raises:
            StorageError: the cursor cannot be moved.
        """
        await self.advance(place, up_to)
        reading = self._reading(place)
        reading.closed = max(reading.closed, last_gap)
        return reading.is_whole

    def arrived(self, place: Place, message: int) -> None:
        """Note that a message waits to be judged."""
        self._reading(place).waiting[message] += 1

    def judged(self, place: Place, message: int) -> None:
        """Note that a message that waited is judged, or not for us."""
        reading = self._reading(place)
        reading.waiting[message] -= 1
        if reading.waiting[message] <= 0:
            del reading.waiting[message]
        reading.judged = max(reading.judged, message)

    async def settle(self, place: Place) -> None:
        """Move a whole thread's cursor as far as it may.

        Raises:
            StorageError: the cursor cannot be moved.
        """
        reading = self._reading(place)
        if reading.is_whole:
            await self.advance(place, reading.judged)

    async def advance(self, place: Place, up_to: int) -> None:
        """Move a thread's cursor to what was read in order; never to what waits still.

        Raises:
            StorageError: the cursor cannot be moved.
        """
        ceiling = self._reading(place).ceiling
        if ceiling is not None:
            up_to = min(up_to, ceiling - 1)
        if up_to <= self.read_up_to(place):
            return
        parent = place.forum or place.thread
        id_ = CommentId(str(up_to))
        await self._move(Cursor(place.guild, place.thread, parent, id_, self._clock()))

    async def _move(self, cursor: Cursor) -> None:
        await self._journal.advance(cursor)
        self._keep(cursor)

    def _keep(self, cursor: Cursor) -> None:
        known = self._cursors.get((cursor.guild, cursor.thread))
        if known is None or int(cursor.comment) > int(known.comment):
            self._cursors[cursor.guild, cursor.thread] = cursor

    def _reading(self, place: Place) -> _Reading:
        known = self._readings.get((place.guild, place.thread))
        if known is not None:
            return known
        if len(self._readings) >= THREADS:
            self._forget_one()
        # Of a thread that was never met, or is forgotten, any gap so far may be the last.
        reading = self._readings[place.guild, place.thread] = _Reading(self._last_gap)
        return reading

    def _forget_one(self) -> None:
        """Forget the thread that was met first, of those where nothing waits."""
        for key, reading in self._readings.items():
            if not reading.waiting:
                del self._readings[key]
                return

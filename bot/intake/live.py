"""The live intake: messages and edits as Discord tells of them, queued, judged, and never lost.

Discord itself is the inbox: what does not fit the queue, or is in hand at a stop, is read again
from the thread's cursor (`bot.intake.catch_up`). Not the judging (`bot.intake.judging`). Its
`on_...` are the client's events of the same name.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import discord
import structlog

from bot.domain.case import Case
from bot.domain.comment import Comment, Place
from bot.domain.ids import GuildId
from bot.intake.backlog import Backlog, Behind, Item, Live
from bot.intake.catch_up import LOOKED_BACK, CatchUp, Readable
from bot.intake.hearing import Hearing, UnansweredError
from bot.intake.judging import Judging
from bot.intake.members import Members
from bot.intake.message import is_comment
from bot.intake.progress import Progress
from bot.intake.watch import is_watched, place_of
from bot.moderation.context import Context
from bot.moderation.fuse import Fuse
from bot.moderation.pipeline import Pipeline
from bot.moderation.ports import Guilds, Journal, Scorer
from config.guild import GuildSettings

ROOM = 2_000
"""Live messages held at once; what comes on top is read from Discord again, in its turn."""
GRACE = timedelta(seconds=10)

_log = structlog.stdlib.get_logger(__name__)


async def _as_it_is(waiting: Awaitable[Any]) -> Any:
    return await waiting


class LiveIntake:
    """Takes in what is said in watched places. One task judges; catching up runs beside it.

    `carry_out` takes each opened case. `prepare` is awaited for each server before its first
    comment is judged (it reads the server's policy). `on_fuse` tells moderators that automatic
    action is on hold. `missed_scorer` is the less urgent lane, for what catching up has found.
    `wait` wraps the waiting for work, `sleep` is asyncio's but for tests.
    """

    def __init__(
        self,
        *,
        client: discord.Client,
        pipeline: Pipeline,
        scorer: Scorer,
        journal: Journal,
        guilds: Guilds,
        carry_out: Callable[[Case], None],
        clock: Callable[[], datetime],
        fuse: Fuse | None = None,
        on_fuse: Callable[[GuildId, str], Awaitable[None]] | None = None,
        prepare: Callable[[GuildId], Awaitable[object]] | None = None,
        archived_for: timedelta = timedelta(days=7),
        wait: Callable[[Awaitable[Any]], Awaitable[Any]] = _as_it_is,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        room: int = ROOM,
        missed_scorer: Scorer | None = None,
    ) -> None:
        self._client = client
        self._guilds = guilds
        self._clock = clock
        self._fuse = fuse
        self._on_fuse = on_fuse
        self._prepare = prepare
        self._missed_scorer = missed_scorer
        self._backlog = Backlog(room, wait)
        self._judging = Judging(
            pipeline=pipeline,
            scorer=scorer,
            journal=journal,
            guilds=guilds,
            carry_out=carry_out,
            clock=clock,
            sleep=sleep,
        )
        self._progress = Progress(journal, clock)
        members = Members(clock)
        self._hearing = Hearing(members)
        self._catch_up = CatchUp(
            journal=journal,
            progress=self._progress,
            members=members,
            judge=self._backlog.add_missed,
            clock=clock,
            sleep=sleep,
            archived_for=archived_for,
        )
        self._watched: dict[int, frozenset[str]] = {}
        self._read_of: dict[int, frozenset[str]] = {}
        self._prepared: set[GuildId] = set()
        self._worker: asyncio.Task[None] | None = None
        self._readers: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_ready = False
        self._is_closing = False
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Counter[str]:
        """How many were judged, known, missed, overflowed and so on, since the start."""
        return self._counts + self._judging.counts + self._catch_up.counts

    def start(self) -> None:
        """Begin to judge what arrives."""
        self._worker = asyncio.create_task(self._work())

    async def aclose(self, *, grace: timedelta = GRACE) -> None:
        """Finish the batch in hand within `grace`; the rest is left to the next start."""
        self._is_closing = True
        self._backlog.ring()
        for task in (*self._readers.values(), *self._tasks):
            task.cancel()
        if self._worker is not None:
            await asyncio.wait([self._worker], timeout=grace.total_seconds())
        workers = [] if self._worker is None else [self._worker]
        everything = (*workers, *self._readers.values(), *self._tasks)
        for task in everything:  # those begun meanwhile too: nobody judges what they wait for
            task.cancel()
        await asyncio.gather(*everything, return_exceptions=True)

    async def drained(self) -> None:
        """Wait until nothing is left to judge or to read."""
        while True:
            if busy := [*self._readers.values(), *self._tasks]:
                await asyncio.wait(busy)
            elif not self._backlog.is_empty:
                await self._backlog.emptied()
            else:
                return

    async def on_connect(self) -> None:
        """Note a new session: what was said before it was not told us."""
        self._is_ready = False
        self._progress.interrupt()

    async def on_ready(self) -> None:
        """Read what was missed in all servers."""
        self._is_ready = True
        for guild in self._client.guilds:
            self._miss(guild)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Begin with a server."""
        await self.on_guild_available(guild)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Read what was said while Discord had lost a server; at a start `on_ready` does it."""
        if self._is_ready:
            self._miss(guild)

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        """Note that Discord tells nothing of a server for a while."""
        self._progress.interrupt(GuildId(str(guild.id)))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Leave a server alone that has sent the bot away."""
        self._watched.pop(guild.id, None)
        self._read_of.pop(guild.id, None)
        if guild.id in self._readers:
            self._readers[guild.id].cancel()

    async def on_message(self, message: discord.Message) -> None:
        """Take a new message in."""
        if is_comment(message) and self._may_be_watched(message):
            self._take(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Take an edit in. Unfolded links, pins and the like leave the edit's time as it was."""
        message, before = payload.message, payload.cached_message
        edited_at = message.edited_at
        if edited_at is None or self._clock() - edited_at > LOOKED_BACK:
            return
        if before is not None and before.edited_at == edited_at:
            return
        await self.on_message(message)

    def catch_up(self, guild: GuildId) -> None:
        """Look at a server's settings again and read what is missing: after each change of them.

        A channel that is newly watched begins behind its newest message.
        """
        found = self._client.get_guild(int(guild))
        if found is not None:
            self._read(found)

    def _may_be_watched(self, message: discord.Message) -> bool:
        """Say whether a message can be for us, as far as the settings are known already."""
        watched = None if message.guild is None else self._watched.get(message.guild.id)
        if watched is None or not isinstance(message.channel, Readable):
            return True
        return is_watched(message.channel, watched)

    def _take(self, message: discord.Message) -> None:
        channel = message.channel
        place = place_of(channel) if isinstance(channel, Readable) else None
        item = Live(message, place)
        if not self._backlog.has_room():
            self._counts["overflowed"] += 1
            self._put_back(item)
            return
        if place is not None:
            self._progress.arrived(place, message.id)
        self._backlog.add(item)

    def _put_back(self, item: Live) -> None:
        """Leave a message to Discord, and have its thread read again."""
        channel = item.message.channel
        if item.place is not None and isinstance(channel, Readable):
            self._progress.interrupt_thread(item.place)
            self._own(self._catch_up.channel(channel))
        elif item.message.guild is not None:
            self._miss(item.message.guild)

    def _miss(self, guild: discord.Guild) -> None:
        """Note that something of a server may have been missed, and read it all again."""
        self._progress.interrupt(GuildId(str(guild.id)))
        self._read(guild)

    def _read(self, guild: discord.Guild) -> None:
        """Start reading what is missing in a server, from the beginning where that is going on."""
        running = self._readers.get(guild.id)
        if running is not None:
            running.cancel()
        task = asyncio.create_task(self._read_guild(guild))
        self._readers[guild.id] = task
        task.add_done_callback(lambda done: self._forget(guild.id, done))

    async def _read_guild(self, guild: discord.Guild) -> None:
        settings = await self._settings(GuildId(str(guild.id)))
        before = self._read_of.get(guild.id, settings.watched)
        # Before the reading, which may take minutes: what is said meanwhile must not be let go.
        self._watched[guild.id] = settings.watched
        await self._catch_up.guild(guild, settings.watched, anew=settings.watched - before)
        self._read_of[guild.id] = settings.watched

    def _forget(self, guild: int, task: asyncio.Task[None]) -> None:
        if self._readers.get(guild) is task:
            del self._readers[guild]
        _tell_failure(task)

    def _own(self, work: Awaitable[None]) -> None:
        """Run something beside the judging; it ends with this object."""
        task = asyncio.ensure_future(_awaited(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_tell_failure)

    async def _settings(self, guild: GuildId) -> GuildSettings:
        return await self._judging.keep_trying(lambda: self._guilds.settings(guild))

    async def _work(self) -> None:
        while not self._is_closing:
            batch = await self._backlog.gather()
            try:
                await self._attend(batch)
            except Exception:  # noqa: BLE001 - the loop that everything hangs on
                _log.exception("intake_failed", comments=len(batch))
                self._counts["failures"] += 1
                self._leave(batch)

    async def _attend(self, batch: Sequence[Item]) -> None:
        known: dict[GuildId, GuildSettings] = {}

        async def settings_of(guild: GuildId) -> GuildSettings:
            if guild not in known:
                known[guild] = await self._settings(guild)
            return known[guild]

        live: list[tuple[Comment, Context]] = []
        missed: list[tuple[Comment, Context]] = []
        for item in batch:
            if isinstance(item, Behind):
                context = self._hearing.surround_missed(item.comment, item.parent)
                missed.append((item.comment, context))
            elif (comment := await self._hear(item, settings_of)) is not None:
                context = await self._hearing.surround(comment, item.message)
                live.append((comment, context))
        for guild in {comment.place.guild for comment, _ in (*live, *missed)}:
            await self._prepare_for(guild)
        await self._judging.judge(live)
        await self._judging.judge(missed, scorer=self._missed_scorer)
        self._tell_of_fuses()
        await self._move_cursors(batch)
        for item in batch:
            if isinstance(item, Behind):
                item.done()

    async def _hear(
        self, item: Live, settings_of: Callable[[GuildId], Awaitable[GuildSettings]]
    ) -> Comment | None:
        try:
            comment = await self._hearing.hear(item.message, settings_of)
        except UnansweredError as error:
            _log.warning("message_not_understood", message=item.message.id, why=str(error))
            self._put_back(item)
            return None
        if comment is not None:
            item.is_ours = True
            if item.place is None:
                item.place = comment.place
                self._progress.arrived(comment.place, item.message.id)
        return comment

    async def _prepare_for(self, guild: GuildId) -> None:
        if self._prepare is not None and guild not in self._prepared:
            prepare = self._prepare
            await self._judging.keep_trying(lambda: prepare(guild))
            self._prepared.add(guild)

    async def _move_cursors(self, batch: Sequence[Item]) -> None:
        """Move the cursors of the live messages' threads; a thread with a gap is read first."""
        channels: dict[Place, Readable] = {}
        for item in batch:
            if isinstance(item, Live) and item.place is not None:
                self._progress.judged(item.place, item.message.id)
                if item.is_ours and isinstance(item.message.channel, Readable):
                    channels[item.place] = item.message.channel
        for place, channel in channels.items():
            if self._progress.is_whole(place):
                await self._judging.keep_trying(lambda place=place: self._progress.settle(place))
            elif int(place.guild) not in self._readers:
                self._own(self._catch_up.channel(channel))

    def _leave(self, batch: Sequence[Item]) -> None:
        """Leave a batch that the bot itself broke on: its threads are read again, later."""
        for item in batch:
            if isinstance(item, Live):
                self._put_back(item)
                if item.place is not None:
                    self._progress.judged(item.place, item.message.id)
            else:
                item.failed()

    def _tell_of_fuses(self) -> None:
        """Let moderators know, once, that automatic action is on hold."""
        for guild, why in [] if self._fuse is None else self._fuse.take_news():
            _log.warning("fuse_blown", guild=guild, why=why)
            if self._on_fuse is not None:
                self._own(self._on_fuse(guild, why))


async def _awaited(work: Awaitable[None]) -> None:
    await work


def _tell_failure(task: asyncio.Task[None]) -> None:
    """Log what broke in a task that nobody awaits."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("background_task_failed", exc_info=error)

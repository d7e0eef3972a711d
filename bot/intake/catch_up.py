"""Catching up: reads what was said and edited while Discord told us nothing, thread by thread.

Each thread is read from its cursor on, oldest first; before that the last day is looked through for
edits. What it finds goes the way of live comments. Started by the live intake, after every new
session and after every gap.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import aiohttp
import discord
import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential

from bot.domain.case import CaseKey
from bot.domain.comment import Comment, Place
from bot.domain.ids import GuildId, PlaceId
from bot.errors import StorageError
from bot.intake.members import Members
from bot.intake.message import comment_of, is_comment, parent_of, revision_of
from bot.intake.progress import Progress
from bot.intake.watch import place_of
from bot.moderation.ports import Journal

PAGE = 100
"""Messages that Discord gives at once."""
LOOKED_BACK = timedelta(hours=24)
LOOKED_BACK_MESSAGES = 200
"""Messages of a thread that are looked through for missed edits."""
AT_ONCE = 4
"""Threads read side by side, of all servers: a fraction of what Discord allows."""
TIMEOUT_S = 60.0
"""For one page: discord.py waits inside it where Discord asks it to slow down."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0
_AGAIN_LATER = (
    discord.HTTPException,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    json.JSONDecodeError,  # an answer cut short
    StorageError,
)

Readable = discord.Thread | discord.TextChannel | discord.VoiceChannel | discord.StageChannel
"""What holds messages of its own."""
Missed = tuple[Comment, Comment | None]
"""A comment, and the one it answers where Discord sent that along."""

T = TypeVar("T")
_log = structlog.stdlib.get_logger(__name__)


class _GoneError(Exception):
    """A channel or thread is not there for us any more."""


class CatchUp:
    """Reads missed comments. `judge` returns when all that it was given is in the journal.

    `counts` tells what was met: threads, failures, gone, missed, edits.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        progress: Progress,
        members: Members,
        judge: Callable[[Sequence[Missed]], Awaitable[None]],
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        archived_for: timedelta,
    ) -> None:
        self._journal = journal
        self._progress = progress
        self._members = members
        self._judge = judge
        self._clock = clock
        self._sleep = sleep
        self._archived_for = archived_for
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._in_hand: set[tuple[GuildId, PlaceId]] = set()
        self._gone: set[tuple[GuildId, PlaceId]] = set()
        self.counts: Counter[str] = Counter()

    async def guild(
        self, guild: discord.Guild, watched: Iterable[str], *, anew: Iterable[str] = ()
    ) -> None:
        """Read all that was missed in a server's watched channels. Returns when that is done.

        A channel that was never watched, or is watched `anew`, begins behind its newest message.
        """
        name = GuildId(str(guild.id))
        self._gone = {key for key in self._gone if key[0] != name}
        try:
            lacking = await self._again(
                guild.id, lambda: self._plan(guild, frozenset(watched), frozenset(anew))
            )
        except _GoneError as error:
            self._note_gone(name, name, error)
            return
        async with asyncio.TaskGroup() as reading:
            for channel in lacking:
                reading.create_task(self.channel(channel))

    async def channel(self, channel: Readable) -> None:
        """Read one thread, or a text channel's own messages, until nothing of it is missed.

        Returns at once where that is going on already. What fails is tried again later; a channel
        that is gone is noted, and left until the server is read again.
        """
        place = place_of(channel)
        key = (place.guild, place.thread)
        if key in self._in_hand or key in self._gone:
            return
        self._in_hand.add(key)
        try:
            while not await self._again(channel.id, lambda: self._read(channel, place)):
                pass
        except _GoneError as error:
            self._gone.add(key)
            self._note_gone(place.guild, place.thread, error)
        except Exception:  # noqa: BLE001 - one thread's fault must not stop the reading of others
            self._gone.add(key)
            self.counts["failures"] += 1
            _log.exception("catch_up_broken", guild=place.guild, channel=place.thread)
        finally:
            self._in_hand.discard(key)

    async def _plan(
        self, guild: discord.Guild, watched: frozenset[str], anew: frozenset[str]
    ) -> list[Readable]:
        """List what may hold something missed, and note where the watching begins."""
        name = GuildId(str(guild.id))
        await self._progress.load(name)
        last_gap = self._progress.last_gap
        try:
            async with asyncio.timeout(TIMEOUT_S):
                active = await guild.active_threads()
        except (discord.NotFound, discord.Forbidden) as error:
            raise _GoneError(error.text) from error
        lacking: list[Readable] = []
        for channel in guild.channels:
            if str(channel.id) not in watched:
                continue
            here = await self._readable(channel, active)
            await self._begin(channel, here, is_anew=str(channel.id) in anew)
            for each in here:
                if self._may_lack(each):
                    lacking.append(each)
                else:
                    await self._progress.close(place_of(each), last_gap, 0)
        for id_ in watched - {str(channel.id) for channel in guild.channels}:
            self._note_gone(name, id_, "not among the channels that the bot sees")
        return lacking

    async def _readable(
        self, channel: discord.abc.GuildChannel, active: Sequence[discord.Thread]
    ) -> list[Readable]:
        """List a channel's threads, and the channel itself where it has messages of its own."""
        mine = {thread.id: thread for thread in active if thread.parent_id == channel.id}
        for thread in await self._archived(channel):
            mine.setdefault(thread.id, thread)
        own: list[Readable] = [channel] if isinstance(channel, Readable) else []
        return [*own, *mine.values()]

    async def _archived(self, channel: discord.abc.GuildChannel) -> list[discord.Thread]:
        """List the public threads that were archived lately."""
        if not isinstance(channel, discord.ForumChannel | discord.TextChannel):
            return []
        since = self._clock() - self._archived_for
        found: list[discord.Thread] = []
        try:
            async with asyncio.timeout(TIMEOUT_S):
                async for thread in channel.archived_threads(limit=None):
                    if thread.archive_timestamp < since:
                        break
                    found.append(thread)
        except (discord.NotFound, discord.Forbidden) as error:
            self._note_gone(GuildId(str(channel.guild.id)), f"{channel.id}'s archive", error.text)
        return found

    async def _begin(
        self, channel: discord.abc.GuildChannel, here: Sequence[Readable], *, is_anew: bool
    ) -> None:
        """Let the watching of a channel begin behind its newest message, unless it has begun."""
        guild, id_ = GuildId(str(channel.guild.id)), PlaceId(str(channel.id))
        if self._progress.begun(guild, id_) is not None and not is_anew:
            return
        newest = max((each.last_message_id or each.id for each in here), default=0)
        await self._progress.begin(guild, id_, max(newest, channel.id))

    def _may_lack(self, channel: Readable) -> bool:
        """Say whether a thread may hold unread messages, or edits of the last day."""
        up_to = self._progress.read_up_to(place_of(channel))
        newest = channel.last_message_id or channel.id
        return newest > up_to or self._is_recent(newest)

    def _is_recent(self, message: int) -> bool:
        return discord.utils.snowflake_time(message) > self._clock() - LOOKED_BACK

    async def _read(self, channel: Readable, place: Place) -> bool:
        """Read a channel from its cursor to its end; says whether nothing was missed meanwhile."""
        async with self._at_once:
            self.counts["threads"] += 1
            last_gap = self._progress.last_gap
            known_newest = channel.last_message_id or 0
            try:
                await self._look_back(channel, place)
                up_to = await self._read_on(channel, place)
            except (discord.NotFound, discord.Forbidden) as error:
                raise _GoneError(error.text) from error
            # A newest message that no page held is deleted: it need not be asked for ever again.
            return await self._progress.close(place, last_gap, max(up_to, known_newest))

    async def _read_on(self, channel: Readable, place: Place) -> int:
        """Read page by page from the cursor on, the cursor behind each; gives the last message."""
        up_to = self._progress.read_up_to(place)
        while True:
            page = await self._page(channel, after=up_to)
            comments = [message for message in page if is_comment(message)]
            self.counts["missed"] += len(comments)
            await self._hand_over(comments)
            up_to = max((message.id for message in page), default=up_to)
            if len(page) < PAGE:
                return up_to
            await self._progress.advance(place, up_to)

    async def _look_back(self, channel: Readable, place: Place) -> None:
        """Find edits of the last day, among the messages up to the cursor, that were missed."""
        begun_at = self._progress.begun_at(place)
        before = self._progress.read_up_to(place) + 1
        since = self._clock() - LOOKED_BACK
        is_unread = before <= channel.id
        if begun_at is None or is_unread or not self._is_recent(before):
            return
        edited: list[discord.Message] = []
        for _ in range(LOOKED_BACK_MESSAGES // PAGE):
            page = await self._page(channel, before=before)
            edited += [m for m in page if _is_edit_since(m, max(since, begun_at))]
            before = min((message.id for message in page), default=0)
            if len(page) < PAGE or not self._is_recent(before):
                break
        keys = {_key(place, message): message for message in edited if is_comment(message)}
        known = await self._journal.known(keys.keys())
        missed = [message for key, message in keys.items() if key not in known]
        self.counts["edits"] += len(missed)
        await self._hand_over(sorted(missed, key=lambda m: (revision_of(m), m.id)))

    async def _page(
        self, channel: Readable, *, after: int | None = None, before: int | None = None
    ) -> list[discord.Message]:
        """Fetch one page, sorted by id: Discord's order is not relied upon."""
        first = None if after is None else discord.Object(after)
        last = None if before is None else discord.Object(before)
        async with asyncio.timeout(TIMEOUT_S):
            page = [m async for m in channel.history(limit=PAGE, after=first, before=last)]
        return sorted(page, key=lambda message: message.id)

    async def _hand_over(self, messages: Sequence[discord.Message]) -> None:
        """Let comments be judged, and wait for it."""
        missed = [
            (comment_of(message, author=await self._members.author(message)), parent_of(message))
            for message in messages
        ]
        if missed:
            await self._judge(missed)

    async def _again(self, where: int, work: Callable[[], Awaitable[T]]) -> T:
        """Do something until Discord and the database answer, with ever longer pauses."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(_AGAIN_LATER),
            wait=wait_exponential(FIRST_PAUSE_S, max=LONGEST_PAUSE_S),
            sleep=self._sleep,
            before_sleep=lambda state: self._note_failure(state, where),
        )

        async def once() -> T:  # tenacity awaits coroutine functions alone
            return await work()

        return await retrying(once)

    def _note_gone(self, guild: GuildId, channel: str, why: object) -> None:
        self.counts["gone"] += 1
        _log.warning("channel_gone", guild=guild, channel=channel, why=str(why))

    def _note_failure(self, state: RetryCallState, where: int) -> None:
        self.counts["failures"] += 1
        error = None if state.outcome is None else state.outcome.exception()
        _log.warning("catch_up_failed", where=where, tries=state.attempt_number, why=repr(error))


def _is_edit_since(message: discord.Message, moment: datetime) -> bool:
    return message.edited_at is not None and message.edited_at >= moment


def _key(place: Place, message: discord.Message) -> CaseKey:
    comment = comment_of(message)
    return CaseKey(place.guild, comment.id, comment.revision)

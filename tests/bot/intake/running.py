"""A live intake at work on an unplugged Discord, over stores in memory that can be made to fail."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from bot.domain.case import Case, CaseKey
from bot.domain.comment import Place
from bot.domain.ids import CommentId, GuildId, PlaceId
from bot.errors import StorageError
from bot.intake.live import LiveIntake
from bot.moderation.fuse import Fuse
from bot.moderation.pipeline import Pipeline
from bot.policy.policy_file import load_preset
from config.labels import Label
from config.policy import Mode, Policy
from tests.bot.intake.unplugged import Unplugged
from tests.fakes.discord.nouns import Channel
from tests.fakes.memory_storage import MemoryStorage
from tests.fakes.scripted_scorer import ScriptedScorer

BALANCED = load_preset("balanced").model_copy(update={"mode": Mode.ENFORCE})
SCRIPT = {"clown": {Label.INSULT: 0.97}, "vermin": {Label.IDENTITY_ATTACK: 0.97}}
"""A clown is an insult to somebody, and weighs little said to nobody; vermin is a slur anywhere."""


class Store:
    """Stores in memory. `fails` says, before each call, whether the database refuses it."""

    def __init__(self, here: Unplugged) -> None:
        self.memory = MemoryStorage(lambda: here.state.now)
        self.calls: list[str] = []
        self.fails: Callable[[str], BaseException | None] = lambda call: None

    def guarded(self, name: str) -> Any:
        return _Guarded(self, name, getattr(self.memory, name))


class _Guarded:
    """One store, whose every call may fail before it is made, or after."""

    def __init__(self, store: Store, name: str, inner: Any) -> None:
        self._store, self._name, self._inner = store, name, inner

    def __getattr__(self, method: str) -> Any:
        async def call(*args: Any, **named: Any) -> Any:
            line = f"{self._name}.{method}"
            self._store.calls.append(line)
            self._may_fail(f"before {line}")
            result = await getattr(self._inner, method)(*args, **named)
            self._may_fail(f"after {line}")
            return result

        return call

    def _may_fail(self, moment: str) -> None:
        if (error := self._store.fails(moment)) is not None:
            raise error


class Running:
    """One process of the bot. Everything else outlives it."""

    def __init__(
        self,
        here: Unplugged,
        store: Store,
        *,
        scorer: ScriptedScorer | None = None,
        policy: Policy = BALANCED,
        room: int = 2_000,
        prepare: Callable[[GuildId], Awaitable[object]] | None = None,
    ) -> None:
        self.here, self.store = here, store
        self.scorer = scorer or ScriptedScorer(SCRIPT)
        self.missed_scorer = ScriptedScorer(SCRIPT)
        self.policy = policy
        self.carried: list[Case] = []
        self.slept: list[float] = []
        self.told: list[tuple[GuildId, str]] = []
        self.on_sleep: Callable[[], None] = lambda: None
        self.sleeps_for_ever = False
        self.client = here.connect()
        clock = lambda: here.state.now  # noqa: E731 - a clock, as everywhere
        cases, journal, guilds = (store.guarded(n) for n in ("cases", "journal", "guilds"))
        fuse = Fuse(cases=cases, journal=journal, guilds=guilds, clock=clock)
        pipeline = Pipeline(
            scorer=self.scorer,
            cases=cases,
            policy_of=lambda _: self.policy,
            clock=clock,
            fuse=fuse,
        )
        self.intake = LiveIntake(
            client=self.client,
            pipeline=pipeline,
            scorer=self.scorer,
            journal=journal,
            guilds=guilds,
            carry_out=self.carried.append,
            clock=clock,
            fuse=fuse,
            on_fuse=self._tell,
            prepare=prepare,
            archived_for=timedelta(days=7),
            sleep=self._sleep,
            room=room,
            missed_scorer=self.missed_scorer,
        )

    async def begin(self) -> None:
        """Come up, with a new session, and read what was missed."""
        self.intake.start()
        await self.session()

    async def session(self) -> None:
        """Lose the session and get a new one."""
        await self.intake.on_connect()
        await self.deliver()
        await self.intake.on_ready()
        await self.settle()

    async def deliver(self) -> None:
        """Hand over, in order, every event that has come."""
        while self.client.told:
            event, args = self.client.told.pop(0)
            heard = getattr(self.intake, f"on_{event}", None)
            if heard is not None:
                await heard(*args)

    async def settle(self) -> None:
        """Deliver what has come, and wait until all of it is dealt with."""
        while True:
            await self.deliver()
            await self.intake.drained()
            if not self.client.told:
                return

    async def end(self) -> None:
        self.here.disconnect()
        await self.intake.aclose()

    async def kill(self) -> None:
        """End without any farewell."""
        await self.intake.aclose(grace=timedelta())

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)  # no time passes, but others get their turn
        self.on_sleep()
        if self.sleeps_for_ever:
            await asyncio.Event().wait()

    async def _tell(self, guild: GuildId, why: str) -> None:
        self.told.append((guild, why))


async def watch(here: Unplugged, store: Store, *channels: Channel) -> None:
    """Save that these channels are watched, and no others."""
    guild = GuildId(str(here.guild.id))
    settings = await store.memory.guilds.settings(guild)
    watched = frozenset(str(channel.id) for channel in channels)
    await store.memory.guilds.save_settings(guild, settings.model_copy(update={"watched": watched}))


def texts(store: Store) -> list[str]:
    """All that is in the journal, in the order it was judged."""
    return [entry.text or "" for entry in store.memory.journal.by_key.values()]


def keys(store: Store) -> set[CaseKey]:
    return set(store.memory.journal.by_key)


async def cursor_of(here: Unplugged, store: Store, thread: Channel) -> CommentId | None:
    """Up to where a thread was read."""
    found = await store.memory.journal.cursors(GuildId(str(here.guild.id)))
    return next((c.comment for c in found if c.thread == str(thread.id)), None)


def place(here: Unplugged, thread: Channel) -> Place:
    guild = GuildId(str(here.guild.id))
    parent = PlaceId(str(thread.parent or thread.id))
    return Place(guild, PlaceId(str(thread.id)), parent)


def refused(*moments: str) -> Callable[[str], BaseException | None]:
    """Refuse at each of these moments, once."""
    left = list(moments)

    def fail(moment: str) -> BaseException | None:
        if moment in left:
            left.remove(moment)
            return StorageError("the disk is full")
        return None

    return fail

"""A server on simcord, a client that enforces there, and the wire between them, which can break."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatch
from typing import Any

import aiohttp
import discord
import pytest
import simcord
from discord.http import Route

from bot.domain.action import Action
from bot.domain.case import Case, CaseDraft, EventKind
from bot.domain.comment import Author, Comment, Place
from bot.domain.effect import Effect, EffectKind, EffectState, PlannedEffect
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId
from bot.enforcement.assembly import Enforcement, make_enforcement
from bot.enforcement.watch import RestWatch
from bot.moderation.carry_out import CarryOut
from bot.policy.effects import effects_of
from config.guild import GuildSettings
from config.policy import StepKind
from tests.behaviour.oracle import Oracle, document
from tests.behaviour.simcord_fixes import fixed_simcord
from tests.bot.enforcement.cases import a_case_draft
from tests.fakes.memory_storage import MemoryStorage


class Break(StrEnum):
    """Where the way to Discord breaks."""

    BEFORE = "before"
    """The request never arrives."""
    AFTER = "after"
    """It is carried out, and the answer is lost."""


@dataclass
class Wire:
    """What goes over the client's HTTP: counted, broken on demand, one message for each nonce."""

    send: Callable[..., Awaitable[Any]]
    asked: list[str] = field(default_factory=list[str])
    breaks: list[tuple[str, Break | Exception]] = field(
        default_factory=list[tuple[str, Break | Exception]]
    )
    nonces: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])
    reasons: list[str] = field(default_factory=list[str])

    def cut(self, pattern: str, how: Break | Exception, times: int = 1) -> None:
        """Break the next requests whose "METHOD /path" fits the pattern."""
        self.breaks += [(pattern, how)] * times

    async def request(self, route: Route, **kwargs: Any) -> Any:
        name = f"{route.method} {route.path.format_map(_Star())}"
        self.asked.append(name)
        if kwargs.get("reason"):
            self.reasons.append(kwargs["reason"])
        how = self._break_of(name)
        if isinstance(how, Exception):
            raise how
        if how is Break.BEFORE:
            raise aiohttp.ServerDisconnectedError
        answer = await self._send_once(route, kwargs)
        if how is Break.AFTER:
            raise aiohttp.ServerDisconnectedError
        return answer

    async def _send_once(self, route: Route, kwargs: dict[str, Any]) -> Any:
        nonce = (kwargs.get("json") or {}).get("nonce") if route.method == "POST" else None
        key = (route.url, str(nonce))
        if nonce is not None and key in self.nonces:
            return self.nonces[key]
        answer = await self.send(route, **kwargs)
        if nonce is not None:
            self.nonces[key] = answer
        return answer

    def _break_of(self, name: str) -> Break | Exception | None:
        for at, (pattern, how) in enumerate(self.breaks):
            if fnmatch(name, pattern):
                del self.breaks[at]
                return how
        return None

    def count(self, pattern: str) -> int:
        """Count the requests made that fit the pattern."""
        return sum(fnmatch(name, pattern) for name in self.asked)


class _Star(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "*"


@dataclass
class World:
    """Everything a test of enforcement needs."""

    env: simcord.Env
    client: discord.Client
    guild: simcord.GuildHandle
    place: simcord.ChannelHandle
    log: simcord.ChannelHandle
    member: simcord.MemberActor
    storage: MemoryStorage
    wire: Wire
    watch: RestWatch
    slept: list[float]

    @property
    def guild_id(self) -> GuildId:
        return GuildId(str(self.guild.id))

    def now(self) -> datetime:
        return self.env.now()

    def enforcement(self) -> Enforcement:
        """Make the enforcement as a fresh process would, on the same record."""

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        return make_enforcement(
            self.client,
            cases=self.storage.cases,
            ledger=self.storage.ledger,
            guilds=self.storage.guilds,
            appeals=self.storage.appeals,
            clock=self.now,
            watch=self.watch,
            sleep=sleep,
        )

    def carry_out(self) -> CarryOut:
        """Make what sees cases through, as a fresh process would."""
        return CarryOut(
            cases=self.storage.cases,
            ledger=self.storage.ledger,
            enforcer=self.enforcement().enforcer,
            clock=self.now,
            sleep=_at_once,
        )

    async def open(
        self,
        step: StepKind = StepKind.DELETE,
        *,
        text: str = "you are an idiot",
        member: simcord.MemberActor | None = None,
        action: Action | None = None,
        **changes: Any,
    ) -> Case:
        """Let somebody say something, and open the case about it with its effects."""
        speaker = member or self.member
        message = await speaker.send(self.place, text)
        until = self.now() + timedelta(hours=1) if step is StepKind.TIMEOUT else None
        action = action or Action(step, until, removes_comment=step is not StepKind.WARN)
        draft = self.draft(str(message.id), speaker, text, action, **changes)
        return await self.storage.cases.open(draft, effects_of(action))

    def draft(
        self,
        comment: str,
        speaker: simcord.MemberActor,
        text: str,
        action: Action | None,
        **changes: Any,
    ) -> CaseDraft:
        author = Author(MemberId(str(speaker.id)), speaker.name)
        place = Place(self.guild_id, PlaceId(str(self.place.id)))
        said = Comment(CommentId(comment), place, author, text, self.now(), 1)
        return a_case_draft(said, action, now=self.now(), **changes)

    async def plan(self, case: Case, *effects: PlannedEffect) -> list[Effect]:
        return await self.storage.ledger.plan(case.guild, case.number, effects)

    async def state(self, case: Case, kind: EffectKind) -> EffectState:
        """Tell the state of the newest effect of a kind."""
        return (await self.effect(case, kind)).state

    async def effect(self, case: Case, kind: EffectKind) -> Effect:
        effects = await self.storage.ledger.effects(case.guild, case.number)
        return [effect for effect in effects if effect.kind is kind][-1]

    async def told(self, case: Case, kind: EventKind) -> list[str]:
        """List what the case's timeline says of one kind."""
        events = await self.storage.cases.timeline(case.guild, case.number)
        return [event.text for event in events if event.kind is kind]

    def dms(self, of: simcord.MemberActor | None = None) -> list[discord.Message]:
        channel = self.env.backend.get_dm_channel((of or self.member).id)
        return simcord.ChannelHandle(self.env, None, channel).history()

    def revoke(self, permission: str) -> None:
        """Take a permission from the bot's role, as an admin would."""
        backend = self.env.backend
        me = backend.get_member(self.guild.id, backend.bot_user.id)
        role = backend.get_role(self.guild.id, me.role_ids[0])
        held = discord.Permissions(role.permissions)
        setattr(held, permission, False)
        backend.edit_role(self.guild.id, role.id, {"permissions": held.value})


async def _at_once(seconds: float) -> None:
    del seconds


@pytest.fixture(scope="session")
def oracle() -> Oracle | None:
    """Discord's own document, as judge of every request; None where it is not here."""
    found = document()
    return None if found is None else Oracle(found)


@pytest.fixture
async def env(oracle: Oracle | None) -> AsyncGenerator[simcord.Env]:
    intents = discord.Intents(guilds=True, guild_messages=True, message_content=True)
    client = discord.Client(intents=intents, allowed_mentions=discord.AllowedMentions.none())
    with fixed_simcord():
        env = simcord.Env(client)
        await env.start()
        yield env
        await env.shutdown()
    env.raise_errors()
    if oracle is not None:
        assert oracle.complaints(env.http_requests) == []


@pytest.fixture
async def world(env: simcord.Env) -> World:
    guild = env.create_guild("Garden")
    backend = env.backend
    me = backend.get_member(guild.id, backend.bot_user.id)
    backend.edit_role(guild.id, me.role_ids[0], {"position": 5})
    place, log = guild.create_text_channel("talk"), guild.create_text_channel("mod-log")
    member = guild.add_member(env.create_user("mallory"))
    await env.settle()
    storage = MemoryStorage(env.now)
    await storage.guilds.save_settings(
        GuildId(str(guild.id)), GuildSettings(log_channel=str(log.id))
    )
    wire = Wire(env.bot.http.request)
    env.bot.http.request = wire.request
    return World(env, env.bot, guild, place, log, member, storage, wire, RestWatch(env.now), [])

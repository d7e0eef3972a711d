"""The bot on Discord: its intents, its cogs, its commands made known, its errors put into words.

It hands what happens to the live intake and starts what has to be started; it decides nothing.
`run_bot` keeps it connected. Made by composition roots and by the tests.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import aiohttp
import discord
import structlog
from discord import app_commands
from discord.ext import commands
from discord.http import HTTPClient

from bot.domain.ids import GuildId
from bot.enforcement.assembly import make_enforcement
from bot.enforcement.error_replies import answer_error
from bot.enforcement.pace import Pace
from bot.enforcement.watch import RestWatch
from bot.errors import ModerationError, RefusedError
from bot.intake.live import LiveIntake
from bot.moderation.desk import Stores, make_desk
from bot.moderation.ports import Scorer
from config.policy import Policy

COGS = (
    "cogs.words",
    "cogs.setup",
    "cogs.policy",
    "cogs.appeal",
    "cogs.appeals",
    "cogs.record",
    "cogs.privacy",
    "cogs.case",
    "cogs.queue",
    "cogs.member",
    "cogs.steps",
    "cogs.messages",
    "cogs.buttons",
    "cogs.outside",
)
"""Loaded by name, because cogs stand above this module."""

INTENTS = discord.Intents(
    guilds=True,
    guild_messages=True,
    message_content=True,
    moderation=True,
    auto_moderation_execution=True,
)
"""Message content is the only privileged one. Direct messages are not read: members answer through
buttons and commands, which need no intent."""
CACHED_MESSAGES = 100
"""Few: edits are read from the event itself, whether or not the message is cached."""

MANY_SESSIONS = 5
WITHIN = timedelta(minutes=10)
"""After so many new sessions in this time the next one waits for its end."""
SESSIONS_SPARED = 100
"""New sessions of a day that may begin at once; the further ones are spread over what is left."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 600.0

_TROUBLES = (
    discord.HTTPException,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    json.JSONDecodeError,  # an answer cut short
)
_BAD_LOGIN = "Discord does not accept the bot's token: copy a fresh one from the developer portal"
_WRONG_INTENTS = (
    "Discord does not let the bot read messages: switch on “Message Content Intent” for it in the"
    " developer portal, under Bot"
)
_log = structlog.stdlib.get_logger(__name__)


class NotLetInError(RefusedError):
    """Discord does not let the bot in as it is set up. Whoever runs it has to mend that first."""


class _TooManySessionsError(ModerationError):
    """Sessions begin too often, so the next one has to wait."""


def utc_now() -> datetime:
    """Give the machine's time."""
    return datetime.now(UTC)


async def as_it_is(waiting: Awaitable[Any]) -> Any:
    """Wait for something as everybody does."""
    return await waiting


class Tree(app_commands.CommandTree["EvenhandBot"]):
    """The commands: on servers, unless one says otherwise. Errors are answered in a sentence."""

    def __init__(self, client: "EvenhandBot") -> None:
        super().__init__(
            client,
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )

    async def on_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /
    ) -> None:
        """Tell who asked what went wrong."""
        await answer_error(interaction, error)


class EvenhandBot(commands.Bot):
    """One bot on all its servers. `desk` holds what people can ask of it.

    `clock` gives the time, aware UTC. `wait` goes around the waiting for work, and `pace` spaces
    requests: both for tests that run the loop themselves. `missed_scorer` is a less urgent lane to
    the same model, for comments made while the bot was away. `stores` and scorers are the caller's
    to close.
    """

    def __init__(
        self,
        *,
        stores: Stores,
        scorer: Scorer,
        default_policy: Policy,
        clock: Callable[[], datetime] = utc_now,
        wait: Callable[[Awaitable[Any]], Awaitable[Any]] = as_it_is,
        missed_scorer: Scorer | None = None,
        archived_days: int = 7,
        heartbeat_timeout: float = 60.0,
        pace: Pace | None = None,
    ) -> None:
        watch = RestWatch(clock)
        super().__init__(
            command_prefix=(),
            help_command=None,
            tree_cls=Tree,
            intents=INTENTS,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=CACHED_MESSAGES,
            http_trace=watch.trace,
            heartbeat_timeout=heartbeat_timeout,
        )
        _free_when_cancelled(self.http)
        self.clock = clock
        self.stores = stores
        self.enforcement = make_enforcement(
            self,
            cases=stores.cases,
            ledger=stores.ledger,
            guilds=stores.guilds,
            appeals=stores.appeals,
            clock=clock,
            watch=watch,
            pace=pace,
        )
        self.desk = make_desk(
            stores,
            scorer=scorer,
            enforcer=self.enforcement.enforcer,
            default_policy=default_policy,
            clock=clock,
        )
        self.intake = LiveIntake(
            client=self,
            pipeline=self.desk.pipeline,
            scorer=scorer,
            journal=stores.journal,
            guilds=stores.guilds,
            carry_out=self.desk.carry_out.submit,
            clock=clock,
            fuse=self.desk.fuse,
            on_fuse=self._tell_of_fuse,
            prepare=self.desk.policies.refresh,
            archived_for=timedelta(days=archived_days),
            missed_scorer=missed_scorer,
            wait=wait,
        )
        self._sessions: deque[float] = deque(maxlen=MANY_SESSIONS)

    async def setup_hook(self) -> None:
        """Load the cogs, and be ready for comments before the first one can arrive."""
        for cog in COGS:
            await self.load_extension(cog)
        self.intake.start()
        for name in _HEARD_BY_INTAKE:
            self.add_listener(getattr(self.intake, name), name)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Let a new session begin, unless too many have begun lately.

        Raises:
            _TooManySessionsError: it has to wait; `run_bot` sees to that.
        """
        now = asyncio.get_running_loop().time()
        if len(self._sessions) == MANY_SESSIONS and now - self._sessions[0] < _seconds(WITHIN):
            raise _TooManySessionsError(f"{MANY_SESSIONS} sessions have begun within {WITHIN}")
        self._sessions.append(now)
        await super().before_identify_hook(shard_id, initial=initial)

    async def close(self) -> None:
        """Take nothing more in, finish what is in hand or leave it to the next start, and go."""
        await self.intake.aclose()
        await self.desk.carry_out.aclose()
        await super().close()

    async def on_ready(self) -> None:
        """Go on where the last session ended; the intake reads what was missed."""
        _log.info("ready", guilds=len(self.guilds))
        await self.desk.carry_out.resume()

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave a message to the intake: commands are slash commands, never words."""

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """Ask the server again for what it had refused."""
        del before
        self._permissions_changed(after.guild)

    async def on_guild_channel_update(
        self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        """Ask the server again for what it had refused."""
        del before
        self._permissions_changed(after.guild)

    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """Ask the server again for what it had refused, where the bot's own roles have changed."""
        if self.user is not None and after.id == self.user.id and before.roles != after.roles:
            self._permissions_changed(after.guild)

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        """Log what broke while an event was dealt with; its arguments hold members' words."""
        del args, kwargs
        _log.exception("event_failed", event_name=event_method)

    def _permissions_changed(self, guild: discord.Guild) -> None:
        self.enforcement.breakers.permissions_changed(GuildId(str(guild.id)))

    async def _tell_of_fuse(self, guild: GuildId, why: str) -> None:
        await self.enforcement.admins.tell(
            guild,
            f"**The fuse has blown**: {why}. Comments are judged and cases opened as before, but I"
            " act on nobody by myself: a human decides in /queue. Look at what came in; then let me"
            " act again with /fuse reset.",
        )


async def run_bot(
    bot: EvenhandBot, token: str, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Log in, connect, and stay connected until cancelled; then close in order.

    What may pass by itself (Discord down, the network gone) is waited out, longer each time.

    Raises:
        NotLetInError: the token or the intents are wrong; starting again would change nothing.
        ModerationError: Discord ended the connection for good.
    """
    async with bot:
        await _log_in(bot, token, sleep)
        pause = FIRST_PAUSE_S
        while not bot.is_closed():
            begun = asyncio.get_running_loop().time()
            await sleep(await _wait_for_session(bot))
            why = await _connect(bot)
            if why is None:
                return
            lasted = asyncio.get_running_loop().time() - begun
            pause = FIRST_PAUSE_S if lasted > LONGEST_PAUSE_S else min(pause * 2, LONGEST_PAUSE_S)
            _log.warning("gateway_lost", why=why, pause_s=pause)
            await sleep(pause)


async def _log_in(bot: EvenhandBot, token: str, sleep: Callable[[float], Awaitable[None]]) -> None:
    pause = FIRST_PAUSE_S
    while True:
        try:
            return await bot.login(token)
        except discord.LoginFailure as error:
            raise NotLetInError(_BAD_LOGIN) from error
        except _TROUBLES as error:
            _log.warning("discord_not_reached", why=str(error) or repr(error), pause_s=pause)
        await bot.http.close()
        bot.http.connector = discord.utils.MISSING  # it was closed with the session
        await sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_S)


async def _connect(bot: EvenhandBot) -> str | None:
    """Stay connected as long as discord.py can; says why it could not go on, None if closed."""
    try:
        await bot.connect()
    except discord.PrivilegedIntentsRequired as error:
        raise NotLetInError(_WRONG_INTENTS) from error
    except discord.ConnectionClosed as error:
        if error.code == _AUTHENTICATION_FAILED:
            raise NotLetInError(_BAD_LOGIN) from error
        raise ModerationError(
            f"Discord ended the connection for good (code {error.code})"
        ) from error
    except _TooManySessionsError as error:
        return str(error)
    except AttributeError:
        # discord.py reads its first connection's state before there was one (client.connect).
        if cast("object", bot.ws) is not None:
            raise
        return "the gateway cannot be reached"
    return None


async def _wait_for_session(bot: EvenhandBot) -> float:
    """Say in how many seconds a session may begin: Discord allows so many a day, then none."""
    try:
        _, _, limit = await bot.http.get_bot_gateway()
    except (discord.GatewayNotFound, *_TROUBLES):
        return 0.0  # the connection itself will tell
    left, until_reset = limit["remaining"], limit["reset_after"] / 1000
    if limit["total"] - left < SESSIONS_SPARED:
        return 0.0
    pause = until_reset / max(1, left) if left else until_reset
    _log.warning("many_sessions_today", left=left, pause_s=round(pause))
    return pause


def _free_when_cancelled(http: HTTPClient) -> None:
    """Let no cancelled request stop all others for ever.

    discord.py 2.7.1 clears an event before it sleeps out a limit over all routes, and sets it after
    the sleep alone: whoever is cancelled meanwhile (our timeouts do that) would leave it cleared.
    """
    ask = http.request

    async def request(*args: Any, **kwargs: Any) -> Any:
        try:
            return await ask(*args, **kwargs)
        except asyncio.CancelledError:
            http._global_over.set()  # pyright: ignore[reportPrivateUsage]
            raise

    http.request = request


_AUTHENTICATION_FAILED = 4004
_HEARD_BY_INTAKE = (
    "on_connect",
    "on_ready",
    "on_guild_join",
    "on_guild_available",
    "on_guild_unavailable",
    "on_guild_remove",
    "on_message",
    "on_raw_message_edit",
)


def _seconds(span: timedelta) -> float:
    return span.total_seconds()

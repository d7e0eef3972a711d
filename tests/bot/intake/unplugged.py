"""A discord.py client without a network: real objects, made of what the fake Discord knows.

Requests go straight to the fake's routes, events straight to discord.py's parsers. Only the wire is
left out (tests/faults has it). One object is one Discord; `connect` gives a new bot process.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import discord

from tests.fakes.discord import payloads
from tests.fakes.discord.nouns import ApiError, Channel, ChannelType, Guild, Message, User
from tests.fakes.discord.routes import ROUTES, Call
from tests.fakes.discord.state import State

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class SlowState(State):
    """The fake's ground truth, at a time that tests move."""

    def __init__(self) -> None:
        self.now = NOON
        super().__init__()

    def new_id(self, at: datetime | None = None) -> int:
        return super().new_id(at or self.now)

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def reword(self, message: Message, text: str) -> None:
        """Edit a message now."""
        message.content = text
        message.edited_at = self.now
        self.tell("MESSAGE_UPDATE", message)

    def tell(self, name: str, message: Message) -> None:
        """Send a message event."""
        channel = self.channels[message.channel]
        guild = self.guild_of(channel)
        self.emit(name, payloads.message_event(message, channel, guild), guild)


class LocalHTTP(discord.http.HTTPClient):
    """discord.py's HTTP client, with the fake's routes in place of the wire."""

    here: "Unplugged"

    async def request(self, route: discord.http.Route, **given: Any) -> Any:
        path = route.url.removeprefix(discord.http.Route.BASE)
        line = f"{route.method} {path}"
        self.here.asked.append(line)
        for _ in range(self.here.slowness):
            await asyncio.sleep(0)
        if (error := self.here.refuse(line)) is not None:
            raise error
        for method, template, handler in ROUTES:
            part = _parts(template, path)
            if method == route.method and part is not None:
                query = {k: str(v) for k, v in (given.get("params") or {}).items()}
                try:
                    return handler(Call(self.here.state, part, query, given.get("json"), None))
                except ApiError as error:
                    raise refusal(error.status, error.code, error.text) from error
        raise AssertionError(f"the fake has no route for {line}")


class Client(discord.Client):
    """Keeps events, in order, until a test delivers them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.told: list[tuple[str, tuple[Any, ...]]] = []

    def dispatch(self, event: str, /, *args: Any, **_: Any) -> None:
        self.told.append((event, args))


class Unplugged:
    """One Discord with one server, in which one forum and one text channel are."""

    def __init__(self) -> None:
        self.state = SlowState()
        self.guild: Guild = self.state.add_guild("Bridges")
        self.forum = self.state.add_channel(self.guild, "talk", ChannelType.FORUM)
        self.channel = self.state.add_channel(self.guild, "chat")
        self.asked: list[str] = []
        self.slowness = 0
        self.refuse: Callable[[str], Exception | None] = lambda line: None

    def member(self, name: str, *roles: int) -> User:
        """Bring somebody into the server."""
        member = self.state.add_member(self.guild, name)
        member.roles.extend(roles)
        return member.user

    def rename(self, thread: Channel, title: str, by: User) -> Message:
        """Give a post another title: Discord posts a notice of it."""
        thread.name = title
        guild = self.state.guild_of(thread)
        self.state.emit("THREAD_UPDATE", payloads.channel(thread), guild)
        notice = Message(self.state.new_id(), thread.id, by, title, extra={"type": 4})
        thread.messages[notice.id] = notice
        thread.last_message = notice.id
        self.state.tell("MESSAGE_CREATE", notice)
        return notice

    def connect(self) -> Client:
        """Start a bot: a client that knows the server, and from now on hears of all that is so."""
        client = Client(intents=discord.Intents.default(), max_messages=100)
        http = LocalHTTP(client.loop)
        http.here = self
        client.http = http
        connection = client._connection
        connection.http = http
        connection.user = discord.ClientUser(state=connection, data=payloads.user(self.state.me))
        connection._add_guild_from_data(payloads.guild(self.guild, self.state.me.id))
        self.resume(client)
        return client

    def resume(self, client: Client) -> None:
        """Tell a client of all that happens from now on."""
        self.state.emit = lambda name, data, _: client._connection.parsers[name](data)

    def disconnect(self) -> None:
        """Tell nobody of anything."""
        self.state.emit = lambda name, data, guild: None


def message_of(client: Client, message: Message, state: State) -> discord.Message:
    """Make a discord.py message as the gateway would tell of it."""
    channel = state.channels[message.channel]
    guild = state.guild_of(channel)
    data: Any = payloads.message_event(message, channel, guild)
    connection = client._connection
    where, _ = connection._get_guild_channel(data)
    return discord.Message(state=connection, channel=where, data=data)


def refusal(status: int, code: int = 0, text: str = "") -> discord.HTTPException:
    """Make the error that discord.py raises for an answer."""
    kinds = {403: discord.Forbidden, 404: discord.NotFound}
    kind = discord.DiscordServerError if status >= 500 else kinds.get(status, discord.HTTPException)
    response: Any = SimpleNamespace(status=status, reason=text)
    return kind(response, {"code": code, "message": text})


def _parts(template: str, path: str) -> dict[str, str] | None:
    names, values = template.split("/"), path.split("/")
    if len(names) != len(values):
        return None
    part: dict[str, str] = {}
    for name, value in zip(names, values, strict=True):
        if name.startswith("{"):
            part[name[1:-1]] = value
        elif name != value:
            return None
    return part

"""The gateway side of the fake: sessions, sequence numbers, replay, and ways to lose them.

zlib-stream frames when the client asks for them, as discord.py does. Not what happens in a server
(`state`), which hands every event to `dispatch`.
"""

import asyncio
import json
import zlib
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.discord import payloads
from tests.fakes.discord.faults import Faults
from tests.fakes.discord.nouns import Guild
from tests.fakes.discord.state import State

PATH = "/gateway"
HEARTBEAT_MS = 20_000
MESSAGE_CONTENT = 1 << 15
DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, REQUEST_MEMBERS = 0, 1, 2, 6, 7, 8
INVALID, HELLO, ACK = 9, 10, 11
INTENTS = {"MESSAGE": (1 << 9) | (1 << 12), "GUILD_BAN": 1 << 2, "GUILD_AUDIT": 1 << 2}
"""What an application must ask for to be told of events whose names begin so; the rest: 1."""
MEMBERS = 1 << 1


@dataclass(slots=True)
class Session:
    """What one IDENTIFY began: everything it was sent, for a RESUME to ask for again."""

    id: str
    intents: int
    sent: list[tuple[int, str, dict[str, Any]]] = field(
        default_factory=list[tuple[int, str, dict[str, Any]]]
    )
    line: "Line | None" = None


class Line:
    """One websocket connection, and the frames waiting to go out on it, in order."""

    def __init__(self, request: web.Request) -> None:
        self.socket = web.WebSocketResponse(autoping=True)
        self._transport = request.transport
        self._deflate = zlib.compressobj() if "compress" in request.query else None
        self._waiting: asyncio.Queue[tuple[int, Any, str | None, int | None] | int] = (
            asyncio.Queue()
        )

    def send(self, op: int, data: Any, name: str | None = None, seq: int | None = None) -> None:
        """Send a frame once those before it are out."""
        self._waiting.put_nowait((op, data, name, seq))

    def close(self, code: int) -> None:
        """Close with a code once everything sent before is out."""
        self._waiting.put_nowait(code)

    def cut(self) -> None:
        """Cut the connection without a word, as a lost network does."""
        if self._transport is not None:
            self._transport.abort()

    async def write(self) -> None:
        """Write what waits until the connection closes; the owner cancels it then."""
        while not self.socket.closed:
            item = await self._waiting.get()
            if isinstance(item, int):
                await self.socket.close(code=item)
                return
            op, data, name, seq = item
            text = json.dumps({"op": op, "d": data, "t": name, "s": seq})
            try:
                if self._deflate is None:
                    await self.socket.send_str(text)
                else:
                    packed = self._deflate.compress(text.encode())
                    await self.socket.send_bytes(packed + self._deflate.flush(zlib.Z_SYNC_FLUSH))
            except ConnectionError:
                return


class Gateway:
    """Serves the gateway. Counters tell what the bot tried; the verbs make it go wrong."""

    def __init__(self, state: State, faults: Faults, token: str) -> None:
        self._state = state
        self._struck = faults.struck
        self._numbers = count(1)
        self._lines: set[Line] = set()
        self.token = token
        self.sessions: dict[str, Session] = {}
        self.is_up = True
        self.answers_heartbeats = True
        self.refuses_identify_with: int | None = None
        self.connects = 0
        self.refused = 0
        self.identifies = 0
        self.resumes = 0
        self.heartbeats = 0
        state.emit = self.dispatch

    @property
    def session(self) -> Session:
        """The session there is; tests have one bot."""
        return next(reversed(self.sessions.values()))

    @property
    def is_connected(self) -> bool:
        """Say whether a session is being told of events right now."""
        return any(session.line is not None for session in self.sessions.values())

    def dispatch(self, name: str, data: dict[str, Any], guild: Guild | None) -> None:
        """Tell every session of an event, if it asked for the kind; one that is away keeps it."""
        del guild
        needed = next((bits for start, bits in INTENTS.items() if name.startswith(start)), 1)
        needed = MEMBERS if name == "GUILD_MEMBER_REMOVE" else needed
        for session in self.sessions.values():
            if session.intents & needed:
                may_read = session.intents & MESSAGE_CONTENT or data.get("guild_id") is None
                is_message = name in ("MESSAGE_CREATE", "MESSAGE_UPDATE")
                is_hidden = is_message and not may_read and data["author"]["id"] != self._me
                self._send(session, name, payloads.without_words(data) if is_hidden else data)

    def cut(self) -> None:
        """Cut every connection; sessions can be resumed."""
        self._struck["gateway cut"] += 1
        self.hang_up()

    def close(self, code: int) -> None:
        """Close every connection with a code; after 4007 or 4009 the session is over."""
        self._struck[f"gateway closed with {code}"] += 1
        for line in self._lines:
            line.close(code)
        self._leave_all()
        if code in (4007, 4009):
            self.sessions.clear()

    def ask_to_reconnect(self) -> None:
        """Send op 7: the bot is to come back and resume."""
        self._struck["op 7"] += 1
        for line in self._lines:
            line.send(RECONNECT, None)
        self._leave_all()

    def invalidate(self, *, is_resumable: bool) -> None:
        """Send op 9; unless the session may be resumed, what it missed is gone."""
        self._struck["op 9 resumable" if is_resumable else "op 9"] += 1
        for line in self._lines:
            line.send(INVALID, is_resumable)
        self._leave_all()
        if not is_resumable:
            self.sessions.clear()

    def lose_session(self) -> None:
        """Forget the session and cut the line: the RESUME to come is refused with op 9."""
        self._struck["session forgotten"] += 1
        self.sessions.clear()
        self.hang_up()

    def send_again(self, name: str) -> int:
        """Send every event of a kind a second time, as a replay gone wrong would."""
        self._struck["events sent twice"] += 1
        again = [data for _, sent, data in self.session.sent if sent == name]
        for data in again:
            self._send(self.session, name, data)
        return len(again)

    def hang_up(self) -> None:
        """Let go of every connection, as a server that ends does."""
        for line in self._lines:
            line.cut()
        self._leave_all()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection from its HELLO to its end."""
        if not self.is_up:
            self.refused += 1
            self._struck["gateway down"] += 1
            self._state.changed()
            return web.Response(status=503, text="no gateway")
        self.connects += 1
        line = Line(request)
        await line.socket.prepare(request)
        self._lines.add(line)
        writer = asyncio.create_task(line.write())
        line.send(HELLO, {"heartbeat_interval": HEARTBEAT_MS})
        try:
            async for frame in line.socket:
                if frame.type is WSMsgType.TEXT:
                    self._hear(line, json.loads(frame.data))
        finally:
            writer.cancel()
            self._lines.discard(line)
            self._leave(line)
        return line.socket

    @property
    def _me(self) -> str:
        return str(self._state.me.id)

    def _hear(self, line: Line, frame: dict[str, Any]) -> None:
        match frame["op"]:
            case 1:
                self.heartbeats += 1
                if self.answers_heartbeats:
                    line.send(ACK, None)
            case 2:
                self._identify(line, frame["d"])
            case 6:
                self._resume(line, frame["d"])
            case 8:
                self._send_members(line, frame["d"])
            case _:
                pass
        self._state.changed()

    def _identify(self, line: Line, asked: dict[str, Any]) -> None:
        self.identifies += 1
        code = 4004 if asked["token"] != self.token else self.refuses_identify_with
        if code is not None:
            self._struck[f"IDENTIFY refused with {code}"] += 1
            line.close(code)
            return
        session = Session(f"session-{next(self._numbers)}", asked["intents"], line=line)
        self.sessions[session.id] = session
        guilds = list(self._state.guilds.values())
        ready = {
            "v": 10,
            "user": payloads.user(self._state.me),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self._state.gateway_url,
            "application": {"id": self._me, "flags": self._state.application_flags},
        }
        self._send(session, "READY", ready)
        for guild in guilds:
            self._send(session, "GUILD_CREATE", payloads.guild(guild, self._state.me.id))

    def _resume(self, line: Line, asked: dict[str, Any]) -> None:
        self.resumes += 1
        session = self.sessions.get(asked["session_id"])
        if session is None or asked["token"] != self.token:
            line.send(INVALID, data=False)
            return
        session.line = line
        for seq, name, data in session.sent:
            if seq > asked["seq"]:
                line.send(DISPATCH, data, name, seq)
        self._send(session, "RESUMED", {})

    def _send_members(self, line: Line, asked: dict[str, Any]) -> None:
        guild = self._state.guild(asked["guild_id"])
        wanted = {int(i) for i in asked.get("user_ids", [])}
        found = [m for m in guild.members.values() if not wanted or m.user.id in wanted]
        chunk = {"guild_id": str(guild.id), "chunk_index": 0, "chunk_count": 1}
        chunk |= {"members": [payloads.member(m) for m in found], "nonce": asked.get("nonce")}
        for session in self.sessions.values():
            if session.line is line:
                self._send(session, "GUILD_MEMBERS_CHUNK", {**chunk, "not_found": []})

    def _send(self, session: Session, name: str, data: dict[str, Any]) -> None:
        seq = len(session.sent) + 1
        session.sent.append((seq, name, data))
        if session.line is not None:
            session.line.send(DISPATCH, data, name, seq)

    def _leave(self, line: Line) -> None:
        for session in self.sessions.values():
            if session.line is line:
                session.line = None
        self._state.changed()

    def _leave_all(self) -> None:
        for session in self.sessions.values():
            session.line = None
        self._state.changed()

"""A world to break: servers watched by the bot, one for each step, and what must be so at the end.

`Scene` posts comments and keeps what each deserves; `reckon` holds the fake's ground truth and the
bot's own record against it. Nothing here goes wrong by itself: faults are scripted by the tests.
"""

import json
import re
import sqlite3
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.ids import GuildId
from bot.policy.policy_file import load_preset
from bot.storage.storage import open_storage
from config.guild import GuildSettings
from config.labels import Label
from config.policy import LadderStep, Mode, Policy, StepKind
from tests.fakes.discord.nouns import Channel, ChannelType, DeedKind, Guild, Message, User
from tests.fakes.discord.server import FakeDiscord
from tests.faults.tally import Tally

KEY = b64encode(bytes(32))
"""Seals the words in the database, in the tests as in the bot."""
RUDE = "vile"
"""A comment with this word in it is a threat to the scripted scorer; every other one is fine."""
SCRIPT = {RUDE: {Label.THREAT: 0.97}}
STEPS = (StepKind.WARN, StepKind.DELETE, StepKind.TIMEOUT, StepKind.KICK, StepKind.BAN)
_COUNTS = """
SELECT (SELECT count(*) FROM cursors WHERE thread_id LIKE 'begun:%'),
       (SELECT count(DISTINCT comment_id) FROM journal),
       (SELECT count(*) FROM cases WHERE state = 'pending'),
       (SELECT count(*) FROM effects WHERE state IN ('planned', 'sent'))
"""
"""Forums that the bot has begun to watch, comments judged, cases and effects left to carry out."""
_SANCTIONS = {
    StepKind.TIMEOUT: DeedKind.TIMEOUT,
    StepKind.KICK: DeedKind.KICK,
    StepKind.BAN: DeedKind.BAN,
}


@dataclass(slots=True)
class Server:
    """One watched server: everybody who is rude there gets the same step."""

    step: StepKind
    guild: Guild
    forum: Channel
    log: Channel
    thread: Channel


@dataclass(slots=True)
class Said:
    """One comment, and what it deserves."""

    server: Server
    message: Message
    author: User
    is_rude: bool
    is_refused: bool = False
    """Discord does not let the bot act: nothing may come of it but a record."""


@dataclass(slots=True)
class Record:
    """What the bot's database says, as far as the suite asks."""

    judged: Counter[int] = field(default_factory=Counter[int])
    cases: dict[int, int] = field(default_factory=dict[int, int])
    """comment -> number"""


class Scene:
    """Servers, members and comments on a fake Discord, and the file of the bot's database."""

    def __init__(self, discord: FakeDiscord, database: Path) -> None:
        self.discord = discord
        self.database = database
        self.said: list[Said] = []
        self.check_alive: Callable[[], None] = lambda: None
        self.servers: dict[StepKind, Server] = {}

    async def set_up(self, steps: Iterable[StepKind] = STEPS) -> None:
        """Make a server for each step, and tell the bot's database of it, as /setup would."""
        async with open_storage(str(self.database), key=KEY, clock=now) as storage:
            for step in steps:
                server = self._add_server(step)
                guild = GuildId(str(server.guild.id))
                settings = GuildSettings(
                    watched=frozenset({str(server.forum.id)}),
                    log_channel=str(server.log.id),
                    fuse_actions=10_000,
                    fuse_share=1.0,
                    set_up_at=now(),
                )
                await storage.guilds.save_settings(guild, settings)
                await storage.guilds.save_policy(
                    guild, always(step), by=None, note="for the faults", at=now()
                )

    def say(self, step: StepKind, *, is_rude: bool = False, author: User | None = None) -> Said:
        """Let somebody (a new member, unless named) write a comment in the server of a step."""
        server = self.servers[step]
        state = self.discord.state
        number = len(self.said) + 1
        if author is None:
            author = state.add_member(server.guild, f"member {number}").user
        text = f"that is {RUDE}, number {number}" if is_rude else f"a good point, number {number}"
        said = Said(server, state.post(server.thread, author, text), author, is_rude)
        self.said.append(said)
        return said

    def edit(self, said: Said, *, is_rude: bool) -> None:
        """Let somebody change their comment: for the worse, or not."""
        words = f"no, that is {RUDE}" if is_rude else "well, a fair point"
        self.discord.state.edit(said.message, f"{words}, number {self.said.index(said) + 1}")
        said.is_rude = is_rude

    async def settled(self, *, within_s: float = 30.0) -> None:
        """Wait until every comment is judged and nothing is left to carry out."""
        await self.discord.state.until(self.is_settled, within_s=within_s)

    def read(self) -> Record:
        """Read the bot's record from its file."""
        with self._open() as file:
            return _read(file)

    def reckon(self) -> Tally:
        """Hold what happened against what should have: counts, and a sentence for each fault."""
        record = self.read()
        tally = Tally(struck=Counter(self.discord.faults.struck), posted=len(self.said))
        unjudged = self._unjudged(record)
        tally.lost += len(unjudged)
        tally.problems += [f"{said.message.content!r} was not judged" for said in unjudged]
        for said in self.said:
            if said.is_rude and not said.is_refused:
                self._check_acted_on(tally, said, record)
            else:
                self._check_left_alone(tally, said)
        return tally

    def _add_server(self, step: StepKind) -> Server:
        state = self.discord.state
        guild = state.add_guild(f"Server {step}")
        forum = state.add_channel(guild, "talk", ChannelType.FORUM)
        log = state.add_channel(guild, "mod-log")
        host = state.add_member(guild, f"host {step}").user
        thread = state.add_thread(forum, "The bridge", host, "a good start, number 0")
        server = self.servers[step] = Server(step, guild, forum, log, thread)
        return server

    def is_settled(self) -> bool:
        """Say whether every comment is judged and nothing is left to carry out.

        Raises:
            AssertionError: the bot has ended, so that it never will be.
        """
        self.check_alive()
        with self._open() as file:
            begun, judged, pending, unsettled = file.execute(_COUNTS).fetchone()
            if pending or unsettled or begun < len(self.servers):
                return False
            return judged >= len(self.said) or not self._unjudged(_read(file))

    def _unjudged(self, record: Record) -> list[Said]:
        """List the comments without a verdict.

        It stands in the journal. After a crash between a case and its entry the comment may be gone
        before it can be read again; then the case is all there is, and all that is needed.
        """
        return [
            said
            for said in self.said
            if not record.judged[said.message.id]
            and (
                said.message.id in said.server.thread.messages
                or said.message.id not in record.cases
            )
        ]

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection]:
        """Open the bot's database as it is at one moment."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as file:
            file.execute("BEGIN")
            yield file

    def _check_acted_on(self, tally: Tally, said: Said, record: Record) -> None:
        state, step, member = self.discord.state, said.server.step, said.author.id
        name = f"{step} of {said.author.name}"
        if said.message.id not in record.cases:
            tally.lost += 1
            tally.problems.append(f"{name}: no case")
            return
        number = record.cases[said.message.id]
        removals = state.count(DeedKind.DELETE, said.message.id)
        _check(tally, f"{name}: deletions", removals, int(step is not StepKind.WARN))
        for kind in _SANCTIONS.values():
            wanted = int(kind is _SANCTIONS.get(step))
            _check(tally, f"{name}: {kind}", state.count(kind, member), wanted)
        _check(tally, f"{name}: notices", state.count(DeedKind.DM, member), 1)
        posts = sum(_is_about(post, number) for post in said.server.log.messages.values())
        _check(tally, f"{name}: mod-log posts of case {number}", posts, 1)

    def _check_left_alone(self, tally: Tally, said: Said) -> None:
        state = self.discord.state
        targets = (said.message.id, said.author.id)
        deeds = [d for d in state.deeds if d.by == state.me.id and d.target in targets]
        tally.wronged += len(deeds)
        tally.problems += [f"{said.author.name} was innocent: {deed}" for deed in deeds]


def always(step: StepKind) -> Policy:
    """Make a policy whose ladder has one step, which needs no human."""
    minutes = 60 if step is StepKind.TIMEOUT else None
    ladder = (LadderStep(at_points=1, step=step, minutes=minutes),)
    changes = {"ladder": ladder, "max_without_human": StepKind.BAN, "mode": Mode.ENFORCE}
    return load_preset("balanced").model_copy(update=changes)


def _read(file: sqlite3.Connection) -> Record:
    record = Record()
    for (comment,) in file.execute("SELECT comment_id FROM journal"):
        record.judged[int(comment)] += 1
    for comment, number in file.execute("SELECT comment_id, number FROM cases"):
        record.cases[int(comment)] = number
    return record


def _check(tally: Tally, what: str, count: int, wanted: int) -> None:
    if count == wanted:
        return
    if count < wanted:
        tally.lost += wanted - count
    elif wanted:
        tally.doubled += count - wanted
    else:
        tally.wronged += count
    tally.problems.append(f"{what}: {count}, expected {wanted}")


def _is_about(post: Message, number: int) -> bool:
    """Tell by the names of a post's buttons whether it shows a case."""
    return re.search(f'evenhand:case:\\w+:{number}"', json.dumps(post.extra)) is not None


def now() -> datetime:
    """Tell the time, aware UTC."""
    return datetime.now(UTC)

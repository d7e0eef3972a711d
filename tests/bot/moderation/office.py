"""A server with its moderators, for stories about the use-cases: everything in memory."""

from datetime import UTC, datetime, timedelta

from bot.domain.appeal import Appeal
from bot.domain.case import Case, EventKind
from bot.domain.comment import Author, Comment, Place
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId
from bot.moderation.actor import Actor
from bot.moderation.desk import Desk, make_desk
from bot.moderation.pipeline import Context, Heard
from bot.policy.edits import with_mode
from bot.policy.policy_file import load_preset
from bot.storage.storage import Storage
from config.guild import GuildSettings
from config.labels import Label
from config.policy import Mode, Policy
from tests.fakes.memory_storage import MemoryStorage
from tests.fakes.recording_enforcer import RecordingEnforcer
from tests.fakes.scripted_scorer import ScriptedScorer

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
GUILD = GuildId("900")
PLACE = Place(GUILD, PlaceId("910"), PlaceId("920"))

SCRIPT = {
    # harassment: act 0.85, 1 to 2 points; 0.85 earns exactly 1.
    "twit": {Label.INSULT: 0.85},
    "clod": {Label.INSULT: 1.0},
    # flagged between 0.60 and 0.85.
    "maybe": {Label.INSULT: 0.70},
    # slur: act 0.85, 2 to 3 points.
    "slur": {Label.IDENTITY_ATTACK: 0.85},
    # incitement: act 0.85, 2.5 to 4 points.
    "threat": {Label.THREAT: 0.85},
    "doubtful": {Label.THREAT: 0.55},
}

BALANCED = load_preset("balanced")
ENFORCING = with_mode(BALANCED, Mode.ENFORCE)

ANN = Actor(MemberId("1"), "Ann")
BOB = Actor(MemberId("2"), "Bob")
MAY = Actor(MemberId("11"), "May", may_moderate=True)
MOE = Actor(MemberId("12"), "Moe", may_moderate=True)
ADA = Actor(MemberId("21"), "Ada", may_moderate=True, may_administer=True)


def author(actor: Actor, *, immune: str | None = None, is_bot: bool = False) -> Author:
    return Author(actor.id, actor.name, is_bot=is_bot, immune=immune)


class Clock:
    """Monday morning, until it is moved."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now


class Office:
    """One server, its record, and the desk; `later` moves the clock.

    Without a storage everything is kept in memory; one that is given has the same clock.
    """

    def __init__(
        self,
        policy: Policy = ENFORCING,
        *,
        storage: MemoryStorage | Storage | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.storage = storage or MemoryStorage(self.clock)
        self.scorer = ScriptedScorer(SCRIPT)
        self.enforcer = RecordingEnforcer(self.storage.ledger)
        self.policy = policy
        self.desk: Desk = make_desk(
            self.storage,
            scorer=self.scorer,
            enforcer=self.enforcer,
            default_policy=policy,
            clock=self.clock,
        )
        self._comments = 0

    async def open_for_business(self, **settings: object) -> "Office":
        """Let an admin switch the policy on, and set what a story needs."""
        await self.storage.guilds.save_policy(GUILD, self.policy, by=ADA.id, note="on", at=self.now)
        await self.desk.policies.refresh(GUILD)
        await self.storage.guilds.save_settings(GUILD, GuildSettings.model_validate(settings))
        return self

    @property
    def now(self) -> datetime:
        return self.clock.now

    def later(self, **span: float) -> None:
        self.clock.now += timedelta(**span)

    def comment(self, who: Actor | Author, text: str, *, revision: int = 0) -> Comment:
        self._comments += 1
        return Comment(
            id=CommentId(str(1000 + self._comments)),
            place=PLACE,
            author=who if isinstance(who, Author) else author(who),
            text=text,
            created_at=self.now,
            position=self._comments,
            revision=revision,
        )

    async def say(self, who: Actor | Author, text: str) -> Case | None:
        """Say something in answer to somebody; gives the case that came of it, carried out."""
        comment = self.comment(who, text)
        other = self.comment(Author(MemberId("77"), "Zed"), "hello")
        heard = Heard(comment, Context((other,), (other.author,)))
        [judgement] = await self.desk.pipeline.judge([heard])
        if judgement.record is None:
            return None
        return await self.desk.carry_out.run(judgement.record)

    async def sanctioned(self, who: Actor | Author, text: str) -> Case:
        """Say something of which a case must come."""
        case = await self.say(who, text)
        assert case is not None
        return case

    async def kinds(self, case: Case) -> list[EventKind]:
        return [line.kind for line in await self.storage.cases.timeline(GUILD, case.number)]

    async def said(self, case: Case, kind: EventKind) -> list[str]:
        lines = await self.storage.cases.timeline(GUILD, case.number)
        return [line.text for line in lines if line.kind is kind]

    async def points(self, who: Actor) -> float:
        return (await self.desk.standing.of(GUILD, who.id)).points

    async def current(self, case: Case) -> Case:
        found = await self.storage.cases.get(GUILD, case.number)
        assert found is not None
        return found

    async def appealed(self, who: Actor, case: Case, words: str = "I meant a fish.") -> Appeal:
        return await self.desk.appeals.open(GUILD, case.number, who, words)

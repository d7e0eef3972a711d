"""What the use-cases need of the world. Adapters fit these by shape; nothing inherits from them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.action import Action, Outcome
from bot.domain.appeal import Appeal, AppealState, Remark
from bot.domain.case import Case, CaseEvent, CaseKey, CaseState, Draft, Strike
from bot.domain.effect import Effect, EffectState, PlannedEffect
from bot.domain.ids import AppealId, CommentId, GuildId, MemberId
from bot.domain.journal import Cursor, Entry
from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Scores
from config.guild import GuildSettings
from config.labels import Label
from config.policy import Policy


class Scorer(Protocol):
    """Texts in, scores out. Fitted by `bot.scoring.scorer.DetoxifyScorer`."""

    @property
    def model(self) -> ModelId:
        """Say which model speaks."""
        ...

    @property
    def labels(self) -> tuple[Label, ...]:
        """Say which labels the model has."""
        ...

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        """Score each reading, in order: the worst over spellings and windows.

        Raises:
            ScoringError: nothing was scored; nobody may be acted on.
        """
        ...


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are asked for; None asks for all. Newest first, at most `limit`."""

    member: MemberId | None = None
    states: frozenset[CaseState] | None = None
    since: datetime | None = None
    automatic: bool | None = None
    """True: opened by the model alone; False: by people."""
    words: str | None = None
    """Found in the case's reason or the member's name, in any case of letters (not in the text,
    which is encrypted)."""
    limit: int = 25


@dataclass(frozen=True, slots=True)
class Lift:
    """What an overturned case takes along: the step of a later case that it had led to.

    `case` is the later case's number: it gets the event and the effects, and keeps its state.
    """

    case: int
    event: CaseEvent
    effects: tuple[PlannedEffect, ...]


class CaseLog(Protocol):
    """The record of cases. Fitted by `bot.storage.case_log.SqlCaseLog`."""

    async def find(self, key: CaseKey) -> Case | None:
        """Find the case of a comment version; None when there is none."""
        ...

    async def get(self, guild: GuildId, number: int) -> Case | None:
        """Find a case by its number; None when there is none."""
        ...

    async def list_cases(self, guild: GuildId, wanted: CaseFilter) -> list[Case]:
        """List the cases asked for, newest first."""
        ...

    async def of_comment(self, guild: GuildId, comment: CommentId) -> list[Case]:
        """List the cases of all versions of a comment, oldest version first."""
        ...

    async def pending(self) -> list[Case]:
        """List every pending case of every server, oldest first: what a crash may have left."""
        ...

    async def strikes(self, guild: GuildId, member: MemberId, *, rehearsed: bool) -> list[Strike]:
        """List a member's strikes, oldest first; those of void cases are left out.

        `rehearsed` adds those of shadow mode, to see how a policy would have climbed.
        """
        ...

    async def open(self, draft: Draft, effects: Sequence[PlannedEffect] = ()) -> Case:
        """Record a case and its planned effects, in one transaction, before anything is done.

        PENDING with an action (APPLIED where a hand draft is done already), else REVIEW. Opening
        the same key again returns the first case unchanged: a comment is judged once.
        """
        ...

    async def settle(self, case: Case, outcome: Outcome) -> Case:
        """Record how a pending case's action ended. Settling a settled case is an error."""
        ...

    async def decide(
        self,
        case: Case,
        state: CaseState,
        *,
        event: CaseEvent,
        action: Action | None = None,
        strike: Strike | None = None,
        effects: Sequence[PlannedEffect] = (),
        lifts: Sequence[Lift] = (),
    ) -> Case:
        """Record a human's decision: the new state, its line in the timeline, and its effects.

        `action` and `strike` replace the case's where given (a flagged case that is acted on).
        `event.actor` becomes `decided_by`. `lifts` add events and effects to other cases of the
        guild. All in one transaction.

        Raises:
            StaleCaseError: the case is no longer in the state it was handed in with (somebody was
                quicker), or may not move so.
        """
        ...

    async def note(self, guild: GuildId, number: int, event: CaseEvent) -> None:
        """Add a line to a case's timeline."""
        ...

    async def timeline(self, guild: GuildId, number: int) -> list[CaseEvent]:
        """List a case's timeline, oldest first."""
        ...

    async def count_automatic(self, guild: GuildId, since: datetime) -> int:
        """Count cases with an action that the model opened in enforce mode since then."""
        ...


class Ledger(Protocol):
    """What is done to Discord, once each. Fitted by `bot.storage.ledger.SqlLedger`."""

    async def effects(self, guild: GuildId, case: int) -> list[Effect]:
        """List a case's effects in their order."""
        ...

    async def plan(
        self, guild: GuildId, case: int, effects: Sequence[PlannedEffect]
    ) -> list[Effect]:
        """Add effects behind those a case has; returns the new ones."""
        ...

    async def mark_sent(self, effect: Effect) -> Effect:
        """Record, before the request, that it may reach Discord; counts an attempt."""
        ...

    async def settle(
        self,
        effect: Effect,
        state: EffectState,
        *,
        error: str | None = None,
        message: str | None = None,
    ) -> Effect:
        """Record how an effect ended. A settled effect never changes again."""
        ...

    async def unsettled(self) -> list[Effect]:
        """List every planned or sent effect of every server, oldest first."""
        ...


class Enforcer(Protocol):
    """Carries a case's effects out, each once. Fitted by `bot.enforcement.enforcer`."""

    async def enforce(self, case: Case) -> Outcome:
        """Do what the case's planned effects say and tell how it ended; never raises for a refusal.

        An effect that was sent before (a crash) is looked up, not repeated.
        """
        ...

    async def follow_up(self, case: Case) -> None:
        """Carry out what is planned once a case is settled: reversals, news, the mod-log post."""
        ...


class Journal(Protocol):
    """Every judged comment, and how far each thread was read. `bot.storage.journal.SqlJournal`."""

    async def known(self, keys: Collection[CaseKey]) -> frozenset[CaseKey]:
        """Say which of these comment versions are judged already."""
        ...

    async def record(self, entries: Sequence[Entry]) -> None:
        """Record judged comments; an entry that is there stays as it is."""
        ...

    async def entries(self, guild: GuildId, since: datetime, *, limit: int = 20_000) -> list[Entry]:
        """List what was judged since then, newest first."""
        ...

    async def count(self, guild: GuildId, since: datetime) -> int:
        """Count what was judged since then."""
        ...

    async def cursors(self, guild: GuildId) -> list[Cursor]:
        """List how far each thread of a guild was read."""
        ...

    async def advance(self, cursor: Cursor) -> None:
        """Move a thread's cursor; never back (ids compare as numbers)."""
        ...


class Appeals(Protocol):
    """The record of appeals. Fitted by `bot.storage.appeals.SqlAppeals`."""

    async def open(self, appeal: Appeal) -> Appeal:
        """Record a new appeal.

        Raises:
            StaleCaseError: the case has an open appeal, or a decided one, already.
        """
        ...

    async def get(self, appeal: AppealId) -> Appeal | None:
        """Find an appeal; None when there is none."""
        ...

    async def of_case(self, guild: GuildId, case: int) -> list[Appeal]:
        """List a case's appeals, oldest first."""
        ...

    async def list_open(self, guild: GuildId) -> list[Appeal]:
        """List a guild's open appeals, the one due first first."""
        ...

    async def of_member(self, guild: GuildId, member: MemberId) -> list[Appeal]:
        """List a member's appeals, newest first."""
        ...

    async def remark(self, appeal: Appeal, remark: Remark) -> Appeal:
        """Add a turn to the dialogue of an open appeal.

        Raises:
            StaleCaseError: the appeal is no longer open.
        """
        ...

    async def close(
        self, appeal: Appeal, state: AppealState, *, by: MemberId, at: datetime, reason: Remark
    ) -> Appeal:
        """End an open appeal; `reason` becomes its last remark.

        Raises:
            StaleCaseError: somebody was quicker.
        """
        ...

    async def due(self, now: datetime) -> list[Appeal]:
        """List open appeals of all servers that are past `due_at` and not yet reminded of."""
        ...

    async def mark_reminded(self, appeal: Appeal, now: datetime) -> Appeal:
        """Record that moderators were reminded."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """A moderator's hold on a queue item, so that no two work on one. It lapses at `until`."""

    guild: GuildId
    case: int
    moderator: MemberId
    until: datetime


class Claims(Protocol):
    """Who works on which queue item. Fitted by `bot.storage.claims.SqlClaims`."""

    async def take(self, claim: Claim, now: datetime) -> Claim:
        """Take a free or lapsed item, or renew one's own; otherwise returns whose it is."""
        ...

    async def release(self, guild: GuildId, case: int) -> None:
        """Give an item back."""
        ...

    async def held(self, guild: GuildId, now: datetime) -> list[Claim]:
        """List the claims that have not lapsed."""
        ...


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One saved policy of a guild. `number` counts from 1; `by` is None for the first default."""

    guild: GuildId
    number: int
    policy: Policy
    saved_at: datetime
    by: MemberId | None
    note: str


class Guilds(Protocol):
    """Each server's settings and its history of policies. Fitted by `bot.storage.guilds`."""

    async def settings(self, guild: GuildId) -> GuildSettings:
        """Give a server's settings; the defaults where none are saved."""
        ...

    async def save_settings(self, guild: GuildId, settings: GuildSettings) -> None:
        """Save a server's settings."""
        ...

    async def policy(self, guild: GuildId) -> PolicyVersion | None:
        """Give the policy that holds; None where none was ever saved."""
        ...

    async def save_policy(
        self, guild: GuildId, policy: Policy, *, by: MemberId | None, note: str, at: datetime
    ) -> PolicyVersion:
        """Save a policy as the newest version, which holds from now on."""
        ...

    async def policies(self, guild: GuildId) -> list[PolicyVersion]:
        """List a guild's policies, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class Stored:
    """What is kept about one member: how many of each, and until when (a sentence each)."""

    cases: int
    appeals: int
    journal_entries: int
    texts: int


class Archive(Protocol):
    """What is kept and forgotten, across all tables. Fitted by `bot.storage.archive.SqlArchive`."""

    async def stored(self, guild: GuildId, member: MemberId) -> Stored:
        """Count what is kept about a member."""
        ...

    async def export(self, guild: GuildId, member: MemberId) -> dict[str, object]:
        """Give all that is kept about a member, as JSON can hold it."""
        ...

    async def erase(self, guild: GuildId, member: MemberId, *, keep_cases: Collection[int]) -> int:
        """Erase a member's words and names everywhere; scores and ids stay. Counts what changed.

        The text of the cases in `keep_cases` is frozen evidence and stays until its time is up.
        """
        ...

    async def sweep(self, now: datetime) -> int:
        """Erase every text and entry whose retention time is over; counts what changed.

        Evidence of a case with an open appeal stays.
        """
        ...

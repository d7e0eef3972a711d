"""What the use-cases need of the world. Adapters fit these by shape; nothing inherits from them."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.action import Outcome
from bot.domain.case import Case, CaseDraft, CaseKey, Strike
from bot.domain.ids import GuildId, MemberId
from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Scores
from config.labels import Label


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


class CaseLog(Protocol):
    """The record of cases. Fitted by `bot.storage.case_log.SqlCaseLog`."""

    async def find(self, key: CaseKey) -> Case | None:
        """Find the case of a comment version; None when there is none."""
        ...

    async def strikes(self, guild: GuildId, member: MemberId, *, rehearsed: bool) -> list[Strike]:
        """List a member's strikes, oldest first; those of failed cases are left out.

        `rehearsed` adds those of shadow mode, to see how a policy would have climbed.
        """
        ...

    async def open(self, draft: CaseDraft) -> Case:
        """Record a case before anything is done: PENDING with an action, else REVIEW.

        Opening the same key again returns the first case unchanged: a comment is judged once.
        """
        ...

    async def settle(self, case: Case, outcome: Outcome) -> Case:
        """Record how a pending case's action ended. Settling a settled case is an error."""
        ...


class Enforcer(Protocol):
    """Carries an action out, and never raises for a refused one."""

    async def enforce(self, case: Case) -> Outcome:
        """Do what the case's action says, once."""
        ...

"""A case log in memory, for tests of what stands on the port.

Held to the same contract as the one in a database (tests/bot/storage/test_case_log_contract.py).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.domain.action import Applied, Failed, Outcome, Shadowed
from bot.domain.case import Case, CaseDraft, CaseKey, CaseState, Strike
from bot.domain.ids import GuildId, MemberId
from bot.errors import StorageError
from config.policy import Mode


class MemoryCaseLog:
    """Cases in a dictionary, in the order they were opened."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._cases: dict[CaseKey, Case] = {}
        self._clock = clock

    async def find(self, key: CaseKey) -> Case | None:
        return self._cases.get(key)

    async def list_cases(self, guild: GuildId) -> list[Case]:
        return [case for case in self._cases.values() if case.draft.key.guild == guild]

    async def strikes(self, guild: GuildId, member: MemberId, *, rehearsed: bool) -> list[Strike]:
        strikes = [
            case.draft.strike
            for case in await self.list_cases(guild)
            if case.draft.comment.author.id == member
            and case.draft.strike is not None
            and _counts(case, rehearsed=rehearsed)
        ]
        return sorted(strikes, key=lambda strike: strike.at)

    async def open(self, draft: CaseDraft) -> Case:
        if draft.key not in self._cases:
            self._cases[draft.key] = Case(
                number=len(await self.list_cases(draft.key.guild)) + 1,
                draft=draft,
                state=CaseState.PENDING if draft.action else CaseState.REVIEW,
            )
        return self._cases[draft.key]

    async def settle(self, case: Case, outcome: Outcome) -> Case:
        known = self._cases.get(case.draft.key)
        if known is None or known.state is not CaseState.PENDING:
            raise StorageError(f"case {case.number} is not pending")
        match outcome:
            case Applied():
                state, failure = CaseState.APPLIED, None
            case Failed(reason):
                state, failure = CaseState.FAILED, reason
            case Shadowed():
                state, failure = CaseState.SHADOW, None
        settled = replace(known, state=state, settled_at=self._clock(), failure=failure)
        self._cases[case.draft.key] = settled
        return settled


def _counts(case: Case, *, rehearsed: bool) -> bool:
    return case.state is not CaseState.FAILED and (rehearsed or case.draft.mode is not Mode.SHADOW)

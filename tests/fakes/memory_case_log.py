"""A case log in memory, for tests of what stands on the port.

Held to the same contract as the one in a database (tests/bot/storage/test_case_log_contract.py).
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.domain.action import Action, Outcome
from bot.domain.case import (
    VOID_STATES,
    Case,
    CaseEvent,
    CaseKey,
    CaseState,
    Draft,
    Strike,
)
from bot.domain.effect import PlannedEffect
from bot.domain.ids import CommentId, GuildId, MemberId
from bot.errors import StaleCaseError
from bot.moderation.ports import CaseFilter, Lift
from bot.storage.moves import (
    decided,
    is_automatic,
    lines_of_opening,
    lines_of_settling,
    mentions_words,
    not_pending,
    opened,
    settled,
)
from config.policy import Mode
from tests.fakes.memory_ledger import MemoryLedger


class MemoryCaseLog:
    """Cases in a dictionary, in the order they were opened, and their planned effects."""

    def __init__(self, clock: Callable[[], datetime], ledger: MemoryLedger | None = None) -> None:
        self.by_key: dict[CaseKey, Case] = {}
        self.lines: dict[tuple[GuildId, int], list[CaseEvent]] = {}
        self.ledger = ledger or MemoryLedger(clock)
        self._clock = clock

    async def find(self, key: CaseKey) -> Case | None:
        return self.by_key.get(key)

    async def get(self, guild: GuildId, number: int) -> Case | None:
        return next((case for case in self.of_guild(guild) if case.number == number), None)

    async def list_cases(self, guild: GuildId, wanted: CaseFilter) -> list[Case]:
        found = [case for case in reversed(self.of_guild(guild)) if _is_wanted(case, wanted)]
        return found[: wanted.limit]

    async def of_comment(self, guild: GuildId, comment: CommentId) -> list[Case]:
        found = [c for c in self.of_guild(guild) if c.draft.key.comment == comment]
        return sorted(found, key=lambda case: case.draft.key.revision)

    async def pending(self) -> list[Case]:
        waiting = [c for c in self.by_key.values() if c.state is CaseState.PENDING]
        return sorted(waiting, key=lambda c: (c.draft.opened_at, c.guild, c.number))

    async def strikes(self, guild: GuildId, member: MemberId, *, rehearsed: bool) -> list[Strike]:
        strikes = [
            case.strike
            for case in self.of_guild(guild)
            if case.draft.member.id == member
            and case.strike is not None
            and _counts(case, rehearsed=rehearsed)
        ]
        return sorted(strikes, key=lambda strike: strike.at)

    async def open(self, draft: Draft, effects: Sequence[PlannedEffect] = ()) -> Case:
        known = self.by_key.get(draft.key)
        if known is not None:
            return known
        case = opened(draft, len(self.of_guild(draft.key.guild)) + 1)
        self.by_key[draft.key] = case
        self.lines[case.guild, case.number] = list(lines_of_opening(case))
        self.ledger.add(case.guild, case.number, effects, self._clock())
        return case

    async def settle(self, case: Case, outcome: Outcome) -> Case:
        known = self.by_key.get(case.draft.key)
        if known is None or known.state is not CaseState.PENDING:
            raise not_pending(case, known and known.state)
        now = self._clock()
        moved = settled(known, outcome, now)
        return self._put(moved, lines_of_settling(moved, now))

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
        known = self.by_key.get(case.draft.key)
        moved = decided(known, case, state, event=event, action=action, strike=strike)
        self.ledger.add(case.guild, case.number, effects, self._clock())
        for lift in lifts:
            await self.note(case.guild, lift.case, lift.event)
            self.ledger.add(case.guild, lift.case, lift.effects, self._clock())
        return self._put(moved, (event,))

    async def note(self, guild: GuildId, number: int, event: CaseEvent) -> None:
        if (guild, number) not in self.lines:
            raise StaleCaseError(f"There is no case {number}.")
        self.lines[guild, number].append(event)

    async def timeline(self, guild: GuildId, number: int) -> list[CaseEvent]:
        return sorted(self.lines.get((guild, number), []), key=lambda event: event.at)

    async def count_automatic(self, guild: GuildId, since: datetime) -> int:
        return sum(
            is_automatic(case)
            and case.draft.action is not None
            and case.draft.mode is Mode.ENFORCE
            and case.draft.opened_at >= since
            for case in self.of_guild(guild)
        )

    def of_guild(self, guild: GuildId) -> list[Case]:
        return [case for case in self.by_key.values() if case.guild == guild]

    def _put(self, case: Case, lines: Sequence[CaseEvent]) -> Case:
        self.by_key[case.draft.key] = case
        self.lines[case.guild, case.number].extend(lines)
        return case


def _counts(case: Case, *, rehearsed: bool) -> bool:
    return case.state not in VOID_STATES and (rehearsed or case.draft.mode is not Mode.SHADOW)


def _is_wanted(case: Case, wanted: CaseFilter) -> bool:
    return (
        wanted.member in {None, case.draft.member.id}
        and (wanted.states is None or case.state in wanted.states)
        and (wanted.since is None or case.draft.opened_at >= wanted.since)
        and wanted.automatic in {None, is_automatic(case)}
        and mentions_words(wanted.words, (case.draft.reason, case.draft.member.name))
    )

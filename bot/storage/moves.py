"""How a case moves: opened, settled, decided, and the line of its timeline that each move writes.

Pure: nothing is stored here (`bot.storage.case_log` does). The rules hold for every case log.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.action import Action, Applied, Failed, Outcome, Shadowed
from bot.domain.case import (
    MOVES,
    Case,
    CaseEvent,
    CaseState,
    Draft,
    EventKind,
    HandDraft,
    Origin,
    Strike,
)
from bot.errors import StaleCaseError, StorageError


def opened(draft: Draft, number: int) -> Case:
    """Make a case of a draft: PENDING with an action, APPLIED where it is done, else REVIEW."""
    is_done = isinstance(draft, HandDraft) and draft.is_done
    if is_done:
        state = CaseState.APPLIED
    else:
        state = CaseState.REVIEW if draft.action is None else CaseState.PENDING
    return Case(
        number=number,
        draft=draft,
        state=state,
        action=draft.action,
        strike=draft.strike,
        settled_at=draft.opened_at if is_done else None,
    )


def lines_of_opening(case: Case) -> tuple[CaseEvent, ...]:
    """Write how a case begins in its timeline."""
    draft = case.draft
    first = CaseEvent(draft.opened_at, EventKind.OPENED, draft.moderator, draft.reason)
    if case.state is not CaseState.APPLIED:
        return (first,)
    return (first, CaseEvent(draft.opened_at, EventKind.APPLIED, draft.moderator, ""))


def settled(case: Case, outcome: Outcome, now: datetime) -> Case:
    """Say what a pending case becomes."""
    match outcome:
        case Applied():
            return replace(case, state=CaseState.APPLIED, settled_at=now, failure=None)
        case Failed(reason):
            return replace(case, state=CaseState.FAILED, settled_at=now, failure=reason)
        case Shadowed():
            return replace(case, state=CaseState.SHADOW, settled_at=now, failure=None)


def lines_of_settling(case: Case, now: datetime) -> tuple[CaseEvent, ...]:
    """Write how a case was settled; a rehearsal leaves no line, for nothing happened."""
    match case.state:
        case CaseState.APPLIED:
            return (CaseEvent(now, EventKind.APPLIED, None, ""),)
        case CaseState.FAILED:
            return (CaseEvent(now, EventKind.FAILED, None, case.failure or ""),)
        case _:
            return ()


def not_pending(case: Case, found: CaseState | None) -> StorageError:
    """Say why a case cannot be settled."""
    return StorageError(
        f"case {case.number} of server {case.guild} is {found or 'not recorded'}, so it cannot be"
        " settled: only a pending case can"
    )


def decided(
    known: Case | None,
    handed: Case,
    state: CaseState,
    *,
    event: CaseEvent,
    action: Action | None,
    strike: Strike | None,
) -> Case:
    """Say what a case becomes by a human's decision: `known` is recorded, `handed` was looked at.

    A case on its way to Discord again is unsettled; one that was dismissed is settled by that.

    Raises:
        StaleCaseError: the case has moved on since it was looked at, or may not move so.
    """
    if known is None:
        raise StaleCaseError(f"There is no case {handed.number}.")
    if known.state is not handed.state:
        raise StaleCaseError(
            f"Case {known.number} is {known.state} by now: somebody was quicker. Look at it again."
        )
    if state not in MOVES[known.state]:
        raise StaleCaseError(f"Case {known.number} is {known.state} and cannot become {state}.")
    is_pending = state is CaseState.PENDING
    return replace(
        known,
        state=state,
        action=action or known.action,
        strike=strike or known.strike,
        settled_at=None if is_pending else known.settled_at or event.at,
        failure=None if is_pending else known.failure,
        decided_by=event.actor,
    )


def is_automatic(case: Case) -> bool:
    """Say whether the model opened a case with nobody's asking."""
    return case.draft.origin is Origin.MODEL and case.draft.moderator is None


def mentions_words(words: str | None, texts: Sequence[str]) -> bool:
    """Say whether words are found in any of the texts, in any case of letters."""
    return words is None or any(words.casefold() in text.casefold() for text in texts)

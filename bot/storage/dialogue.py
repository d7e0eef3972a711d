"""How an appeal moves: opened, answered, closed. The rules of the record of appeals.

Pure: nothing is stored here (`bot.storage.appeals` does), and who may do what is decided elsewhere
(`bot.moderation.appeals`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.appeal import Appeal, AppealState, Remark
from bot.domain.ids import AppealId, MemberId
from bot.errors import StaleCaseError

FINAL = frozenset({AppealState.UPHELD, AppealState.OVERTURNED})
"""States after which a case is not appealed again."""


def require_first(appeal: Appeal, earlier: Sequence[AppealState]) -> None:
    """Refuse a second appeal; one that was withdrawn does not count.

    Raises:
        StaleCaseError: the case has an open or a decided appeal.
    """
    if AppealState.OPEN in earlier:
        raise StaleCaseError(f"Case {appeal.case} has an open appeal already.")
    if FINAL & set(earlier):
        raise StaleCaseError(f"The appeal against case {appeal.case} is decided already.")


def with_remark(appeal: Appeal | None, remark: Remark, wanted: AppealId) -> Appeal:
    """Add a turn to an open appeal.

    Raises:
        StaleCaseError: it is not open.
    """
    appeal = _require_open(appeal, wanted)
    return replace(appeal, remarks=(*appeal.remarks, remark))


def closed(
    appeal: Appeal | None,
    state: AppealState,
    *,
    by: MemberId,
    at: datetime,
    reason: Remark,
    wanted: AppealId,
) -> Appeal:
    """End an open appeal.

    Raises:
        StaleCaseError: it is not open.
    """
    appeal = _require_open(appeal, wanted)
    return replace(
        appeal, state=state, decided_at=at, decided_by=by, remarks=(*appeal.remarks, reason)
    )


def reminded(appeal: Appeal | None, now: datetime, wanted: AppealId) -> Appeal:
    """Note that the moderators were reminded of an open appeal.

    Raises:
        StaleCaseError: it is not open.
    """
    return replace(_require_open(appeal, wanted), reminded_at=now)


def _require_open(appeal: Appeal | None, wanted: AppealId) -> Appeal:
    if appeal is None:
        raise StaleCaseError(f"There is no appeal {wanted}.")
    if appeal.state is not AppealState.OPEN:
        raise StaleCaseError(
            f"The appeal against case {appeal.case} is {appeal.state} already: look at it again."
        )
    return appeal

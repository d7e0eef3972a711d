"""The appeal: a member's answer to a case, and the dialogue about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.ids import AppealId, GuildId, MemberId


class AppealState(StrEnum):
    """Where an appeal stands. OPEN -> UPHELD | OVERTURNED | WITHDRAWN, and no other move."""

    OPEN = "open"
    UPHELD = "upheld"
    """The case stands."""
    OVERTURNED = "overturned"
    """The member was right: the case is reversed."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Remark:
    """One turn of the dialogue: statement, question back, answer, the decision's reason."""

    at: datetime
    author: MemberId
    is_member: bool
    text: str


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal against one case. `remarks` begin with the member's statement.

    `due_at` is when moderators should have decided; `reminded_at` when they were reminded.
    """

    id: AppealId
    guild: GuildId
    case: int
    member: MemberId
    state: AppealState
    opened_at: datetime
    due_at: datetime
    remarks: tuple[Remark, ...]
    decided_at: datetime | None = None
    decided_by: MemberId | None = None
    reminded_at: datetime | None = None

    @property
    def awaits_member(self) -> bool:
        """Say whether the moderators asked something that is not answered yet."""
        return not self.remarks[-1].is_member

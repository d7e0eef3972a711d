"""The action: what is done about a comment, and how carrying it out ended."""

from dataclasses import dataclass
from datetime import datetime

from config.policy import StepKind


@dataclass(frozen=True, slots=True)
class Action:
    """One step of the ladder, made concrete.

    `until` is set for a timeout alone (aware UTC). `removes_comment` says whether the comment goes
    too. `capped_from` names the harsher step that the ladder asks for and a human must confirm.
    `purge_hours` belongs to a ban by hand: the member's messages of these last hours go too.
    """

    kind: StepKind
    until: datetime | None = None
    removes_comment: bool = True
    capped_from: StepKind | None = None
    purge_hours: int = 0


@dataclass(frozen=True, slots=True)
class Applied:
    """The action took effect."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The action was refused; `reason` is one sentence for the case."""

    reason: str


@dataclass(frozen=True, slots=True)
class Shadowed:
    """Nothing was done, because the policy's mode is shadow."""


Outcome = Applied | Failed | Shadowed

"""The verdict: what a policy says of a comment's scores, with every breach that led to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.ids import MemberId
from config.labels import Label
from config.policy import Category


class Decision(StrEnum):
    """What should happen, mildest first."""

    ALLOW = "allow"
    FLAG = "flag"
    """A human decides."""
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a comment speaks to. `how` is a clause for people: "a reply with 'you'"."""

    id: MemberId
    name: str
    how: str


@dataclass(frozen=True, slots=True)
class Breach:
    """One threshold passed. `score` is the label's weight applied: what was compared.

    `decision` is FLAG or ACT, after which threshold (of the two) was passed.
    """

    category: Category
    label: Label
    score: float
    threshold: float
    decision: Decision


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one comment's words, before the member's record is weighed.

    `categories` holds each category's score in [0, 1]. `breaches` come gravest first. `reason` is
    one sentence for people. `addressee` is None when the comment speaks to nobody present.
    """

    decision: Decision
    categories: Mapping[Category, float]
    breaches: tuple[Breach, ...]
    reason: str
    addressee: Addressee | None = None

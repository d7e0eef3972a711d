"""Scores: what a model says of a text, and which passage made it say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from config.labels import Label


class Spelling(StrEnum):
    """Which reading of the text was scored."""

    PLAIN = "plain"
    """Made comparable: markup out, Unicode tamed. What people see."""
    FOLDED = "folded"
    """Disguises undone too: leet, masks, spacing, repeated letters."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The piece of a comment that a score was read from.

    `window` counts from 1 up to `windows`: a long comment is cut into overlapping windows.
    """

    text: str
    spelling: Spelling = Spelling.PLAIN
    window: int = 1
    windows: int = 1


@dataclass(frozen=True, slots=True)
class Score:
    """One label's value in [0, 1], and the passage that gave it: the worst of all readings."""

    value: float
    passage: Passage


@dataclass(frozen=True, slots=True)
class ModelId:
    """Which model spoke. `sha256` is the hex digest of its weights file."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Scores:
    """Per label the worst score over all windows and spellings of one comment.

    A label the model lacks is absent, never 0. Empty for a comment without words.
    """

    by_label: Mapping[Label, Score]
    model: ModelId

    def value(self, label: Label) -> float | None:
        """Look up a label's value; None where the model lacks the label."""
        score = self.by_label.get(label)
        return None if score is None else score.value

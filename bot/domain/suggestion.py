"""The suggestion: what a forum's moderators say a comment's scores should have been.

Sent by clients of the Perspective wire (`comments:suggestscore`); read for threshold advice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SpanScore:
    """A score of one piece of the text: UTF-16 units, `end` excluded."""

    begin: int
    end: int
    value: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One suggestion. `text` is None once erased; the other fields are as the client sent them.

    `values` are whole-comment scores by attribute name (`TOXICITY`), in [0, 1]; `spans` are those
    of pieces. `key` is the name of the API key it came with, None where none is asked for.
    """

    received_at: datetime
    text: str | None
    values: Mapping[str, float]
    spans: Mapping[str, tuple[SpanScore, ...]] = field(
        default_factory=dict[str, tuple[SpanScore, ...]]
    )
    languages: tuple[str, ...] = ()
    community_id: str = ""
    session_id: str = ""
    client_token: str = ""
    key: str | None = None

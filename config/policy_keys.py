"""The keys of a policy: each with its sentence, unit, allowed values and default.

The vocabulary that `config.policy` builds its models from; not the models and their rules over
several keys. The sentences reach people through error messages and the guide.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from config.labels import Label

LONGEST_TIMEOUT_MINUTES = 28 * 24 * 60 - 1
"""Discord refuses a timeout that ends more than 28 days ahead; a minute is left for clocks."""

AS_EXTENDED = "as in `balanced`, or the preset it extends"
MUST_BE_GIVEN = "none: must be given"


class Category(StrEnum):
    """What a policy speaks of. Each is built from a model's labels."""

    SLUR = "slur"
    HARASSMENT = "harassment"
    INCITEMENT = "incitement"


class Mode(StrEnum):
    """Whether a policy judges, and whether its actions are carried out."""

    OFF = "off"
    SHADOW = "shadow"
    ENFORCE = "enforce"


class StepKind(StrEnum):
    """A step of the ladder, mildest first; `rank` gives the order."""

    WARN = "warn"
    DELETE = "delete"
    TIMEOUT = "timeout"
    KICK = "kick"
    BAN = "ban"

    @property
    def rank(self) -> int:
        """Count from 0 for the mildest step."""
        return list(StepKind).index(self)


class Level(StrEnum):
    """Where an override holds, from the widest to the most specific, which wins."""

    GUILD = "guild"
    CATEGORY = "category"
    FORUM = "forum"
    THREAD = "thread"
    ROLE = "role"

    @property
    def rank(self) -> int:
        """Count from 0 for the widest level."""
        return list(Level).index(self)


def key(
    sentence: str, *, unit: str, expected: str, default: str = AS_EXTENDED, **bounds: Any
) -> Any:  # what pydantic's own Field returns; bounds are Field's too
    """Declare a key. `expected` reads after "expected" in an error message."""
    said: dict[str, Any] = {"unit": unit, "expected": expected, "default": default}
    return Field(description=sentence, json_schema_extra=said, **bounds)


def _number(
    sentence: str,
    *,
    unit: str,
    low: float,
    high: float,
    above: bool = False,
    default: str = AS_EXTENDED,
) -> Any:
    """Declare a number from `low` (left out where `above`) to `high`; true is no number."""
    span = f"above {low:g} and up to {high:g}" if above else f"from {low:g} to {high:g}"
    bounds = {"gt": low} if above else {"ge": low}
    return key(
        sentence, unit=unit, expected=f"a number {span}", default=default,
        le=high, strict=True, allow_inf_nan=False, **bounds,
    )  # fmt: skip


def _truth(sentence: str, default: str = AS_EXTENDED) -> Any:
    return key(sentence, unit="yes or no", expected="true or false", default=default, strict=True)


_ONE_STEP = f"one of {', '.join(StepKind)}"
_TIMES = "The scores are multiplied by this as well when the comment speaks to nobody present."
_RISING = (
    "Strike points for a category score of 1; between `act` and 1 the points rise in a straight"
    " line. Never below `points_at_act`."
)
_INCIDENT = (
    "A member's comments less than this after the first of an incident belong to it, and one"
    " incident is one strike: a later comment adds only the points by which it is worse. 0 makes"
    " each comment its own incident."
)
_LABELS = (
    "The labels this category is built from. Each has a weight that its score is multiplied by; the"
    " highest product is the category's score."
)
_CAP = (
    "The harshest step taken without a human. Where the ladder asks for more, the harshest"
    " permitted step that was reached is taken and a human is asked."
)
_ACT = (
    "A comment whose category score is this or more earns strike points and the ladder's step."
    " Never below `flag`."
)

Judged = Annotated[bool, _truth("Whether this category is judged at all.")]
LabelWeights = Annotated[
    Mapping[Label, Annotated[float, Field(gt=0, le=1, strict=True, allow_inf_nan=False)]],
    key(
        _LABELS,
        unit="weight per label",
        expected="a table of labels, each with a weight above 0 and up to 1",
        min_length=1,
    ),
]
UnaddressedWeight = Annotated[float, _number(_TIMES, unit="weight", low=0, high=1)]
Flag = Annotated[
    float,
    _number(
        "A comment whose category score is this or more is flagged: a human decides.",
        unit="score",
        low=0,
        high=1,
    ),
]
Act = Annotated[float, _number(_ACT, unit="score", low=0, high=1)]
PointsAtAct = Annotated[
    float,
    _number(
        "Strike points for a comment that just reaches `act`.",
        unit="points",
        low=0,
        high=100,
        above=True,
    ),
]
PointsAtOne = Annotated[float, _number(_RISING, unit="points", low=0, high=100, above=True)]
HalfLifeDays = Annotated[
    float,
    _number(
        "After this long a strike's points are worth half, after twice as long a quarter.",
        unit="days",
        low=0.01,
        high=3650,
    ),
]
IncidentMinutes = Annotated[float, _number(_INCIDENT, unit="minutes", low=0, high=1440)]
PolicyMode = Annotated[
    Mode,
    key(
        "off judges nothing; shadow judges and records and does nothing; enforce acts.",
        unit="one word",
        expected=f"one of {', '.join(Mode)}",
    ),
]
Cap = Annotated[StepKind, key(_CAP, unit="one word", expected=_ONE_STEP)]
ExemptRoles = Annotated[
    tuple[str, ...],
    key(
        "Members with one of these roles are judged, and never acted on.",
        unit="role names or ids",
        expected="a list of role names or ids in quotes",
    ),
]
AtPoints = Annotated[
    float,
    _number(
        "The step is reached when the member's points are this many or more.",
        unit="points",
        low=0,
        high=1000,
        above=True,
        default=MUST_BE_GIVEN,
    ),
]
Step = Annotated[
    StepKind, key("What is done.", unit="one word", expected=_ONE_STEP, default=MUST_BE_GIVEN)
]
Minutes = Annotated[
    int | None,
    key(
        "How long a timeout lasts; belongs to a timeout alone.",
        unit="minutes",
        expected=f"a whole number from 1 to {LONGEST_TIMEOUT_MINUTES} (28 days less a minute)",
        default="none: must be given with a timeout",
        ge=1,
        le=LONGEST_TIMEOUT_MINUTES,
        strict=True,
    ),
]
RemovesComment = Annotated[
    bool, _truth("Whether the comment is removed as well.", "true, but false for a warning")
]
Name = Annotated[
    str,
    key(
        "What people call this policy.",
        unit="text",
        expected="text in quotes, not empty",
        default="the file's name",
        min_length=1,
    ),
]


def place(sentence: str, expected: str = "an id in quotes") -> Any:
    """Declare a key that says where an override holds."""
    default = "none: an override names exactly one place or role"
    return key(sentence, unit="id", expected=expected, default=default, min_length=1)

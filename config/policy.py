"""What a policy can say: frozen models, and the rules that hold over several of their keys.

Not how a policy is read from a file (`bot.policy.policy_file`) nor how it decides (`bot.policy`);
what each key means stands in `config.policy_keys`. Imported by everything that names a category,
a mode or a step.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from config.policy_keys import (
    Act,
    AtPoints,
    Cap,
    Category,
    ExemptRoles,
    Flag,
    HalfLifeDays,
    IncidentMinutes,
    Judged,
    LabelWeights,
    Level,
    Minutes,
    Mode,
    Name,
    PointsAtAct,
    PointsAtOne,
    PolicyMode,
    RemovesComment,
    Step,
    StepKind,
    UnaddressedWeight,
    key,
    place,
)

__all__ = [
    "Category",
    "CategoryChange",
    "CategoryRule",
    "LadderStep",
    "Level",
    "Mode",
    "Policy",
    "PolicyOverride",
    "StepKind",
    "StrikeChange",
    "StrikeRules",
]

Where = tuple[str | int, ...]
"""Where a key stands: ("ladder", 0, "minutes")."""


def refuse(*complaints: tuple[Where, str]) -> PydanticCustomError:
    """Make the error of a rule over several keys.

    Each complaint is where a key stands and what is wrong with it; the best comes first, and the
    first whose key is in the file is told.
    """
    return PydanticCustomError(
        "policy_rule", "{told}", {"told": complaints[0][1], "all": complaints}
    )


class _Settings(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")


class LadderStep(_Settings):
    """One step of the ladder: what happens once a member's points reach it."""

    at_points: AtPoints
    step: Step
    minutes: Minutes = None
    removes_comment: RemovesComment = Field(
        default_factory=lambda known: known.get("step") is not StepKind.WARN
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.step is StepKind.TIMEOUT and self.minutes is None:
            raise refuse(((), "is a timeout without minutes, expected how long it lasts"))
        if self.step is not StepKind.TIMEOUT and self.minutes is not None:
            what = f"is {self.minutes}, expected none: a {self.step} has no length, a timeout has"
            raise refuse((("minutes",), what))
        if self.step is StepKind.DELETE and not self.removes_comment:
            raise refuse((("removes_comment",), "is false, expected true for a delete"))
        return self


def _ascending(ladder: tuple[LadderStep, ...]) -> tuple[LadderStep, ...]:
    """Refuse a ladder on which more points could mean a milder step."""
    for i, (low, high) in enumerate(pairwise(ladder), start=1):
        if high.at_points <= low.at_points:
            what = f"is {high.at_points:g}, expected more than the {low.at_points:g} before it"
            raise refuse(((i, "at_points"), what))
        if high.step.rank < low.step.rank:
            what = f"is {high.step}, expected nothing milder than the {low.step} before it"
            raise refuse(((i, "step"), what))
        if high.step is StepKind.TIMEOUT and (high.minutes or 0) < (low.minutes or 0):
            what = f"is {high.minutes}, expected at least the {low.minutes} before it"
            raise refuse(((i, "minutes"), what))
        if low.removes_comment and not high.removes_comment:
            what = "is false, expected true: the milder step before removes the comment"
            raise refuse(((i, "removes_comment"), what))
    return ladder


Ladder = Annotated[
    tuple[LadderStep, ...],
    key(
        "What is done at how many points: the highest step reached counts.",
        unit="steps, mildest first",
        expected="a list of steps ([[ladder]]), at least one",
        min_length=1,
    ),
    AfterValidator(_ascending),
]

_ORDERED = (("flag", "act"), ("points_at_act", "points_at_one"))
"""Pairs of a category's keys of which the first is never above the second."""


def _check_order(
    low: Where, low_value: float, high: Where, high_value: float, *, high_first: bool = False
) -> None:
    """Refuse `low` above `high`; `high_first` tells of `high` before `low`."""
    if low_value > high_value:
        of_low = (low, f"is {low_value:g}, expected at most {high[-1]}, here {high_value:g}")
        of_high = (high, f"is {high_value:g}, expected at least {low[-1]}, here {low_value:g}")
        raise refuse(of_high, of_low) if high_first else refuse(of_low, of_high)


class CategoryRule(_Settings):
    """How one category is scored, and what its thresholds and points are."""

    judged: Judged
    labels: LabelWeights
    unaddressed_weight: UnaddressedWeight
    flag: Flag
    act: Act
    points_at_act: PointsAtAct
    points_at_one: PointsAtOne

    @model_validator(mode="after")
    def _check(self) -> Self:
        for low, high in _ORDERED:
            _check_order((low,), getattr(self, low), (high,), getattr(self, high))
        return self

    def points_at(self, score: float) -> float:
        """Say how many points a category score earns; 0 below the act threshold."""
        if score < self.act:
            return 0.0
        severity = 1.0 if self.act == 1 else (score - self.act) / (1 - self.act)
        return self.points_at_act + severity * (self.points_at_one - self.points_at_act)


class StrikeRules(_Settings):
    """How strikes fade, and what counts as one incident."""

    half_life_days: HalfLifeDays
    incident_minutes: IncidentMinutes


class CategoryChange(_Settings):
    """What an override changes of a category. Keys and bounds as in `CategoryRule`."""

    judged: Judged | None = None
    labels: LabelWeights | None = None
    unaddressed_weight: UnaddressedWeight | None = None
    flag: Flag | None = None
    act: Act | None = None
    points_at_act: PointsAtAct | None = None
    points_at_one: PointsAtOne | None = None


class StrikeChange(_Settings):
    """What an override changes of the strike rules. Keys and bounds as in `StrikeRules`."""

    half_life_days: HalfLifeDays | None = None
    incident_minutes: IncidentMinutes | None = None


def _changed(changes: Mapping[Category, CategoryChange]) -> Mapping[Category, CategoryChange]:
    """Leave out tables that change nothing, so that equal policies compare equal."""
    return {name: change for name, change in changes.items() if change != CategoryChange()}


class PolicyOverride(_Settings):
    """Other values in one place or for one role: only the keys it sets differ there."""

    guild: Annotated[str | None, place("The server it holds for.")] = None
    category: Annotated[
        str | None, place("The channel category it holds in (Discord's, not the policy's).")
    ] = None
    forum: Annotated[str | None, place("The forum it holds in.")] = None
    thread: Annotated[str | None, place("The thread (post) it holds in.")] = None
    role: Annotated[
        str | None,
        place("The role whose members it holds for.", "a role's name or id in quotes"),
    ] = None
    mode: PolicyMode | None = None
    max_without_human: Cap | None = None
    exempt_roles: ExemptRoles | None = None
    strikes: StrikeChange = StrikeChange()
    categories: Annotated[Mapping[Category, CategoryChange], AfterValidator(_changed)] = Field(
        default_factory=dict[Category, CategoryChange]
    )
    ladder: Ladder | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        named = [level for level in Level if getattr(self, level) is not None]
        if len(named) != 1:
            what = f"names {' and '.join(named) or 'no place'}, expected exactly one of"
            raise refuse(((), f"{what} {', '.join(Level)}"))
        return self

    @property
    def level(self) -> Level:
        """Say which of the five it names."""
        return next(level for level in Level if getattr(self, level) is not None)

    @property
    def target(self) -> str:
        """Give the id, or the role's name, that it names."""
        return str(getattr(self, self.level))

    def changes(self) -> dict[str, Any]:  # nested tables, as in TOML
        """List what it changes, as nested tables; keys it does not set are absent."""
        tables = self.model_dump(mode="json", exclude=set(Level), exclude_none=True)
        return {name: value for name, value in tables.items() if value != {}}


class Policy(_Settings):
    """How comments are judged and what follows. Complete: a file is filled up before it is one."""

    name: Name
    mode: PolicyMode
    max_without_human: Cap
    exempt_roles: ExemptRoles
    strikes: Annotated[
        StrikeRules, key("How strikes fade.", unit="table", expected="a table ([strikes])")
    ]
    categories: Annotated[
        Mapping[Category, CategoryRule],
        key(
            "What is looked for, one table for each of slur, harassment and incitement.",
            unit="tables",
            expected="a table for each of slur, harassment, incitement ([categories.slur] ...)",
        ),
    ]
    ladder: Ladder
    overrides: Annotated[
        tuple[PolicyOverride, ...],
        key(
            "Other values in one place or for one role; the more specific wins, key by key.",
            unit="tables",
            expected="a list of overrides ([[overrides]])",
            default="none",
        ),
    ] = ()

    def __hash__(self) -> int:
        """Agree with equality; the tables, which cannot be hashed, are left to it."""
        return hash((self.name, self.mode, self.max_without_human, self.exempt_roles, self.ladder))

    @model_validator(mode="after")
    def _check(self) -> Self:
        for category in Category:
            if category not in self.categories:
                raise refuse((("categories",), f"lacks {category}, expected all three"))
            for low, high in _ORDERED:
                self._check_overrides(category, low, high)
        return self

    def _check_overrides(self, category: Category, low: str, high: str) -> None:
        """Refuse overrides that could put `low` above `high` somewhere, alone or together."""
        for i, low_value in self._sources(category, low):
            for j, high_value in self._sources(category, high):
                if self._meet(category, low, i, high, j):
                    low_at, high_at = (
                        (
                            *(() if n is None else ("overrides", n)),
                            "categories",
                            category.value,
                            name,
                        )
                        for n, name in ((i, low), (j, high))
                    )
                    _check_order(low_at, low_value, high_at, high_value, high_first=i is None)

    def _sources(self, category: Category, name: str) -> list[tuple[int | None, float]]:
        """List who sets a key: None for the policy itself, else the override's index."""
        found: list[tuple[int | None, float]] = [(None, getattr(self.categories[category], name))]
        for i, override in enumerate(self.overrides):
            value = getattr(override.categories.get(category), name, None)
            if value is not None:
                found.append((i, value))
        return found

    def _meet(self, category: Category, low: str, i: int | None, high: str, j: int | None) -> bool:
        """Say whether `low` as set by i and `high` as set by j can hold for one comment.

        They cannot where the two name different places of one level, nor where the one that wins
        sets both keys.
        """
        if i == j:
            return True
        first, second = (None if n is None else self.overrides[n] for n in (i, j))
        if first is None or second is None:
            first_wins = second is None
        else:
            if first.level is second.level is not Level.ROLE and first.target != second.target:
                return False
            first_wins = (first.level.rank, i) > (second.level.rank, j)
        winner, other = (first, high) if first_wins else (second, low)
        return winner is None or getattr(winner.categories[category], other) is None


class Key(BaseModel):
    """What is said of a key: in error messages, and in the guide."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    sentence: str
    unit: str
    expected: str
    default: str


def describe_keys() -> dict[str, Key]:
    """List every key of a policy by its name; a name means the same wherever it stands."""
    said: dict[str, Key] = {}
    for model in (Policy, CategoryRule, StrikeRules, LadderStep, PolicyOverride):
        for name, field in model.model_fields.items():
            if name not in said:
                extra: Any = field.json_schema_extra
                said[name] = Key.model_validate({"sentence": field.description, **extra})
    return said

"""Policies, scores and comments for the tests of `bot.policy`, and how hypothesis draws them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.domain.case import Strike
from bot.domain.comment import Author, Comment, Place
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId, RoleId
from bot.domain.scores import ModelId, Passage, Score, Scores
from bot.domain.verdict import Breach, Decision, Verdict
from bot.policy.policy_file import load_preset
from config.labels import Label
from config.policy import Category, LadderStep, Level, Mode, Policy, StepKind

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PLACE = Place(GuildId("g"), PlaceId("t"), PlaceId("f"), PlaceId("c"))
BALANCED = load_preset("balanced")
MODEL = ModelId("taught", "0" * 64)


def a_policy(**changes: Any) -> Policy:
    """Make the balanced policy with some top-level keys changed, checked like any other."""
    return Policy.model_validate(BALANCED.model_dump() | changes)


def scores(**values: float) -> Scores:
    return Scores({Label(k): Score(v, Passage("text")) for k, v in values.items()}, MODEL)


def an_author(name: str, *roles: str, is_bot: bool = False) -> Author:
    return Author(MemberId(f"id-{name}"), name, frozenset(map(RoleId, roles)), is_bot)


def a_comment(text: str = "words", author: Author | None = None, **more: Any) -> Comment:
    return Comment(
        id=CommentId("1"),
        place=PLACE,
        author=author or an_author("Rat"),
        text=text,
        created_at=NOON,
        position=1,
        **more,
    )


def a_verdict(category: Category, score: float, decision: Decision = Decision.ACT) -> Verdict:
    label = {"slur": "identity_attack", "harassment": "insult", "incitement": "threat"}[category]
    breach = Breach(category, Label(label), score, 0.5, decision)
    return Verdict(decision, {category: score}, (breach,), "because")


def a_strike(points: float, *, minutes_ago: float = 0, incident_minutes_ago: float | None = None):
    at = NOON - timedelta(minutes=minutes_ago)
    started = minutes_ago if incident_minutes_ago is None else incident_minutes_ago
    return Strike(at, NOON - timedelta(minutes=started), points)


fractions = st.floats(0, 1)
weights = st.floats(0.01, 1)
points = st.floats(0.01, 100)
strikes = st.lists(
    st.builds(a_strike, st.floats(0, 100), minutes_ago=st.floats(-(10**5), 10**6)), max_size=8
)


@st.composite
def ladders(draw: st.DrawFn) -> tuple[LadderStep, ...]:
    """Draw any ladder that the rules allow: ascending in points, harshness, length, removal."""
    at = sorted(draw(st.sets(st.floats(0.01, 50), min_size=1, max_size=6)))
    kinds = sorted((draw(st.sampled_from(StepKind)) for _ in at), key=lambda kind: kind.rank)
    minutes = sorted(draw(st.integers(1, 40319)) for _ in at)
    removes = False
    steps: list[LadderStep] = []
    for points_needed, kind, length in zip(at, kinds, minutes, strict=True):
        removes = removes or kind is StepKind.DELETE or draw(st.booleans())
        lasts = length if kind is StepKind.TIMEOUT else None
        steps.append(
            LadderStep(at_points=points_needed, step=kind, minutes=lasts, removes_comment=removes)
        )
    return tuple(steps)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    flag, act = sorted([draw(fractions), draw(fractions)])
    low, high = sorted([draw(points), draw(points)])
    return {
        "judged": draw(st.booleans()),
        "labels": draw(st.dictionaries(st.sampled_from(Label), weights, min_size=1)),
        "unaddressed_weight": draw(fractions),
        "flag": flag,
        "act": act,
        "points_at_act": low,
        "points_at_one": high,
    }


@st.composite
def overrides(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an override of any keys, some of which may clash with the policy or each other."""
    change: dict[str, Any] = {draw(st.sampled_from(Level)).value: draw(st.sampled_from("gcftr"))}
    if draw(st.booleans()):
        change["mode"] = draw(st.sampled_from(Mode))
    if draw(st.booleans()):
        change["ladder"] = draw(ladders())
    if draw(st.booleans()):
        change["exempt_roles"] = draw(st.lists(st.text(max_size=5), max_size=2))
    if draw(st.booleans()):
        change["strikes"] = {"half_life_days": draw(st.floats(0.01, 3650))}
    rule = draw(rules())
    kept = {key: value for key, value in rule.items() if draw(st.booleans())}
    change["categories"] = {draw(st.sampled_from(Category)): kept}
    return change


@st.composite
def policies(draw: st.DrawFn, overridden: bool = False) -> Policy:
    """Draw any policy that the rules allow; with `overridden`, overrides that fit it."""
    table: dict[str, Any] = {
        "name": draw(st.text(min_size=1, max_size=10)),
        "mode": draw(st.sampled_from(Mode)),
        "max_without_human": draw(st.sampled_from(StepKind)),
        "exempt_roles": draw(st.lists(st.text(max_size=8), max_size=3)),
        "strikes": {
            "half_life_days": draw(st.floats(0.01, 3650)),
            "incident_minutes": draw(st.floats(0, 1440)),
        },
        "categories": {category: draw(rules()) for category in Category},
        "ladder": draw(ladders()),
        "overrides": [],
    }
    for override in draw(st.lists(overrides(), max_size=4)) if overridden else []:
        try:
            Policy.model_validate(table | {"overrides": [*table["overrides"], override]})
        except ValueError:
            continue  # clashes with what is there: such files are refused
        table["overrides"].append(override)
    return Policy.model_validate(table)

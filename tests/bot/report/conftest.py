"""Judged comments made by hand, for tests of what is shown. Nothing here decides."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.action import Action
from bot.domain.case import CaseState
from bot.domain.comment import Author, Comment, Place, Thread
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId
from bot.domain.judgement import Judgement
from bot.domain.scores import ModelId, Passage, Score, Scores, Spelling
from bot.domain.verdict import Addressee, Breach, Decision, Verdict
from bot.report.page import Occasion
from config.labels import Label
from config.policy import (
    Category,
    CategoryRule,
    LadderStep,
    Mode,
    Policy,
    StepKind,
    StrikeRules,
)

MODEL = ModelId("compact", "5f" * 32)
START = datetime(2024, 3, 11, 18, 0, tzinfo=UTC)
LABELS = {
    Category.SLUR: Label.IDENTITY_ATTACK,
    Category.HARASSMENT: Label.INSULT,
    Category.INCITEMENT: Label.THREAT,
}


def rule(label: Label, flag: float, act: float) -> CategoryRule:
    return CategoryRule(
        judged=True,
        labels={label: 1.0},
        unaddressed_weight=0.5,
        flag=flag,
        act=act,
        points_at_act=1.0,
        points_at_one=3.0,
    )


POLICY = Policy(
    name="balanced",
    mode=Mode.ENFORCE,
    max_without_human=StepKind.TIMEOUT,
    exempt_roles=(),
    strikes=StrikeRules(half_life_days=30.0, incident_minutes=10.0),
    categories={
        Category.SLUR: rule(Label.IDENTITY_ATTACK, 0.4, 0.7),
        Category.HARASSMENT: rule(Label.INSULT, 0.6, 0.85),
        Category.INCITEMENT: rule(Label.THREAT, 0.35, 0.6),
    },
    ladder=(
        LadderStep(at_points=1.0, step=StepKind.WARN),
        LadderStep(at_points=2.0, step=StepKind.DELETE),
        LadderStep(at_points=4.0, step=StepKind.TIMEOUT, minutes=60),
    ),
)

OCCASION = Occasion(
    source="saved-page.txt",
    database="cases.sqlite3",
    model=MODEL,
    policy=POLICY,
    policy_version="c0ffee" * 10,
    judged_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
)


def make_comment(
    position: int, name: str, text: str, *, parent: int | None = None, depth: int = 0
) -> Comment:
    return Comment(
        id=CommentId(f"k{position}"),
        place=Place(GuildId("harbour"), PlaceId("ferry")),
        author=Author(MemberId(name), name),
        text=text,
        created_at=START + timedelta(minutes=position - 1),
        position=position,
        parent_id=None if parent is None else CommentId(f"k{parent}"),
        depth=depth,
    )


def dress(
    what: Comment,
    scores: Mapping[Label, float] | None = None,
    *,
    case: int | None = None,
    action: Action | None = None,
    points: tuple[float, float] = (0.0, 0.0),
    to: str | None = None,
    passage: Passage | None = None,
) -> Judgement:
    """Dress a comment as judged: its breaches follow from the scores and POLICY's thresholds."""
    scores = scores if scores is not None else {Label.TOXICITY: 0.02, Label.INSULT: 0.01}
    read_from = passage or Passage(what.text)
    categories = {c: scores.get(label, 0.0) for c, label in LABELS.items()}
    breaches = tuple(
        Breach(c, LABELS[c], value, *_passed(c, value))
        for c, value in sorted(categories.items(), key=lambda item: -item[1])
        if value >= POLICY.categories[c].flag
    )
    decision = max((b.decision for b in breaches), key=list(Decision).index, default=Decision.ALLOW)
    settled = CaseState.APPLIED if action else CaseState.REVIEW
    named = (
        ", ".join(f"{b.category} {b.score:.2f}" for b in breaches) or "nothing passed a threshold"
    )
    return Judgement(
        comment=what,
        normalised=what.text,
        scores=Scores({name: Score(v, read_from) for name, v in scores.items()}, MODEL),
        verdict=Verdict(
            decision=decision,
            categories=categories,
            breaches=breaches,
            reason=named,
            addressee=Addressee(MemberId(to), to, "a reply with 'you'") if to else None,
        ),
        action=action,
        points_before=points[0],
        points=points[1],
        case=case,
        state=None if case is None else settled,
        reason=f"{decision}: {named}.",
    )


def _passed(category: Category, value: float) -> tuple[float, Decision]:
    limits = POLICY.categories[category]
    return (limits.act, Decision.ACT) if value >= limits.act else (limits.flag, Decision.FLAG)


def make_thread(
    judgements: Sequence[Judgement], *, has_times: bool = True, title: str = "Ferry"
) -> Thread:
    return Thread(
        title=title,
        article="The night ferry will not run again before autumn.",
        comments=tuple(j.comment for j in judgements),
        format="saved page",
        has_times=has_times,
    )


@pytest.fixture(scope="session")
def comment() -> Callable[..., Comment]:
    return make_comment


@pytest.fixture(scope="session")
def judge() -> Callable[..., Judgement]:
    return dress


@pytest.fixture
def as_thread() -> Callable[..., Thread]:
    return make_thread


@pytest.fixture
def occasion() -> Occasion:
    return OCCASION


@pytest.fixture
def small_talk() -> list[Judgement]:
    """Four comments: one allowed, one flagged, two acted on (the second time with a timeout)."""
    first = make_comment(1, "Marta", "I hope both get well soon.")
    second = make_comment(2, "rat77", "Shut up, you old fool.", parent=1, depth=1)
    third = make_comment(3, "Suit", "Somebody should make him pay.")
    fourth = make_comment(4, "rat77", "y0u f00l, get lost", parent=1, depth=1)
    return [
        dress(first),
        dress(
            second,
            {Label.TOXICITY: 0.97, Label.INSULT: 0.9, Label.IDENTITY_ATTACK: 0.45},
            case=1,
            action=Action(StepKind.WARN, removes_comment=False),
            points=(0.0, 1.7),
            to="Marta",
        ),
        dress(third, {Label.TOXICITY: 0.5, Label.THREAT: 0.41}, case=2),
        dress(
            fourth,
            {Label.TOXICITY: 0.95, Label.INSULT: 0.88},
            case=3,
            action=Action(
                StepKind.TIMEOUT,
                until=START + timedelta(minutes=63),
                capped_from=StepKind.BAN,
            ),
            points=(1.7, 4.1),
            to="Marta",
            passage=Passage("you fool, get lost", Spelling.FOLDED, 2, 3),
        ),
    ]

"""Judgements with chosen scores and decisions, for tests of numbers. Nothing here decides."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.action import Action
from bot.domain.comment import Author, Comment, Place
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId
from bot.domain.judgement import Judgement
from bot.domain.scores import ModelId, Scores
from bot.domain.verdict import Breach, Decision, Verdict
from config.labels import Label
from config.policy import Category, StepKind

START = datetime(2024, 3, 11, 18, 0, tzinfo=UTC)


def make(
    position: int,
    member: str = "Marta",
    scores: Mapping[Category, float] | None = None,
    asked: Mapping[Category, Decision] | None = None,
    *,
    minutes: float | None = None,
    step: StepKind | None = None,
    points: float = 0.0,
) -> Judgement:
    """Make a judgement; `asked` are the breaches, the gravest of them is the verdict."""
    asked = asked or {}
    breaches = tuple(Breach(c, Label.INSULT, 0.9, 0.5, decision) for c, decision in asked.items())
    after = position if minutes is None else minutes
    return Judgement(
        comment=Comment(
            id=CommentId(f"k{position}"),
            place=Place(GuildId("g"), PlaceId("t")),
            author=Author(MemberId(member), member),
            text="",
            created_at=START + timedelta(minutes=after),
            position=position,
        ),
        normalised="",
        scores=Scores({}, ModelId("compact", "00")),
        verdict=Verdict(
            decision=max(asked.values(), key=list(Decision).index, default=Decision.ALLOW),
            categories=scores or {},
            breaches=breaches,
            reason="",
        ),
        action=step and Action(step),
        points_before=0.0,
        points=points,
        case=None,
        state=None,
        reason="",
    )


@pytest.fixture(scope="session")
def judgement() -> Callable[..., Judgement]:
    return make

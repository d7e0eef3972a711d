"""Drafts of cases for storage tests: a plain one to vary, and any that the domain allows."""

import hashlib
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from bot.domain.action import Action
from bot.domain.case import CaseDraft, HandDraft, Origin, Strike
from bot.domain.comment import Author, Comment, Place
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId
from bot.domain.scores import ModelId, Passage, Score, Scores, Spelling
from bot.domain.verdict import Addressee, Breach, Decision, Verdict
from config.labels import Label
from config.policy import Category, Mode, StepKind

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WARN = Action(StepKind.WARN, removes_comment=False)


def a_draft(
    comment: str = "c1",
    *,
    guild: str = "g1",
    author: str = "mallory",
    revision: int = 0,
    text: str = "you are an idiot",
    action: Action | None = WARN,
    mode: Mode = Mode.ENFORCE,
    minutes: int = 0,
    points: float = 2.0,
) -> CaseDraft:
    """Draft a case; one without an action is flagged only and adds no strike."""
    at = NOON + timedelta(minutes=minutes)
    place = Place(GuildId(guild), PlaceId("t1"))
    speaker = Author(MemberId(author), author.title())
    breach = Breach(Category.HARASSMENT, Label.INSULT, 0.91, 0.8, Decision.ACT)
    return CaseDraft(
        comment=Comment(CommentId(comment), place, speaker, text, at, 1, revision=revision),
        parent=None,
        normalised=text,
        scores=Scores({Label.INSULT: Score(0.91, Passage(text))}, ModelId("compact", "ab" * 32)),
        verdict=Verdict(
            Decision.ACT if action else Decision.FLAG,
            {Category.HARASSMENT: 0.91},
            (breach,),
            "insult 0.91 passes 0.80",
        ),
        action=action,
        mode=mode,
        policy_version="v1",
        policy_toml="mode = 'enforce'\n",
        strike=Strike(at, at, points) if action else None,
        points_before=0.0,
        points_after=points if action else 0.0,
        reason="A warning: insult 0.91 passes 0.80.",
        opened_at=at,
    )


def a_hand_draft(
    event: str = "command:1",
    *,
    guild: str = "g1",
    member: str = "mallory",
    action: Action | None = WARN,
    text: str | None = None,
    place: Place | None = None,
    origin: Origin = Origin.MODERATOR,
    moderator: str | None = "mo",
    minutes: int = 0,
    is_done: bool = False,
) -> HandDraft:
    """Draft a case by hand; without an action it is a report."""
    at = NOON + timedelta(minutes=minutes)
    return HandDraft(
        guild=GuildId(guild),
        comment=CommentId(event),
        member=Author(MemberId(member), member.title()),
        origin=origin,
        moderator=None if moderator is None else MemberId(moderator),
        place=place,
        text=text,
        action=action,
        strike=Strike(at, at, 3.0) if action else None,
        points_before=0.0,
        points_after=3.0 if action else 0.0,
        reason="By hand: rude in voice chat.",
        opened_at=at,
        is_done=is_done,
    )


text = st.text(st.characters(exclude_categories=()), max_size=20)
"""Any string at all: NUL and lone surrogates too."""
times = st.datetimes(timezones=st.just(UTC))
shares = st.floats(0, 1)
points = st.floats(0, 1e9)
counts = st.integers(1, 10_000)


def _hash(toml: str) -> str:
    return hashlib.sha256(toml.encode("utf-8", "surrogatepass")).hexdigest()


authors = st.builds(
    Author, text, text, st.frozensets(text, max_size=3), st.booleans(), st.none() | text
)
comments = st.builds(
    Comment,
    id=text,
    place=st.builds(Place, text, text, st.none() | text, st.none() | text),
    author=authors,
    text=text,
    created_at=times,
    position=counts,
    parent_id=st.none() | text,
    depth=st.integers(0, 500),
    revision=st.integers(0, 2**53),
    mentions=st.lists(authors, max_size=2).map(tuple),
)
passages = st.builds(Passage, text, st.sampled_from(Spelling), counts, counts)
scores = st.builds(
    Scores,
    st.dictionaries(st.sampled_from(Label), st.builds(Score, shares, passages)),
    st.builds(ModelId, text, text),
)
breaches = st.builds(
    Breach,
    st.sampled_from(Category),
    st.sampled_from(Label),
    shares,
    shares,
    st.sampled_from(Decision),
)
verdicts = st.builds(
    Verdict,
    st.sampled_from(Decision),
    st.dictionaries(st.sampled_from(Category), shares),
    st.lists(breaches, max_size=3).map(tuple),
    text,
    st.none() | st.builds(Addressee, text, text, text),
)
actions = st.builds(
    Action,
    st.sampled_from(StepKind),
    st.none() | times,
    st.booleans(),
    st.none() | st.sampled_from(StepKind),
)


@st.composite
def drafts(draw: st.DrawFn) -> CaseDraft:
    """Draw any draft whose policy version is the hash of its policy."""
    toml = draw(text)
    return CaseDraft(
        comment=draw(comments),
        parent=draw(st.none() | comments),
        normalised=draw(text),
        scores=draw(scores),
        verdict=draw(verdicts),
        action=draw(st.none() | actions),
        mode=draw(st.sampled_from(Mode)),
        policy_version=_hash(toml),
        policy_toml=toml,
        strike=draw(st.none() | st.builds(Strike, times, times, points)),
        points_before=draw(points),
        points_after=draw(points),
        reason=draw(text),
        opened_at=draw(times),
        origin=draw(st.sampled_from(Origin)),
        moderator=draw(st.none() | text.map(MemberId)),
    )


@st.composite
def hand_drafts(draw: st.DrawFn) -> HandDraft:
    """Draw any draft of a case without scores."""
    guild = draw(text)
    place = st.builds(Place, st.just(guild), text, st.none() | text, st.none() | text)
    action = draw(st.none() | actions)
    return HandDraft(
        guild=GuildId(guild),
        comment=draw(text.map(CommentId)),
        member=draw(authors),
        origin=draw(st.sampled_from(Origin)),
        moderator=draw(st.none() | text.map(MemberId)),
        place=draw(st.none() | place),
        text=draw(st.none() | text),
        action=action,
        strike=draw(st.none() | st.builds(Strike, times, times, points)),
        points_before=draw(points),
        points_after=draw(points),
        reason=draw(text),
        opened_at=draw(times),
        revision=draw(st.integers(0, 2**53)),
        is_done=action is not None and draw(st.booleans()),
    )

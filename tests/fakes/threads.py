"""Small discussions and a scorer that says what a test tells it to."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.domain.comment import Author, Comment, Place, Thread
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId
from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Passage, Score, Scores
from config.labels import Label

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_comment(
    number: int,
    author: str,
    text: str,
    *,
    answers: int | None = None,
    minute: float | None = None,
) -> Comment:
    """Comment `number`, written `minute` minutes after noon (its number, when left out)."""
    return Comment(
        id=CommentId(f"c{number}"),
        place=Place(GuildId("g1"), PlaceId("t1")),
        author=Author(MemberId(author), author),
        text=text,
        created_at=NOON + timedelta(minutes=number if minute is None else minute),
        position=number,
        parent_id=None if answers is None else CommentId(f"c{answers}"),
    )


def a_thread(*comments: Comment) -> Thread:
    return Thread("A bridge", "It is old.", comments, "test")


class TaughtScorer:
    """Scores each text as taught, and everything else 0.01. Fits the port `Scorer`."""

    model = ModelId("taught", "0" * 64)
    labels = (Label.INSULT, Label.THREAT, Label.IDENTITY_ATTACK)

    def __init__(self, lessons: dict[str, dict[Label, float]]) -> None:
        self._lessons = lessons
        self.asked: list[Reading] = []

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        self.asked += readings
        return [self._one(reading) for reading in readings]

    def _one(self, reading: Reading) -> Scores:
        known = self._lessons.get(reading.plain, {})
        values = {label: known.get(label, 0.01) for label in self.labels}
        passage = Passage(reading.plain)
        return Scores({k: Score(v, passage) for k, v in values.items()}, self.model)

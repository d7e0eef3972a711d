"""A scorer that reads words off a script, for stories in which people write whole sentences."""

from collections.abc import Mapping, Sequence

from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Passage, Score, Scores
from bot.errors import ScoringError
from config.labels import Label

QUIET = 0.01
"""What every label scores in a comment without a scripted word."""


class ScriptedScorer:
    """Gives each label the highest value that a word of the comment is scripted for.

    Fits the port `Scorer`. While `failure` is set, scoring fails with that sentence. `asked` keeps
    what was scored.
    """

    model = ModelId("scripted", "0" * 64)
    labels = tuple(Label)

    def __init__(self, script: Mapping[str, Mapping[Label, float]]) -> None:
        self.script = {word.casefold(): dict(values) for word, values in script.items()}
        self.failure: str | None = None
        self.asked: list[Reading] = []

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        if self.failure is not None:
            raise ScoringError(self.failure)
        self.asked += readings
        return [self._one(reading) for reading in readings]

    def _one(self, reading: Reading) -> Scores:
        said = reading.plain.casefold()
        heard = [values for word, values in self.script.items() if word in said]
        passage = Passage(reading.plain)
        return Scores(
            {
                label: Score(max([QUIET, *(v[label] for v in heard if label in v)]), passage)
                for label in self.labels
            },
            self.model,
        )

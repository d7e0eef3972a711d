"""A scorer whose scores can be read off the text, and a few labelled rows."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Passage, Score, Scores
from bot.moderation.ports import Scorer
from config.labels import Label

CSV = """\
text,source,toxicity,threat,insult,id
vile one,forum,1,0,1,1
vile two,forum,0.8,,1,2
calm one,forum,0,0,0,3
calm two,forum,0.2,,0,4
vile three,forum,0,0,0,5
calm three,chat,,,0,6
vile four,chat,,,0.5,7
calm <script>four</script> & more,forum,1,0,1,8
...,chat,,,0,9
"""


class WordScorer:
    """Says 0.9 for a text with the word "vile", else 0.1; has the six labels of `original`.

    Fits the port `Scorer`.
    """

    labels = tuple(label for label in Label if label is not Label.SEXUAL_EXPLICIT)
    model = ModelId("words", "ab" * 32)

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        return [self._score(reading.plain) for reading in readings]

    def _score(self, text: str) -> Scores:
        value = 0.9 if "vile" in text else 0.1
        labels = self.labels if any(letter.isalpha() for letter in text) else ()
        return Scores({label: Score(value, Passage(text)) for label in labels}, self.model)


@pytest.fixture
def scorer() -> Scorer:
    return WordScorer()


@pytest.fixture
def labelled_csv(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(CSV, encoding="utf-8")
    return path

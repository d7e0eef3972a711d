"""What `bot.scoring.scorer` needs of an engine. Every engine fits it by shape.

An engine knows windows and numbers; spellings, passages and comments are the scorer's business.
"""

from collections.abc import Sequence
from typing import Protocol

from bot.scoring.windows import Window
from config.labels import Label


class Engine(Protocol):
    """Cuts texts into windows, and scores windows.

    Called from as many threads at once as the scorer has workers: whoever makes both sees to that.
    """

    @property
    def labels(self) -> tuple[Label, ...]:
        """Say which labels the model has, in the order of a row of `score`."""
        ...

    def cut(self, texts: Sequence[str]) -> list[list[Window]]:
        """Cut each text into windows the model can read; a text without words has none."""
        ...

    def score(self, windows: Sequence[Window]) -> list[list[float]]:
        """Score windows as one batch: a row each, a value in [0, 1] for each label."""
        ...

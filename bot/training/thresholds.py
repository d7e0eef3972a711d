"""What the default policy's thresholds come to on the held-out texts, for the model card.

That is where they were chosen from. Label by label, not comment by comment: what a whole policy
makes of comments is `bot.evaluate`'s to say. Called by `bot.training.make`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.training.examples import Examples
from bot.training.measure import Calibration
from bot.training.sources import LABELS, POSITIVE
from config.labels import Label
from config.policy import CategoryRule, Policy


@dataclass(frozen=True, slots=True)
class Met:
    """What a category's threshold comes to, by the label that weighs most in it.

    Of the `texts` whose label is known, `positives` have it; `right` of the `above` do.
    """

    category: str
    label: Label
    name: str
    threshold: float
    texts: int
    positives: int
    above: int
    right: int

    @property
    def precision(self) -> float | None:
        """The share of those above that have the label; None where none is above."""
        return self.right / self.above if self.above else None

    @property
    def recall(self) -> float | None:
        """The share of those with the label that are above; None where none has it."""
        return self.right / self.positives if self.positives else None

    @property
    def false_alarms(self) -> float | None:
        """The share of those without the label that are above; None where all have it."""
        without = self.texts - self.positives
        return (self.above - self.right) / without if without else None


def met_thresholds(
    policy: Policy, examples: Examples, logits: NDArray[np.float32], calibration: Calibration
) -> Iterator[Met]:
    """Measure each category's thresholds on logits, [texts, labels], as they were calibrated."""
    chances = 1.0 / (1.0 + np.exp(-(logits * calibration.scale + calibration.shift)))
    for category, rule in policy.categories.items():
        label = _carrying(rule)
        if label not in LABELS:
            continue
        column = LABELS.index(label)
        known = examples.weights[:, column] > 0
        positive = examples.labels[known, column] >= POSITIVE
        for name, threshold in (("flag", rule.flag), ("act", rule.act)):
            above = chances[known, column] * rule.labels[label] >= threshold
            yield Met(
                category=category,
                label=label,
                name=name,
                threshold=threshold,
                texts=len(positive),
                positives=int(positive.sum()),
                above=int(above.sum()),
                right=int((above & positive).sum()),
            )


def _carrying(rule: CategoryRule) -> Label:
    """Give the label of most weight, of equals the first."""
    return max(rule.labels, key=rule.labels.__getitem__)

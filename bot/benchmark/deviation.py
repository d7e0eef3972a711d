"""How far the compiled model's scores are from the eager model's, and what sparing changes. Pure.

Called by `bot.benchmark.contest`.
"""

from collections.abc import Mapping, Sequence
from math import log
from statistics import fmean

from bot.benchmark.figures import Deviation
from bot.domain.ids import MemberId
from bot.domain.scores import ModelId, Passage, Score, Scores
from bot.domain.verdict import Addressee, Decision
from bot.policy.judge import judge
from bot.policy.policy_file import DEFAULT_PRESET, load_preset
from config.labels import Label

Values = Mapping[str, float]


SAME = 1e-3
"""Scores whose logarithms differ by less are the same: sums of floats in another order."""
LEAST = 1e-6
"""Below this a score is as good as 0."""


def deviation_of(
    eager: Sequence[Values], compiled: Sequence[Values], quick: Sequence[Values]
) -> Deviation:
    """Compare the scores of the same comments, as replies: then all thresholds count in full.

    `quick` are those of the compiled model with its first stage.
    """
    apart = [
        abs(value - other[label])
        for one, other in zip(eager, compiled, strict=True)
        for label, value in one.items()
    ]
    policy = load_preset(DEFAULT_PRESET)
    addressee = Addressee(MemberId("somebody"), "somebody", "a reply")

    def decision(values: Values) -> Decision:
        scores = {Label(label): Score(value, Passage("")) for label, value in values.items()}
        return judge(Scores(scores, ModelId("", "")), policy, addressee).decision

    def changed(these: Sequence[Values], those: Sequence[Values]) -> int:
        pairs = zip(these, those, strict=True)
        return sum(decision(one) is not decision(other) for one, other in pairs)

    return Deviation(
        comments=len(eager),
        mean=round(fmean(apart), 5),
        largest=round(max(apart), 4),
        policy=policy.name,
        changed_verdicts=changed(eager, compiled),
        spared=sum(_differ(one, other) for one, other in zip(compiled, quick, strict=True)),
        changed_by_sparing=changed(compiled, quick),
    )


def _differ(one: Values, other: Values) -> bool:
    return any(
        abs(log(max(value, LEAST) / max(other[label], LEAST))) > SAME
        for label, value in one.items()
    )

"""How far the compiled model's scores are from the eager model's. Pure.

Called by `bot.benchmark.contest`.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean

from bot.benchmark.figures import Deviation
from bot.domain.ids import MemberId
from bot.domain.scores import ModelId, Passage, Score, Scores
from bot.domain.verdict import Addressee, Decision
from bot.policy.judge import judge
from bot.policy.policy_file import DEFAULT_PRESET, load_preset
from config.labels import Label

Values = Mapping[str, float]


def deviation_of(eager: Sequence[Values], compiled: Sequence[Values]) -> Deviation:
    """Compare the scores of the same comments, as replies: then all thresholds count in full."""
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

    changed = sum(
        decision(one) is not decision(other) for one, other in zip(eager, compiled, strict=True)
    )
    return Deviation(
        comments=len(eager),
        mean=round(fmean(apart), 5),
        largest=round(max(apart), 4),
        policy=policy.name,
        changed_verdicts=changed,
    )

"""What a short contest came to, made up so that every figure can be reckoned by hand."""

import pytest

from bot.benchmark.comments import Comments
from bot.benchmark.entries import Models, entries_for
from bot.benchmark.figures import Deviation, Figures, Machine
from bot.benchmark.plan import Plan
from bot.benchmark.tally import Beside, Tally, figures_of

MACHINE = Machine(
    processor="A <b>quick</b> one",
    cores=2,
    memory_mb=8000,
    system="Linux x86_64",
    versions={"numpy": "2"},
)
# By entry: comments a second in two rounds. Detoxify on the twin, on ours, and ours five times.
RATES = ([1, 2], [1, 1], [10, 40], [5, 10], [2, 2], [50, 50], [40, 40], [100, 100])


@pytest.fixture
def figures() -> Figures:
    entries = entries_for(Models("compact", "ours.ckpt", "twin.ckpt", {}))
    plan = Plan("compact", Comments("2 comments", (("a", "b"),)), 2, 1.0, is_own_file=False)
    tallies = {
        entry.key: Tally(0.5, 1, rates=list(map(float, rates)), calls=[0.1, 0.2], memory_mb=99.96)
        for entry, rates in zip(entries, RATES, strict=True)
    }
    beside = Beside(
        peaks=[1e9, 3e9],
        alone=[[0.001, 0.002, 0.003], [0.004]],
        waits={0.5: [0.01] * 99 + [0.5], 0.25: [0.01]},
        load_rates={0.5: [20.0, 20.0], 0.25: [10.0, 10.0]},
        operations={
            "compact": {"operations": 4e7, "tokens": 100.0},
            "twin.ckpt": {"operations": 2e8, "tokens": 100.0},
        },
    )
    apart = Deviation(comments=10, mean=0.001, largest=0.02, policy="balanced", changed_verdicts=1)
    return figures_of(plan, entries, tallies, beside, machine=MACHINE, deviation=apart)

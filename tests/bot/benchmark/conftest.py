"""What a short contest came to, made up so that every figure can be reckoned by hand."""

import pytest

from bot.benchmark.comments import Comments
from bot.benchmark.entries import Models, entries_for
from bot.benchmark.figures import Deviation, Figures, Machine
from bot.benchmark.plan import Plan
from bot.benchmark.tally import Beside, Requests, Tally, figures_of

MACHINE = Machine(
    processor="A <b>quick</b> one",
    cores=2,
    memory_mb=8000,
    system="Linux x86_64",
    versions={"numpy": "2"},
)
# By entry: comments a second in two rounds. Detoxify's two and ours on the twin, then on ours:
# Detoxify's two, and our own in bulk, with its first stage, as a bot, in a raid, as a server.
RATES = (
    *([1, 2], [1, 1], [10, 40]),
    *([5, 10], [2, 2], [50, 50], [75, 75], [40, 40], [100, 100], [30, 30]),
)


@pytest.fixture
def figures() -> Figures:
    entries = entries_for(Models("compact", "ours.ckpt", "twin.ckpt", {}))
    plan = Plan("compact", Comments("2 comments", (("a", "b"),)), 2, 1.0, is_own_file=False)
    tallies = {
        entry.key: Tally(
            0.5,
            1,
            rates=list(map(float, rates)),
            calls=[0.1, 0.2],
            peaks=[] if entry.path is None else [1e9, 3e9],
            memory_mb=99.96,
        )
        for entry, rates in zip(entries, RATES, strict=True)
    }
    beside = Beside(
        alone=[[0.001, 0.002, 0.003], [0.004]],
        waits={0.5: [0.01] * 99 + [0.5], 0.25: [0.01]},
        load_rates={0.5: [20.0, 20.0], 0.25: [10.0, 10.0]},
        overheads=[0.0008, 0.001],
        empty_requests=[[0.0003, 0.0002, 0.0004], [0.0005]],
        requests={
            1.5: [
                Requests(rate=60.0, seconds=1.0, waits=[0.8] * 30, refused=28, late=2, other=0),
                Requests(rate=80.0, seconds=2.0, waits=[0.8] * 80, refused=40, late=0, other=1),
            ],
            0.5: [Requests(rate=20.0, seconds=1.0, waits=[0.02] * 19, refused=0, late=0, other=0)],
        },
        operations={
            "compact": {"operations": 4e7, "tokens": 100.0},
            "twin.ckpt": {"operations": 2e8, "tokens": 100.0},
        },
    )
    apart = Deviation(
        comments=10,
        mean=0.001,
        largest=0.02,
        policy="balanced",
        changed_verdicts=1,
        spared=6,
        changed_by_sparing=0,
    )
    return figures_of(plan, entries, tallies, beside, machine=MACHINE, deviation=apart)

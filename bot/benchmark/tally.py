"""From what was measured, round by round, to the figures. Pure.

Called by `bot.benchmark.contest`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from bot.benchmark.entries import TWIN, Entry
from bot.benchmark.figures import (
    Deviation,
    Figures,
    Floor,
    Load,
    Machine,
    RequestLoad,
    Row,
    Server,
    Spread,
)
from bot.benchmark.plan import Plan

HALF = 0.5


@dataclass(slots=True)
class Tally:
    """What was measured of one entry. `blocks` is how many it plays in a turn.

    `rates` are comments a second, one a round; `calls` are seconds. `peaks` are the operations a
    second that products of bytes reached just before and after each turn, one a round, where the
    entry has a share of the floor.
    """

    startup_s: float
    blocks: int
    rates: list[float] = field(default_factory=list[float])
    calls: list[float] = field(default_factory=list[float])
    peaks: list[float] = field(default_factory=list[float])
    memory_mb: float | None = None


@dataclass(frozen=True, slots=True)
class Requests:
    """What became of requests, `rate` a second, within `seconds`; `waits` are the answered's."""

    rate: float
    seconds: float
    waits: list[float]
    refused: int
    late: int
    other: int


@dataclass(slots=True)
class Beside:
    """What was measured beside the contest. Waits are seconds, by share of the capacity.

    `overheads` are seconds, one a round; `requests` are the turns at a share. `operations` are
    those of all comments, and their tokens, by the compiled model's path.
    """

    alone: list[list[float]] = field(default_factory=list[list[float]])
    waits: dict[float, list[float]] = field(default_factory=dict[float, list[float]])
    load_rates: dict[float, list[float]] = field(default_factory=dict[float, list[float]])
    overheads: list[float] = field(default_factory=list[float])
    empty_requests: list[list[float]] = field(default_factory=list[list[float]])
    requests: dict[float, list[Requests]] = field(default_factory=dict[float, list[Requests]])
    operations: dict[str, Mapping[str, float]] = field(
        default_factory=dict[str, Mapping[str, float]]
    )


def figures_of(
    plan: Plan,
    entries: Sequence[Entry],
    tallies: Mapping[str, Tally],
    beside: Beside,
    *,
    machine: Machine,
    deviation: Deviation,
) -> Figures:
    """Reckon everything up."""
    references = {e.model: tallies[e.key].rates for e in entries if e.is_reference}
    count = len(plan.comments.texts)
    return Figures(
        machine=machine,
        comments=plan.comments.source,
        rounds=plan.rounds,
        rows=[_row(entry, tallies[entry.key], references, beside, count) for entry in entries],
        alone_ms=spread([1e3 * median(turn) for turn in beside.alone]),
        load=[
            Load(
                share=share,
                rate=_round(median(beside.load_rates[share])),
                comments=len(waits),
                **_percentiles(waits),
            )
            for share, waits in sorted(beside.waits.items())
        ],
        server=Server(
            overhead_ms=spread([1e3 * overhead for overhead in beside.overheads]),
            empty_ms=spread([1e3 * median(turn) for turn in beside.empty_requests]),
            load=[_requests(share, turns) for share, turns in sorted(beside.requests.items())],
        ),
        floors=[
            _floor(entry, tallies[entry.key], beside, count)
            for entry in entries
            if entry.path is not None and not entry.is_server
        ],
        deviation=deviation,
    )


def spread(values: Sequence[float]) -> Spread:
    """Give the median, the lowest and the highest."""
    return Spread(median=_round(median(values)), low=_round(min(values)), high=_round(max(values)))


def _row(
    entry: Entry,
    tally: Tally,
    references: Mapping[str, Sequence[float]],
    beside: Beside,
    count: int,
) -> Row:
    waits = beside.waits[HALF] if entry.is_bot else tally.calls
    share = None
    if entry.path is not None:
        operations = beside.operations[entry.path]["operations"] / count
        share = _ratio(tally.rates, [peak / operations for peak in tally.peaks])
    return Row(
        name=entry.name,
        model=entry.model,
        engine=entry.engine,
        comments_per_second=spread(tally.rates).median,
        spread=spread(tally.rates),
        latency_of=entry.latency_of,
        peak_rss_mb=None if tally.memory_mb is None else round(tally.memory_mb, 1),
        startup_s=_round(tally.startup_s),
        ratio_to_detoxify_one_by_one=_ratio(tally.rates, references[entry.model]),
        ratio_to_original_one_by_one=_ratio(tally.rates, references[TWIN]),
        share_of_floor=share,
        **_percentiles(waits),
    )


def _requests(share: float, turns: Sequence[Requests]) -> RequestLoad:
    waits = [wait for turn in turns for wait in turn.waits]
    refused = sum(turn.refused for turn in turns)
    late = sum(turn.late for turn in turns)
    other = sum(turn.other for turn in turns)
    return RequestLoad(
        share=share,
        rate=_round(median(turn.rate for turn in turns)),
        comments=len(waits) + refused + late + other,
        answered=len(waits),
        answered_a_second=_round(median(len(turn.waits) / turn.seconds for turn in turns)),
        refused=refused,
        late=late,
        other=other,
        **_percentiles(waits),
    )


def _floor(entry: Entry, tally: Tally, beside: Beside, count: int) -> Floor:
    found = beside.operations[entry.path or ""]
    peak = spread(tally.peaks)
    return Floor(
        model=entry.model,
        operations_a_comment=round(found["operations"] / count),
        tokens_a_comment=_round(found["tokens"] / count),
        peak_operations_a_second=peak,
        comments_per_second=_round(peak.median * count / found["operations"]),
    )


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    p50, p95, p99 = (1e3 * float(each) for each in np.percentile(seconds, (50, 95, 99)))
    return {"p50_ms": _round(p50), "p95_ms": _round(p95), "p99_ms": _round(p99)}


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Give the median over rounds of the ratios within each round."""
    return _round(median(one / other for one, other in zip(ours, theirs, strict=True)))


def _round(number: float) -> float:
    """Keep four figures: more were never measured."""
    return float(f"{number:.4g}")

"""Where the numbers of a judged discussion fall in a plot: marks, boxes, thresholds and ticks.

Not a drawing: `bot/report/plot.html.j2` turns a `Panel` into SVG. Horizontal places are shares of
the width and vertical ones pixels, so that a plot fits any screen while its words keep their size;
that, links on the marks and colours that follow the reader's scheme are why these plots are laid
out here and not by matplotlib, whose words shrink with the figure. Called by `bot.report.page`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, log10, sqrt

from bot.domain.judgement import Judgement
from bot.domain.verdict import Decision
from bot.policy.wording import score_words, threshold_words
from bot.statistics.summary import MemberRecord, decision_in, is_judged, spread
from config.policy import Category

DOT = 7.0
"""Pixels from one dot's centre to the next."""
NOMINAL_WIDTH = 300.0
"""Pixels: the narrowest a distribution is drawn, where its dots just touch."""
TALLEST = 26
"""Dots on top of each other before a distribution turns to bars."""
BINS = 40
BARS_HEIGHT = 140.0
LINE_APART = 16.0
"""Pixels a level needs above the base line, for its number to be read."""
WORDS_WIDTH = 0.25
"""Share of the width that a threshold's words need beside its line, where plots are narrowest."""
LANE_HEIGHT = 46.0
FEW_COMMENTS = 400
"""Up to here each comment has its own line in the timeline; beyond, bars count them."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One comment. `x` is a share of the width in [0, 1], `y` pixels from the top.

    `comment` is its number, for a link; None for a comment that is not pointed at.
    """

    x: float
    y: float
    decision: Decision
    title: str
    comment: int | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A bar that stands on the base line. `x` and `width` are shares, `height` pixels."""

    x: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold: a line from top to bottom. `decision` is what lies beyond it.

    Its words stand left or right of the line's upper end, which is in the higher row or the lower.
    """

    x: float
    decision: Decision
    words: str
    is_left: bool
    is_high: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A number on the horizontal axis."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class Level:
    """A faint line across, `y` pixels from the top, with its number."""

    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot. `height` is in pixels, without the ticks' words; `description` says it in words."""

    height: float
    description: str
    marks: tuple[Mark, ...] = ()
    boxes: tuple[Box, ...] = ()
    rules: tuple[Rule, ...] = ()
    ticks: tuple[Tick, ...] = ()
    levels: tuple[Level, ...] = ()


Placer = Callable[[Judgement], float]
"""Finds where a comment stands along the timeline, as a share of its width."""


def distributions(
    judgements: Sequence[Judgement], thresholds: dict[Category, tuple[float, float]]
) -> dict[Category, Panel]:
    """Lay out each category's scores, one dot a comment; bars where dots would tower.

    `thresholds` are (flag, act). All panels are equally high and all use dots, or all bars.
    """
    swarms = {category: _swarm(judgements, category) for category in thresholds}
    floors = max((floor for swarm in swarms.values() for _, floor in swarm), default=0) + 1
    panels: dict[Category, Panel] = {}
    for category, swarm in swarms.items():
        words = describe_spread([j.verdict.categories[category] for j, _ in swarm])
        rules = _threshold_rules(*thresholds[category])
        if floors > TALLEST:
            panels[category] = _bars([j for j, _ in swarm], category, rules, words)
        else:
            panels[category] = _dots(swarm, floors, category, rules, words)
    return panels


def describe_spread(scores: Sequence[float]) -> str:
    """Say in words where scores lie: the text beside a plot, for those who cannot see it."""
    found = spread(scores)
    if found is None:
        return "No comment has a score in this category."
    return (
        f"Half of the scores are at or below {score_words(found.median)}, nine in ten at or below "
        f"{score_words(found.ninth_tenth)}; the highest is {score_words(found.highest)}."
    )


def placer(judgements: Sequence[Judgement], *, has_times: bool) -> Placer:
    """Choose the timeline's axis: time where the source has times, else the comments' order."""
    keys = [_key(j, has_times=has_times) for j in judgements]
    first, last = min(keys, default=0.0), max(keys, default=0.0)
    length = (last - first) or 1.0
    return lambda judgement: (_key(judgement, has_times=has_times) - first) / length


def everyone(judgements: Sequence[Judgement], place: Placer, *, has_times: bool) -> Panel:
    """Lay out all comments along the timeline, the judged ones marked."""
    marks = [_mark(j, place(j), LANE_HEIGHT / 2) for j in judgements if is_judged(j)]
    others = [place(j) for j in judgements if not is_judged(j)]
    if len(others) <= FEW_COMMENTS:
        quiet = [Mark(x, LANE_HEIGHT / 2, Decision.ALLOW, "") for x in others]
        boxes: tuple[Box, ...] = ()
    else:
        quiet = []
        counts = _count(others, 2 * BINS)
        unit = LANE_HEIGHT / max(counts)
        boxes = _boxes(counts, lambda count: count * unit, "allowed")
    return Panel(
        height=LANE_HEIGHT,
        description=f"{len(judgements)} comments in order, {len(marks)} of them marked.",
        marks=_gravest_last([*quiet, *marks]),
        boxes=boxes,
        ticks=_ticks(judgements, has_times=has_times),
    )


def lane(record: MemberRecord, place: Placer, most: float) -> Panel:
    """Lay out one member's comments and points along the timeline.

    `most` is the highest points of any member shown: all lanes share one scale.
    """
    own = record.comments
    room = LANE_HEIGHT - 2 * DOT
    unit = room / most if most > 0 else 0.0
    ends = [*(place(j) for j in own[1:]), 1.0]
    boxes = tuple(
        Box(place(j), max(0.0, end - place(j)), j.points * unit, f"{j.points:.1f} points")
        for j, end in zip(own, ends, strict=True)
        if j.points > 0
    )
    return Panel(
        height=LANE_HEIGHT,
        description=f"{len(own)} comments, {len(record.judged)} judged, at most {record.peak:.1f} "
        f"points, {record.points:.1f} at the end.",
        marks=_gravest_last([_mark(j, place(j), LANE_HEIGHT - j.points * unit) for j in own]),
        boxes=boxes,
    )


def _swarm(judgements: Sequence[Judgement], category: Category) -> list[tuple[Judgement, int]]:
    """Stack comments by score, mildest first: each on the lowest floor with room beside it."""
    scored = [j for j in judgements if category in j.verdict.categories]
    scored.sort(key=lambda j: (j.verdict.categories[category], j.comment.position))
    floors: list[float] = []
    placed: list[tuple[Judgement, int]] = []
    for judgement in scored:
        x = judgement.verdict.categories[category]
        free = (n for n, taken in enumerate(floors) if x - taken >= DOT / NOMINAL_WIDTH)
        floor = next(free, len(floors))
        floors[floor : floor + 1] = [x]
        placed.append((judgement, floor))
        if floor > TALLEST:
            # Already too high for dots; which floor the rest takes no longer matters.
            placed += [(j, floor) for j in scored[len(placed) :]]
            break
    return placed


def _dots(
    swarm: Sequence[tuple[Judgement, int]],
    floors: int,
    category: Category,
    rules: tuple[Rule, ...],
    words: str,
) -> Panel:
    height = (max(floors, 8) + 0.5) * DOT
    return Panel(
        height=height,
        description=words,
        marks=tuple(_score_mark(j, category, height - DOT * (floor + 0.5)) for j, floor in swarm),
        rules=rules,
        ticks=_score_ticks(),
    )


def _bars(
    scored: Sequence[Judgement], category: Category, rules: tuple[Rule, ...], words: str
) -> Panel:
    """Lay out many scores: bars as high as the square root of their count, judged ones in a row.

    A root, because a thousand harmless comments at zero would press two at 0.9 out of sight.
    """
    counts = _count([j.verdict.categories[category] for j in scored], BINS)
    unit = BARS_HEIGHT / sqrt(max(1, *counts))
    judged = [j for j in scored if decision_in(j, category) is not Decision.ALLOW]
    powers = [10**power for power in range(1, 8)]
    grid = [n for n in powers if LINE_APART <= sqrt(n) * unit <= BARS_HEIGHT]
    return Panel(
        height=BARS_HEIGHT,
        description=words,
        marks=_gravest_last([_score_mark(j, category, BARS_HEIGHT - DOT / 2) for j in judged]),
        boxes=_boxes(counts, lambda count: sqrt(count) * unit, "comments"),
        rules=rules,
        ticks=_score_ticks(),
        levels=tuple(Level(BARS_HEIGHT - sqrt(n) * unit, f"{n:,}") for n in grid),
    )


def _count(shares: Sequence[float], bins: int) -> list[int]:
    counts = [0] * bins
    for share in shares:
        counts[min(bins - 1, int(share * bins))] += 1
    return counts


def _boxes(counts: Sequence[int], height: Callable[[int], float], noun: str) -> tuple[Box, ...]:
    width = 1 / len(counts)
    return tuple(
        Box(n * width, width, height(count), f"{count:,} {noun}")
        for n, count in enumerate(counts)
        if count
    )


def _mark(judgement: Judgement, x: float, y: float) -> Mark:
    comment, decision = judgement.comment, judgement.verdict.decision
    number = comment.position if is_judged(judgement) else None
    return Mark(x, y, decision, f"#{comment.position} {comment.author.name}", number)


def _score_mark(judgement: Judgement, category: Category, y: float) -> Mark:
    comment, score = judgement.comment, judgement.verdict.categories[category]
    return Mark(
        score,
        y,
        decision_in(judgement, category),
        f"#{comment.position} {comment.author.name}: {score_words(score)}",
        comment.position if is_judged(judgement) else None,
    )


def _gravest_last(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Order marks as they are to be drawn: what was acted on lies on top of what was not."""
    return tuple(sorted(marks, key=lambda mark: list(Decision).index(mark.decision)))


def _threshold_rules(flag: float, act: float) -> tuple[Rule, ...]:
    """Lay out both thresholds so that neither's line crosses the other's words, however close.

    The higher words are on the line whose words reach over the other line.
    """
    is_flag_high = flag < WORDS_WIDTH
    return (
        Rule(flag, Decision.FLAG, f"flag {threshold_words(flag)}", not is_flag_high, is_flag_high),
        Rule(act, Decision.ACT, f"act {threshold_words(act)}", act > 0.5, not is_flag_high),  # noqa: PLR2004 - half
    )


def _score_ticks() -> tuple[Tick, ...]:
    return tuple(Tick(x, f"{x:g}") for x in (0.0, 0.25, 0.5, 0.75, 1.0))


def _key(judgement: Judgement, *, has_times: bool) -> float:
    comment = judgement.comment
    return comment.created_at.timestamp() if has_times else float(comment.position)


_GAPS = 4.5
"""A step of at least this part of the timeline fits into it four times: five ticks at most."""
_STEPS = [
    *(timedelta(minutes=n) for n in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=n) for n in (1, 2, 3, 6, 12)),
    *(timedelta(days=n) for n in (1, 2, 4, 7, 14, 30, 90, 180)),
]
_YEAR = timedelta(days=365).total_seconds()


def _ticks(judgements: Sequence[Judgement], *, has_times: bool) -> tuple[Tick, ...]:
    """Choose at most five round places on the timeline; in a short one there may be none."""
    if len(judgements) < 2:  # noqa: PLR2004 - one comment has no line to stand on
        return ()
    keys = sorted(_key(j, has_times=has_times) for j in judgements)
    first, last = keys[0], keys[-1]
    if last <= first:
        return ()
    least = (last - first) / _GAPS
    if not has_times:
        places = _multiples(_round_up(least), first, last)
        words = [f"#{place:.0f}" for place in places]
    elif least <= _STEPS[-1].total_seconds():
        step = next(s for each in _STEPS if (s := each.total_seconds()) >= least)
        places = _multiples(step, first, last)
        words = _times(places, step)
    else:
        begin, end = (datetime.fromtimestamp(key, UTC).year for key in (first, last))
        years = _multiples(_round_up(least / _YEAR), begin + 1, end)
        places = [datetime(int(year), 1, 1, tzinfo=UTC).timestamp() for year in years]
        words = [f"{year:.0f}" for year in years]
    return tuple(
        Tick((place - first) / (last - first), word)
        for place, word in zip(places, words, strict=True)
    )


def _multiples(step: float, first: float, last: float) -> list[float]:
    return [n * step for n in range(ceil(first / step), int(last // step) + 1)]


def _round_up(least: float) -> float:
    """Find the smallest of 1, 2, 5, 10, 20, 50 ... that is not less than `least`."""
    size = 10 ** max(0, ceil(log10(least)) - 1)
    return next(size * n for n in (1, 2, 5, 10, 20) if size * n >= least)


def _times(places: Sequence[float], step: float) -> list[str]:
    """Write times of day, but the date where a new day begins; dates alone for long steps."""
    words: list[str] = []
    before: datetime | None = None
    for place in places:
        at = datetime.fromtimestamp(place, UTC)
        if step >= timedelta(days=90).total_seconds():
            words.append(f"{at:%b %Y}")
        elif step >= timedelta(days=1).total_seconds() or (
            before is not None and at.date() != before.date()
        ):
            words.append(f"{at.day} {at:%b}")
        else:
            words.append(f"{at:%H:%M}")
        before = at
    return words

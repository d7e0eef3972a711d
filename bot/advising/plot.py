"""The advice as a plot: precision and recall over the threshold, with their intervals. SVG.

Lays out numbers; `plot.html.j2` draws them. Follows the reader's light or dark scheme. Called by
`bot.advise`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.statistics.advice import Advice, Line, Proportion
from config.policy import Category, CategoryRule

WIDTH, HEIGHT, GAP = 560, 200, 70
"""Pixels of one panel, and between two."""

Share = Callable[[Line], Proportion]


@dataclass(frozen=True, slots=True)
class Curve:
    """One share over the threshold, as SVG points: its line, and the band of its intervals."""

    name: str
    line: str
    band: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One category. `rules` are (x, words) of the thresholds that hold now; `top` is in pixels."""

    title: str
    top: int
    curves: tuple[Curve, ...]
    rules: tuple[tuple[float, str], ...]


def draw(advices: Mapping[Category, Advice], rules: Mapping[Category, CategoryRule]) -> str:
    """Draw every category that somebody decided on."""
    known = {category: advice for category, advice in advices.items() if advice.decided}
    panels = [
        Panel(
            title=f"{category}: {advice.decided} decided, {advice.such} found such",
            top=n * (HEIGHT + GAP),
            curves=(
                _curve("precision", advice.lines, lambda line: line.precision),
                _curve("recall", advice.lines, lambda line: line.recall),
            ),
            rules=((_x(rules[category].flag), "flags"), (_x(rules[category].act), "acts")),
        )
        for n, (category, advice) in enumerate(known.items())
    ]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ticks = [n / 10 for n in range(0, 11, 2)]
    return environment.get_template("plot.html.j2").render(
        panels=panels,
        width=WIDTH,
        height=HEIGHT,
        whole=max(1, len(panels)) * (HEIGHT + GAP),
        ticks=[(tick, _x(tick), _y(tick)) for tick in ticks],
    )


def _curve(name: str, lines: Sequence[Line], share: Share) -> Curve:
    """Lay out one curve over the thresholds that reach anything."""
    shown = [(line.threshold, share(line)) for line in lines if share(line).of]
    values = [(at, each.value or 0.0) for at, each in shown]
    lower = [(at, each.interval[0]) for at, each in shown]
    upper = [(at, each.interval[1]) for at, each in shown]
    return Curve(name, _points(values), _points([*upper, *reversed(lower)]))


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in places)


def _x(threshold: float) -> float:
    return threshold * WIDTH


def _y(share: float) -> float:
    return (1 - share) * HEIGHT

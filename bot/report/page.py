"""The page of a judged discussion: one HTML file that needs no network and runs no script.

Chooses and orders what is shown; the look is in `page.html.j2`, `plot.html.j2` and `page.css`.
Decides nothing about comments. Called by `bot.replay`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.domain.comment import Comment, Thread
from bot.domain.ids import CommentId
from bot.domain.judgement import Judgement
from bot.domain.scores import ModelId
from bot.domain.verdict import Decision
from bot.policy.wording import points_words, score_words, threshold_words
from bot.report import wording
from bot.report.safe_text import many_lines, one_line
from bot.report.whole_file import write_whole
from bot.statistics import plots
from bot.statistics.summary import Summary, is_judged, summarise
from config.policy import Category, Policy

PAGE_NAME = "index.html"
DEEPEST = 8
"""Levels of indent shown; deeper replies stay there and still name whom they answer."""
LONG_THREAD = 150
"""Comments. In a longer thread, stretches that were allowed fold away."""
SHORT_STRETCH = 3
"""Comments. A stretch no longer than this is not worth folding."""
LANES = 12
"""Members with a line of their own in the timeline."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Under what a discussion was judged.

    `source` and `database` name them for people; a database address must not hold a password.
    """

    source: str
    database: str
    model: ModelId
    policy: Policy
    policy_version: str
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring comments in reading order, shown or folded away together."""

    judgements: tuple[Judgement, ...]
    is_folded: bool


def write_page(
    folder: Path, thread: Thread, judgements: Sequence[Judgement], occasion: Occasion
) -> Path:
    """Write `folder/index.html`, complete or not at all, and return its path.

    Raises:
        BadInputError: the folder cannot be written to.
    """
    path = folder / PAGE_NAME
    write_whole(path, render_page(thread, judgements, occasion))
    return path


def render_page(
    thread: Thread, judgements: Sequence[Judgement], occasion: Occasion
) -> Iterator[str]:
    """Yield the page piece by piece. Equal input gives equal bytes."""
    summary = summarise(judgements)
    by_id = {comment.id: comment for comment in thread.comments}
    place = plots.placer(judgements, has_times=thread.has_times)
    with_points = [record for record in summary.judged_members if record.peak > 0]
    in_lanes = with_points[:LANES]
    most = max((record.peak for record in in_lanes), default=0.0)
    return (
        _environment()
        .get_template("page.html.j2")
        .generate(
            thread=thread,
            occasion=occasion,
            summary=summary,
            decisions=list(Decision),
            notes=wording.notes_on(thread, judgements),
            totals=wording.totals_in_words(summary),
            stretches=stretches(judgements, by_id),
            by_id=by_id,
            categories=_categories(judgements, summary, occasion.policy),
            everyone=plots.everyone(judgements, place, has_times=thread.has_times),
            lanes=[(record, plots.lane(record, place, most)) for record in in_lanes],
            without_lane=len(with_points) - len(in_lanes),
            deepest=DEEPEST,
        )
    )


def stretches(judgements: Sequence[Judgement], by_id: dict[CommentId, Comment]) -> list[Stretch]:
    """Cut a thread into what is shown and what is folded away: long runs of allowed comments.

    A short thread is one stretch. What a judged comment answers, and what answers it, is shown.
    """
    if len(judgements) <= LONG_THREAD:
        return [Stretch(tuple(judgements), is_folded=False)]
    judged = {j.comment.id for j in judgements if is_judged(j)}
    answered = {by_id[name].parent_id for name in judged}
    shown = [
        j.comment.id in judged or j.comment.id in answered or j.comment.parent_id in judged
        for j in judgements
    ]
    found: list[Stretch] = []
    start = 0
    for end in range(1, len(judgements) + 1):
        if end < len(judgements) and shown[end] is shown[start]:
            continue
        is_folded = not shown[start] and end - start > SHORT_STRETCH
        found.append(Stretch(tuple(judgements[start:end]), is_folded))
        start = end
    return found


def _categories(
    judgements: Sequence[Judgement], summary: Summary, policy: Policy
) -> list[tuple[Category, plots.Panel, int, int]]:
    """Per category: its plot, and how many comments it flagged and acted on."""
    thresholds = {
        category: (policy.categories[category].flag, policy.categories[category].act)
        for category in Category
        if policy.categories[category].judged
    }
    return [
        (
            category,
            panel,
            summary.categories[category][Decision.FLAG],
            summary.categories[category][Decision.ACT],
        )
        for category, panel in plots.distributions(judgements, thresholds).items()
    ]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = environment.filters
    filters |= {
        "line": one_line,
        "lines": many_lines,
        "moment": _moment,
        "number": _number,
        "points": points_words,
        "passage": wording.passage_in_words,
        "gravest": wording.gravest_by_category,
        "decisive": wording.decisive_score,
        "done": wording.done_in_words,
        "threshold": threshold_words,
        "verdict": wording.verdict_in_words,
    }
    names: dict[str, Any] = environment.globals
    names |= {
        "count": wording.count,
        "decision_words": wording.DECISIONS,
        "exempt": wording.EXEMPT,
        "state_words": wording.STATES,
        "score_words": score_words,
        "is_judged": is_judged,
    }
    return environment


def _moment(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M}"


def _number(value: float) -> str:
    """Write a length for SVG or CSS: short, and the same on every machine."""
    return f"{value:.2f}".rstrip("0").rstrip(".")

"""One JSON object a comment, one a line: the replay for programs.

The keys stand in a fixed order and none is ever left out: what is absent is null. Can be replayed
again, see `bot.intake.json_lines`. Called by `bot.replay`.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.domain.comment import Comment
from bot.domain.judgement import Judgement
from bot.report.whole_file import write_whole
from bot.report.wording import decisive_score

PLACES = 6
"""Decimals of scores and points: finer than any model's noise, short enough to compare."""

_LINE_BREAKS = str.maketrans({"\u2028": r"\u2028", "\u2029": r"\u2029", "\x85": r"\u0085"})


def write_json_lines(path: Path, judgements: Iterable[Judgement], *, has_times: bool) -> None:
    """Write every judgement, in order, to a file that is complete or untouched.

    `has_times` False says, with each comment, that `created_at` only stands for the order.

    Raises:
        BadInputError: the place cannot be written to.
    """
    write_whole(path, (line(judgement, has_time=has_times) + "\n" for judgement in judgements))


def line(judgement: Judgement, *, has_time: bool = True) -> str:
    """Write one judgement as JSON without line breaks, its keys in their documented order."""
    record = _record(judgement) | {"has_time": has_time}
    return json.dumps(record, ensure_ascii=False).translate(_LINE_BREAKS)


def _record(judgement: Judgement) -> dict[str, Any]:
    comment, verdict, action = judgement.comment, judgement.verdict, judgement.action
    return {
        "id": comment.id,
        "parent_id": comment.parent_id,
        "author": comment.author.name,
        "text": comment.text,
        "created_at": _time(comment.created_at),
        "scores": {name: _round(s.value) for name, s in judgement.scores.by_label.items()},
        "categories": {name: _round(value) for name, value in verdict.categories.items()},
        "verdict": verdict.decision,
        "breaches": [
            {
                "category": breach.category,
                "label": breach.label,
                "score": _round(breach.score),
                "threshold": breach.threshold,
            }
            for breach in verdict.breaches
        ],
        "action": action and {"kind": action.kind, "until": action.until and _time(action.until)},
        "points": _round(judgement.points),
        "case": judgement.case,
        "reason": judgement.reason,
        **_extras(judgement),
    }


def _extras(judgement: Judgement) -> dict[str, Any]:
    addressee, decisive = judgement.verdict.addressee, decisive_score(judgement)
    return {
        **_standing(judgement.comment),
        "points_before": _round(judgement.points_before),
        "state": judgement.state,
        "capped_from": judgement.action and judgement.action.capped_from,
        "addressee": addressee
        and {"id": addressee.id, "name": addressee.name, "how": addressee.how},
        "passage": decisive
        and {
            "label": decisive[0],
            "text": decisive[1].passage.text,
            "spelling": decisive[1].passage.spelling,
            "window": decisive[1].passage.window,
            "windows": decisive[1].passage.windows,
        },
    }


def _standing(comment: Comment) -> dict[str, Any]:
    """List what a comment is beside its words, for `bot.intake.json_lines` to read again."""
    return {
        "position": comment.position,
        "depth": comment.depth,
        "author_id": comment.author.id,
        "roles": sorted(comment.author.roles),
        "is_bot": comment.author.is_bot,
        "mentions": [{"id": author.id, "name": author.name} for author in comment.mentions],
        "guild": comment.place.guild,
        "category": comment.place.category,
        "forum": comment.place.forum,
        "thread": comment.place.thread,
        "revision": comment.revision,
    }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _round(number: float) -> float:
    return round(float(number), PLACES)

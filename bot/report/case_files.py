"""Cases as files for people and programs: JSON with everything, or a table for a spreadsheet.

Not the replay's own lines (`bot.report.json_lines`). Called by `cogs.case`.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.case import Case, CaseDraft, CaseEvent, Strike
from bot.domain.comment import Author, Place

PLACES = 6
"""Decimals of scores and points, as in `bot.report.json_lines`."""

COLUMNS = (
    "case", "state", "origin", "opened_at", "settled_at", "member_id", "member", "forum_id",
    "thread_id", "comment_id", "step", "until", "points_before", "points_after", "decided_by",
    "failure", "reason", "text",
)  # fmt: skip

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The wide forms too: some spreadsheets take them for the narrow ones."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with its timeline: what a second moderator needs in hand."""

    case: Case
    timeline: Sequence[CaseEvent] = ()


def to_json(files: Iterable[CaseFile]) -> bytes:
    """Write cases as a JSON document with all that is recorded; what is absent is null."""
    document = {"cases": [_record(file) for file in files]}
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def to_csv(files: Iterable[CaseFile]) -> bytes:
    """Write cases as a table, one a row, that no spreadsheet takes for formulas.

    UTF-8 with a byte order mark, because spreadsheets guess the encoding without one.
    """
    rows = io.StringIO(newline="")
    writer = csv.writer(rows)
    writer.writerow(COLUMNS)
    for file in files:
        writer.writerow([_cell(value) for value in _row(file.case)])
    return rows.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    """Show a value; text that a spreadsheet would compute is led by an apostrophe."""
    shown = "" if value is None else str(value)
    risky = isinstance(value, str) and shown.lstrip(" ").startswith(_STARTS_FORMULA)
    return f"'{shown}" if risky else shown


def _row(case: Case) -> tuple[object, ...]:
    draft, action = case.draft, case.action
    place = draft.place
    return (
        case.number,
        case.state,
        draft.origin,
        _time(draft.opened_at),
        _time(case.settled_at),
        draft.member.id,
        draft.member.name,
        place and place.forum,
        place and place.thread,
        draft.key.comment,
        action and action.kind,
        action and _time(action.until),
        round(draft.points_before, PLACES),
        round(draft.points_after, PLACES),
        case.decided_by,
        case.failure,
        draft.reason,
        draft.text,
    )


def _record(file: CaseFile) -> dict[str, object]:
    case = file.case
    draft, action = case.draft, case.action
    return {
        "case": case.number,
        "server_id": case.guild,
        "state": case.state,
        "origin": draft.origin,
        "mode": draft.mode,
        "opened_at": _time(draft.opened_at),
        "settled_at": _time(case.settled_at),
        "member": _member(draft.member),
        "place": _place(draft.place),
        "comment_id": draft.key.comment,
        "revision": draft.key.revision,
        "text": draft.text,
        "reason": draft.reason,
        "action": action
        and {
            "step": action.kind,
            "until": _time(action.until),
            "removes_comment": action.removes_comment,
            "capped_from": action.capped_from,
        },
        "strike": _strike(case.strike),
        "points_before": round(draft.points_before, PLACES),
        "points_after": round(draft.points_after, PLACES),
        "opened_by": draft.moderator,
        "decided_by": case.decided_by,
        "failure": case.failure,
        "judgement": _judgement(draft) if isinstance(draft, CaseDraft) else None,
        "timeline": [
            {"at": _time(event.at), "kind": event.kind, "actor": event.actor, "text": event.text}
            for event in file.timeline
        ],
    }


def _judgement(draft: CaseDraft) -> dict[str, object]:
    verdict = draft.verdict
    return {
        "verdict": verdict.decision,
        "reason": verdict.reason,
        "scores": {label: round(s.value, PLACES) for label, s in draft.scores.by_label.items()},
        "categories": {name: round(value, PLACES) for name, value in verdict.categories.items()},
        "breaches": [
            {
                "category": breach.category,
                "label": breach.label,
                "score": round(breach.score, PLACES),
                "threshold": breach.threshold,
                "decision": breach.decision,
            }
            for breach in verdict.breaches
        ],
        "text_as_scored": draft.normalised,
        "model": {"name": draft.scores.model.name, "sha256": draft.scores.model.sha256},
        "policy_version": draft.policy_version,
        "policy": draft.policy_toml,
    }


def _member(author: Author) -> dict[str, object]:
    return {"id": author.id, "name": author.name}


def _place(place: Place | None) -> dict[str, object] | None:
    return place and {"forum_id": place.forum, "thread_id": place.thread}


def _strike(strike: Strike | None) -> dict[str, object] | None:
    return strike and {
        "at": _time(strike.at),
        "incident_at": _time(strike.incident_at),
        "points": round(strike.points, PLACES),
    }


def _time(at: datetime | None) -> str | None:
    return at and at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

"""What a member gets who asks what is kept about them: plain JSON of their cases and comments.

Pure. Moderators and reporters stay unnamed in it, and what they write among themselves out of it.
Called by the archives.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.action import Action
from bot.domain.appeal import Appeal
from bot.domain.case import Case, CaseDraft, Strike
from bot.domain.comment import Place
from bot.domain.ids import GuildId, MemberId
from bot.domain.journal import Entry
from bot.policy.wording import reason_for_member


def member_copy(
    guild: GuildId,
    member: MemberId,
    cases: Sequence[Case],
    appeals: Sequence[Appeal],
    entries: Sequence[Entry],
) -> dict[str, object]:
    """Put together all that is kept about a member."""
    return {
        "server": guild,
        "member": member,
        "cases": [_case(case) for case in cases],
        "appeals": [_appeal(appeal) for appeal in appeals],
        "comments": [_entry(entry) for entry in entries],
    }


def _case(case: Case) -> dict[str, object]:
    draft = case.draft
    told: dict[str, object] = {
        "number": case.number,
        "state": case.state.value,
        "opened_by": draft.origin.value,
        "name": draft.member.name,
        "roles": sorted(draft.member.roles),
        "comment": draft.key.comment,
        "revision": draft.key.revision,
        "place": _place(draft.place),
        "text": draft.text or None,
        "mode": draft.mode.value,
        "action": _action(case.action),
        "strike": _strike(case.strike),
        "points_before": draft.points_before,
        "points_after": draft.points_after,
        "reason": reason_for_member(draft),
        "opened_at": draft.opened_at.isoformat(),
        "settled_at": _moment(case.settled_at),
        "failure": case.failure,
    }
    if isinstance(draft, CaseDraft):
        told["said_at"] = draft.comment.created_at.isoformat()
        told["scores"] = {
            label.value: score.value for label, score in draft.scores.by_label.items()
        }
        told["categories"] = {c.value: score for c, score in draft.verdict.categories.items()}
        told["model"] = draft.scores.model.name
        told["policy"] = draft.policy_version
    return told


def _appeal(appeal: Appeal) -> dict[str, object]:
    return {
        "id": appeal.id,
        "case": appeal.case,
        "state": appeal.state.value,
        "opened_at": appeal.opened_at.isoformat(),
        "decided_at": _moment(appeal.decided_at),
        "remarks": [
            {
                "at": remark.at.isoformat(),
                "from": "you" if remark.is_member else "moderators",
                "text": remark.text,
            }
            for remark in appeal.remarks
        ],
    }


def _entry(entry: Entry) -> dict[str, object]:
    return {
        "comment": entry.key.comment,
        "revision": entry.key.revision,
        "place": _place(entry.place),
        "name": entry.author.name,
        "text": entry.text,
        "said_at": entry.created_at.isoformat(),
        "judged_at": entry.judged_at.isoformat(),
        "scores": {label.value: value for label, value in entry.values.items()},
        "model": entry.model.name,
        "decision": entry.decision.value,
        "case": entry.case,
    }


def _place(place: Place | None) -> dict[str, str | None] | None:
    if place is None:
        return None
    return {"thread": place.thread, "forum": place.forum, "category": place.category}


def _action(action: Action | None) -> dict[str, object] | None:
    if action is None:
        return None
    return {
        "step": action.kind.value,
        "until": _moment(action.until),
        "removes_comment": action.removes_comment,
    }


def _strike(strike: Strike | None) -> dict[str, object] | None:
    return strike and {"at": strike.at.isoformat(), "points": strike.points}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()

"""Rows to frozen domain objects and back, without loss. Pure: no database is touched.

Called by `bot.storage.case_log` only.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain.action import Action
from bot.domain.case import Case, CaseDraft, CaseState, Strike
from bot.domain.comment import Author, Comment, Place
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId, RoleId
from bot.domain.scores import ModelId, Passage, Score, Scores, Spelling
from bot.domain.verdict import Addressee, Breach, Decision, Verdict
from bot.errors import StorageError
from bot.storage.tables import CaseRow, PolicyRow
from config.labels import Label
from config.policy import Category, Mode, StepKind


def to_row(case: Case) -> CaseRow:
    """Write a case as a row. The policy's text stands in its own table."""
    draft = case.draft
    comment, verdict, action, strike = draft.comment, draft.verdict, draft.action, draft.strike
    return CaseRow(
        guild_id=comment.place.guild,
        number=case.number,
        state=case.state,
        comment_id=comment.id,
        revision=comment.revision,
        forum_id=comment.place.forum,
        thread_id=comment.place.thread,
        channel_category_id=comment.place.category,
        author_id=comment.author.id,
        author_name=comment.author.name,
        author_roles=sorted(comment.author.roles),
        author_is_bot=comment.author.is_bot,
        text=comment.text,
        normalised=draft.normalised,
        created_at=comment.created_at,
        position=comment.position,
        depth=comment.depth,
        mentions=[_author_to_json(author) for author in comment.mentions],
        parent_id=comment.parent_id,
        parent=draft.parent and _comment_to_json(draft.parent),
        model_name=draft.scores.model.name,
        model_sha256=draft.scores.model.sha256,
        scores={str(label): _score_to_json(s) for label, s in draft.scores.by_label.items()},
        decision=verdict.decision,
        categories={str(category): score for category, score in verdict.categories.items()},
        breaches=[_breach_to_json(breach) for breach in verdict.breaches],
        addressee_id=verdict.addressee and verdict.addressee.id,
        addressee_name=verdict.addressee and verdict.addressee.name,
        addressee_how=verdict.addressee and verdict.addressee.how,
        verdict_reason=verdict.reason,
        mode=draft.mode,
        policy_version=draft.policy_version,
        action_kind=action and action.kind,
        action_until=action and action.until,
        action_removes_comment=action and action.removes_comment,
        action_capped_from=action and action.capped_from,
        strike_points=strike and strike.points,
        strike_at=strike and strike.at,
        strike_incident_at=strike and strike.incident_at,
        points_before=draft.points_before,
        points_after=draft.points_after,
        reason=draft.reason,
        opened_at=draft.opened_at,
        settled_at=case.settled_at,
        failure=case.failure,
    )


def to_policy_row(draft: CaseDraft) -> PolicyRow:
    """Write the policy a case was judged under as a row."""
    return PolicyRow(
        version=draft.policy_version, toml=draft.policy_toml, first_used_at=draft.opened_at
    )


def to_case(row: CaseRow, policy: PolicyRow) -> Case:
    """Read a case back, equal to what was written.

    Raises:
        StorageError: the row was changed by hand or by another program into no case.
    """
    try:
        return _to_case(row, policy)
    except (KeyError, TypeError, ValueError) as error:
        raise StorageError(
            f"case {row.number} of server {row.guild_id} cannot be read back ({error}): its row was"
            " changed by something other than Evenhand"
        ) from error


def to_strike(
    at: datetime | None, incident_at: datetime | None, points: float | None
) -> Strike | None:
    """Read the three strike columns; None when the comment added none."""
    if at is None or incident_at is None or points is None:
        return None
    return Strike(at, incident_at, points)


def _to_case(row: CaseRow, policy: PolicyRow) -> Case:
    return Case(
        number=row.number,
        draft=CaseDraft(
            comment=_comment_of(row),
            parent=None if row.parent is None else _comment_from_json(row.parent),
            normalised=row.normalised,
            scores=Scores(
                {Label(label): _score_from_json(score) for label, score in row.scores.items()},
                ModelId(row.model_name, row.model_sha256),
            ),
            verdict=_verdict_of(row),
            action=_action_of(row),
            mode=Mode(row.mode),
            policy_version=policy.version,
            policy_toml=policy.toml,
            strike=to_strike(row.strike_at, row.strike_incident_at, row.strike_points),
            points_before=row.points_before,
            points_after=row.points_after,
            reason=row.reason,
            opened_at=row.opened_at,
        ),
        state=CaseState(row.state),
        settled_at=row.settled_at,
        failure=row.failure,
    )


def _comment_of(row: CaseRow) -> Comment:
    return Comment(
        id=CommentId(row.comment_id),
        place=Place(
            guild=GuildId(row.guild_id),
            thread=PlaceId(row.thread_id),
            forum=_place_id(row.forum_id),
            category=_place_id(row.channel_category_id),
        ),
        author=Author(
            id=MemberId(row.author_id),
            name=row.author_name,
            roles=frozenset(RoleId(role) for role in row.author_roles),
            is_bot=row.author_is_bot,
        ),
        text=row.text,
        created_at=row.created_at,
        position=row.position,
        parent_id=None if row.parent_id is None else CommentId(row.parent_id),
        depth=row.depth,
        revision=row.revision,
        mentions=tuple(_author_from_json(author) for author in row.mentions),
    )


def _verdict_of(row: CaseRow) -> Verdict:
    addressee = None
    if row.addressee_id is not None:
        addressee = Addressee(
            MemberId(row.addressee_id), row.addressee_name or "", row.addressee_how or ""
        )
    return Verdict(
        decision=Decision(row.decision),
        categories={Category(category): score for category, score in row.categories.items()},
        breaches=tuple(_breach_from_json(breach) for breach in row.breaches),
        reason=row.verdict_reason,
        addressee=addressee,
    )


def _action_of(row: CaseRow) -> Action | None:
    if row.action_kind is None:
        return None
    return Action(
        kind=StepKind(row.action_kind),
        until=row.action_until,
        removes_comment=bool(row.action_removes_comment),
        capped_from=None if row.action_capped_from is None else StepKind(row.action_capped_from),
    )


def _place_id(value: str | None) -> PlaceId | None:
    return None if value is None else PlaceId(value)


def _comment_to_json(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "guild": comment.place.guild,
        "forum": comment.place.forum,
        "thread": comment.place.thread,
        "channel_category": comment.place.category,
        "author": _author_to_json(comment.author),
        "text": comment.text,
        "created_at": comment.created_at.isoformat(),
        "position": comment.position,
        "parent_id": comment.parent_id,
        "depth": comment.depth,
        "revision": comment.revision,
        "mentions": [_author_to_json(author) for author in comment.mentions],
    }


def _comment_from_json(fields: Mapping[str, Any]) -> Comment:
    return Comment(
        id=CommentId(fields["id"]),
        place=Place(
            guild=GuildId(fields["guild"]),
            thread=PlaceId(fields["thread"]),
            forum=_place_id(fields["forum"]),
            category=_place_id(fields["channel_category"]),
        ),
        author=_author_from_json(fields["author"]),
        text=fields["text"],
        created_at=datetime.fromisoformat(fields["created_at"]),
        position=fields["position"],
        parent_id=None if fields["parent_id"] is None else CommentId(fields["parent_id"]),
        depth=fields["depth"],
        revision=fields["revision"],
        mentions=tuple(_author_from_json(author) for author in fields["mentions"]),
    )


def _author_to_json(author: Author) -> dict[str, Any]:
    return {
        "id": author.id,
        "name": author.name,
        "roles": sorted(author.roles),
        "is_bot": author.is_bot,
    }


def _author_from_json(fields: Mapping[str, Any]) -> Author:
    return Author(
        id=MemberId(fields["id"]),
        name=fields["name"],
        roles=frozenset(RoleId(role) for role in fields["roles"]),
        is_bot=fields["is_bot"],
    )


def _score_to_json(score: Score) -> dict[str, Any]:
    passage = score.passage
    return {
        "value": score.value,
        "text": passage.text,
        "spelling": passage.spelling,
        "window": passage.window,
        "windows": passage.windows,
    }


def _score_from_json(fields: Mapping[str, Any]) -> Score:
    return Score(
        value=fields["value"],
        passage=Passage(
            text=fields["text"],
            spelling=Spelling(fields["spelling"]),
            window=fields["window"],
            windows=fields["windows"],
        ),
    )


def _breach_to_json(breach: Breach) -> dict[str, Any]:
    return {
        "category": breach.category,
        "label": breach.label,
        "score": breach.score,
        "threshold": breach.threshold,
        "decision": breach.decision,
    }


def _breach_from_json(fields: Mapping[str, Any]) -> Breach:
    return Breach(
        category=Category(fields["category"]),
        label=Label(fields["label"]),
        score=fields["score"],
        threshold=fields["threshold"],
        decision=Decision(fields["decision"]),
    )

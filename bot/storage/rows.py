"""Cases to rows and back, without loss; words are sealed on the way. No database is touched.

Not the rows of a running bot's other records (`bot.storage.live_rows`). Called by the adapters
beside it.
"""

from datetime import datetime
from typing import Any

from bot.domain.action import Action
from bot.domain.case import Case, CaseDraft, CaseState, Draft, HandDraft, Origin, Strike
from bot.domain.comment import Author, Comment
from bot.domain.ids import CommentId, GuildId, MemberId, RoleId
from bot.domain.scores import ModelId, Scores
from bot.domain.verdict import Decision, Verdict
from bot.storage.cipher import Cipher, map_words
from bot.storage.row_parts import (
    addressee_of,
    author_from_json,
    author_to_json,
    breach_from_json,
    breach_to_json,
    comment_from_json,
    comment_to_json,
    needed,
    place_of,
    read_back,
    score_from_json,
    score_to_json,
)
from bot.storage.tables import CaseRow, PolicyRow
from config.labels import Label
from config.policy import Category, Mode, StepKind


def to_row(case: Case, cipher: Cipher) -> CaseRow:
    """Write a case as a row. The policy's text stands in its own table."""
    return CaseRow(
        number=case.number, **standing_columns(case), **draft_columns(case.draft, cipher)
    )


def standing_columns(case: Case) -> dict[str, Any]:
    """Write what changes of a case once it is opened."""
    draft = case.draft
    return {
        "state": case.state,
        "settled_at": case.settled_at,
        "failure": case.failure,
        "decided_by": case.decided_by,
        **_action_columns("decided_", case.action if case.action != draft.action else None),
        **_strike_columns("decided_", case.strike if case.strike != draft.strike else None),
    }


def draft_columns(draft: Draft, cipher: Cipher) -> dict[str, Any]:
    """Write what a case was opened with."""
    key, member, place = draft.key, draft.member, draft.place
    columns: dict[str, Any] = {
        "guild_id": key.guild,
        "comment_id": key.comment,
        "revision": key.revision,
        "origin": draft.origin,
        "moderator_id": draft.moderator,
        "is_done": isinstance(draft, HandDraft) and draft.is_done,
        "forum_id": place and place.forum,
        "thread_id": place and place.thread,
        "channel_category_id": place and place.category,
        "author_id": member.id,
        "author_name": member.name,
        "author_roles": sorted(member.roles),
        "author_is_bot": member.is_bot,
        "author_immune": member.immune,
        "text": None if draft.text is None else cipher.seal(draft.text),
        "mode": draft.mode,
        **_action_columns("", draft.action),
        **_strike_columns("", draft.strike),
        "points_before": draft.points_before,
        "points_after": draft.points_after,
        "reason": draft.reason,
        "opened_at": draft.opened_at,
    }
    return columns | (_judged_columns(draft, cipher) if isinstance(draft, CaseDraft) else {})


def to_policy_row(draft: CaseDraft) -> PolicyRow:
    """Write the policy a case was judged under as a row."""
    return PolicyRow(
        version=draft.policy_version, toml=draft.policy_toml, first_used_at=draft.opened_at
    )


def to_case(row: CaseRow, policy: PolicyRow | None, cipher: Cipher) -> Case:
    """Read a case back, equal to what was written.

    Raises:
        StorageError: the row was changed by hand or by another program into no case.
    """
    with read_back(f"case {row.number} of server {row.guild_id}"):
        is_by_hand = row.model_name is None
        draft = _hand_draft(row, cipher) if is_by_hand else _case_draft(row, policy, cipher)
        decided = to_action(
            row.decided_action_kind,
            row.decided_action_until,
            row.decided_action_removes_comment,
            row.decided_action_capped_from,
            row.decided_action_purge_hours,
        )
        strike = to_strike(
            row.decided_strike_at, row.decided_strike_incident_at, row.decided_strike_points
        )
        return Case(
            number=row.number,
            draft=draft,
            state=CaseState(row.state),
            action=decided or draft.action,
            strike=strike or draft.strike,
            settled_at=row.settled_at,
            failure=row.failure,
            decided_by=_member_id(row.decided_by),
        )


def to_strike(
    at: datetime | None, incident_at: datetime | None, points: float | None
) -> Strike | None:
    """Read the three strike columns; None when there is no strike."""
    if at is None or incident_at is None or points is None:
        return None
    return Strike(at, incident_at, points)


def to_action(
    kind: str | None,
    until: datetime | None,
    removes: bool | None,
    capped_from: str | None,
    purge_hours: int | None,
) -> Action | None:
    """Read the five action columns; None when there is no action."""
    if kind is None:
        return None
    return Action(
        kind=StepKind(kind),
        until=until,
        removes_comment=bool(removes),
        capped_from=None if capped_from is None else StepKind(capped_from),
        purge_hours=purge_hours or 0,
    )


def _judged_columns(draft: CaseDraft, cipher: Cipher) -> dict[str, Any]:
    comment, verdict, addressee = draft.comment, draft.verdict, draft.verdict.addressee
    mentions = [author_to_json(author) for author in comment.mentions]
    scores = {str(label): score_to_json(s) for label, s in draft.scores.by_label.items()}
    return {
        "normalised": cipher.seal(draft.normalised),
        "created_at": comment.created_at,
        "position": comment.position,
        "depth": comment.depth,
        "mentions": map_words(cipher.seal, mentions),
        "parent_id": comment.parent_id,
        "parent": draft.parent and map_words(cipher.seal, comment_to_json(draft.parent)),
        "model_name": draft.scores.model.name,
        "model_sha256": draft.scores.model.sha256,
        "scores": map_words(cipher.seal, scores),
        "decision": verdict.decision,
        "categories": {str(category): score for category, score in verdict.categories.items()},
        "breaches": [breach_to_json(breach) for breach in verdict.breaches],
        "addressee_id": addressee and addressee.id,
        "addressee_name": addressee and addressee.name,
        "addressee_how": addressee and addressee.how,
        "verdict_reason": verdict.reason,
        "policy_version": draft.policy_version,
    }


def _action_columns(prefix: str, action: Action | None) -> dict[str, Any]:
    return {
        f"{prefix}action_kind": action and action.kind,
        f"{prefix}action_until": action and action.until,
        f"{prefix}action_removes_comment": action and action.removes_comment,
        f"{prefix}action_capped_from": action and action.capped_from,
        f"{prefix}action_purge_hours": action and action.purge_hours,
    }


def _strike_columns(prefix: str, strike: Strike | None) -> dict[str, Any]:
    return {
        f"{prefix}strike_points": strike and strike.points,
        f"{prefix}strike_at": strike and strike.at,
        f"{prefix}strike_incident_at": strike and strike.incident_at,
    }


def _case_draft(row: CaseRow, policy: PolicyRow | None, cipher: Cipher) -> CaseDraft:
    policy = needed(policy, "policy_version")
    scores: dict[str, Any] = _revealed(needed(row.scores, "scores"), cipher)
    parent = row.parent and _revealed(row.parent, cipher)
    return CaseDraft(
        comment=_comment_of(row, cipher),
        parent=None if parent is None else comment_from_json(parent),
        normalised=cipher.reveal(needed(row.normalised, "normalised")),
        scores=Scores(
            {Label(label): score_from_json(score) for label, score in scores.items()},
            ModelId(needed(row.model_name, "model_name"), needed(row.model_sha256, "model_sha256")),
        ),
        verdict=_verdict_of(row),
        mode=Mode(row.mode),
        policy_version=policy.version,
        policy_toml=policy.toml,
        origin=Origin(row.origin),
        moderator=_member_id(row.moderator_id),
        action=_action_of(row),
        strike=_strike_of(row),
        points_before=row.points_before,
        points_after=row.points_after,
        reason=row.reason,
        opened_at=row.opened_at,
    )


def _hand_draft(row: CaseRow, cipher: Cipher) -> HandDraft:
    place = None
    if row.thread_id is not None:
        place = place_of(row.guild_id, row.thread_id, row.forum_id, row.channel_category_id)
    return HandDraft(
        guild=GuildId(row.guild_id),
        comment=CommentId(row.comment_id),
        member=_author_of(row),
        place=place,
        text=None if row.text is None else cipher.reveal(row.text),
        revision=row.revision,
        is_done=row.is_done,
        origin=Origin(row.origin),
        moderator=_member_id(row.moderator_id),
        action=_action_of(row),
        strike=_strike_of(row),
        points_before=row.points_before,
        points_after=row.points_after,
        reason=row.reason,
        opened_at=row.opened_at,
    )


def _comment_of(row: CaseRow, cipher: Cipher) -> Comment:
    mentions: list[Any] = _revealed(needed(row.mentions, "mentions"), cipher)
    thread = needed(row.thread_id, "thread_id")
    return Comment(
        id=CommentId(row.comment_id),
        place=place_of(row.guild_id, thread, row.forum_id, row.channel_category_id),
        author=_author_of(row),
        text=cipher.reveal(needed(row.text, "text")),
        created_at=needed(row.created_at, "created_at"),
        position=needed(row.position, "position"),
        parent_id=None if row.parent_id is None else CommentId(row.parent_id),
        depth=needed(row.depth, "depth"),
        revision=row.revision,
        mentions=tuple(author_from_json(author) for author in mentions),
    )


def _author_of(row: CaseRow) -> Author:
    return Author(
        id=MemberId(row.author_id),
        name=row.author_name,
        roles=frozenset(RoleId(role) for role in row.author_roles),
        is_bot=row.author_is_bot,
        immune=row.author_immune,
    )


def _verdict_of(row: CaseRow) -> Verdict:
    categories = needed(row.categories, "categories")
    breaches = needed(row.breaches, "breaches")
    return Verdict(
        decision=Decision(row.decision),
        categories={Category(category): score for category, score in categories.items()},
        breaches=tuple(breach_from_json(breach) for breach in breaches),
        reason=needed(row.verdict_reason, "verdict_reason"),
        addressee=addressee_of(row.addressee_id, row.addressee_name, row.addressee_how),
    )


def _action_of(row: CaseRow) -> Action | None:
    return to_action(
        row.action_kind,
        row.action_until,
        row.action_removes_comment,
        row.action_capped_from,
        row.action_purge_hours,
    )


def _strike_of(row: CaseRow) -> Strike | None:
    return to_strike(row.strike_at, row.strike_incident_at, row.strike_points)


def _member_id(value: str | None) -> MemberId | None:
    return None if value is None else MemberId(value)


def _revealed(value: object, cipher: Cipher) -> Any:
    return map_words(cipher.reveal, value)

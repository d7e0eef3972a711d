"""Timelines, effects, journal, appeals and claims to rows and back; words are sealed on the way.

Not cases (`bot.storage.rows`). No database is touched. Called by the adapters beside it.
"""

from collections.abc import Iterable
from typing import Any

from bot.domain.appeal import Appeal, AppealState, Remark
from bot.domain.case import CaseEvent, CaseKey, EventKind
from bot.domain.comment import Author
from bot.domain.effect import Effect, EffectKind, EffectState
from bot.domain.ids import AppealId, CommentId, EffectId, GuildId, MemberId, PlaceId, RoleId
from bot.domain.journal import Cursor, Entry
from bot.domain.scores import ModelId
from bot.domain.verdict import Decision
from bot.moderation.ports import Claim
from bot.storage.cipher import Cipher
from bot.storage.live_tables import AppealRow, ClaimRow, CursorRow, EntryRow, RemarkRow
from bot.storage.row_parts import addressee_of, place_of, read_back
from bot.storage.tables import CaseEventRow, EffectRow
from config.labels import Label


def event_row(guild: GuildId, case: int, event: CaseEvent, cipher: Cipher) -> CaseEventRow:
    """Write a line of a case's timeline."""
    return CaseEventRow(
        guild_id=guild,
        case_number=case,
        at=event.at,
        kind=event.kind,
        actor_id=event.actor,
        text=cipher.seal(event.text),
    )


def to_event(row: CaseEventRow, cipher: Cipher) -> CaseEvent:
    """Read a line of a case's timeline."""
    with read_back(f"the timeline of case {row.case_number} of server {row.guild_id}"):
        return CaseEvent(
            row.at, EventKind(row.kind), _member_id(row.actor_id), cipher.reveal(row.text)
        )


def effect_columns(effect: Effect, cipher: Cipher) -> dict[str, Any]:
    """Write an effect."""
    return {
        "id": effect.id,
        "guild_id": effect.guild,
        "case_number": effect.case,
        "position": effect.position,
        "kind": effect.kind,
        "state": effect.state,
        "planned_at": effect.planned_at,
        "sent_at": effect.sent_at,
        "attempts": effect.attempts,
        "until": effect.until,
        "text": None if effect.text is None else cipher.seal(effect.text),
        "error": effect.error,
        "message_id": effect.message,
    }


def to_effect(row: EffectRow, cipher: Cipher) -> Effect:
    """Read an effect."""
    with read_back(f"effect {row.id} of case {row.case_number} of server {row.guild_id}"):
        return Effect(
            id=EffectId(row.id),
            guild=GuildId(row.guild_id),
            case=row.case_number,
            position=row.position,
            kind=EffectKind(row.kind),
            state=EffectState(row.state),
            planned_at=row.planned_at,
            sent_at=row.sent_at,
            attempts=row.attempts,
            until=row.until,
            text=None if row.text is None else cipher.reveal(row.text),
            error=row.error,
            message=row.message_id,
        )


def entry_columns(entry: Entry, cipher: Cipher) -> dict[str, Any]:
    """Write a journal entry."""
    author, place, addressee = entry.author, entry.place, entry.addressee
    return {
        "guild_id": entry.key.guild,
        "comment_id": entry.key.comment,
        "revision": entry.key.revision,
        "forum_id": place.forum,
        "thread_id": place.thread,
        "channel_category_id": place.category,
        "author_id": author.id,
        "author_name": author.name,
        "author_roles": sorted(author.roles),
        "author_is_bot": author.is_bot,
        "author_immune": author.immune,
        "text": None if entry.text is None else cipher.seal(entry.text),
        "created_at": entry.created_at,
        "judged_at": entry.judged_at,
        "scores": {str(label): value for label, value in entry.values.items()},
        "model_name": entry.model.name,
        "model_sha256": entry.model.sha256,
        "decision": entry.decision,
        "policy_version": entry.policy_version,
        "addressee_id": addressee and addressee.id,
        "addressee_name": addressee and addressee.name,
        "addressee_how": addressee and addressee.how,
        "case_number": entry.case,
    }


def to_entry(row: EntryRow, cipher: Cipher) -> Entry:
    """Read a journal entry."""
    with read_back(f"the journal's comment {row.comment_id} of server {row.guild_id}"):
        return Entry(
            key=CaseKey(GuildId(row.guild_id), CommentId(row.comment_id), row.revision),
            place=place_of(row.guild_id, row.thread_id, row.forum_id, row.channel_category_id),
            author=Author(
                id=MemberId(row.author_id),
                name=row.author_name,
                roles=frozenset(RoleId(role) for role in row.author_roles),
                is_bot=row.author_is_bot,
                immune=row.author_immune,
            ),
            text=None if row.text is None else cipher.reveal(row.text),
            created_at=row.created_at,
            judged_at=row.judged_at,
            values={Label(label): value for label, value in row.scores.items()},
            model=ModelId(row.model_name, row.model_sha256),
            decision=Decision(row.decision),
            policy_version=row.policy_version,
            addressee=addressee_of(row.addressee_id, row.addressee_name, row.addressee_how),
            case=row.case_number,
        )


def to_cursor(row: CursorRow) -> Cursor:
    """Read a cursor."""
    return Cursor(
        GuildId(row.guild_id),
        PlaceId(row.thread_id),
        PlaceId(row.parent_id),
        CommentId(row.comment_id),
        row.moved_at,
    )


def appeal_columns(appeal: Appeal) -> dict[str, Any]:
    """Write an appeal; its remarks are rows of their own."""
    return {
        "id": appeal.id,
        "guild_id": appeal.guild,
        "case_number": appeal.case,
        "member_id": appeal.member,
        "state": appeal.state,
        "opened_at": appeal.opened_at,
        "due_at": appeal.due_at,
        "decided_at": appeal.decided_at,
        "decided_by": appeal.decided_by,
        "reminded_at": appeal.reminded_at,
    }


def remark_row(appeal: AppealId, position: int, remark: Remark, cipher: Cipher) -> RemarkRow:
    """Write one turn of an appeal's dialogue."""
    return RemarkRow(
        appeal_id=appeal,
        position=position,
        at=remark.at,
        author_id=remark.author,
        is_member=remark.is_member,
        text=cipher.seal(remark.text),
    )


def to_appeal(row: AppealRow, remarks: Iterable[RemarkRow], cipher: Cipher) -> Appeal:
    """Read an appeal with its remarks, which come in order."""
    with read_back(f"appeal {row.id} of server {row.guild_id}"):
        return Appeal(
            id=AppealId(row.id),
            guild=GuildId(row.guild_id),
            case=row.case_number,
            member=MemberId(row.member_id),
            state=AppealState(row.state),
            opened_at=row.opened_at,
            due_at=row.due_at,
            remarks=tuple(
                Remark(r.at, MemberId(r.author_id), r.is_member, cipher.reveal(r.text))
                for r in remarks
            ),
            decided_at=row.decided_at,
            decided_by=_member_id(row.decided_by),
            reminded_at=row.reminded_at,
        )


def to_claim(row: ClaimRow) -> Claim:
    """Read a claim."""
    return Claim(GuildId(row.guild_id), row.case_number, MemberId(row.moderator_id), row.until)


def _member_id(value: str | None) -> MemberId | None:
    return None if value is None else MemberId(value)

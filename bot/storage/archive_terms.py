"""The conditions and statements that the archive asks the tables with. Nothing is run here.

Called by `bot.storage.archive` only.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Update, case, exists, null
from sqlmodel import col, or_, select, update

from bot.domain.appeal import AppealState
from bot.domain.effect import EffectKind
from bot.domain.ids import GuildId, MemberId
from bot.storage.live_tables import AppealRow, EntryRow, RemarkRow
from bot.storage.planning import UNSETTLED
from bot.storage.tables import CaseEventRow, CaseRow, EffectRow


def cases_of(guild: GuildId, member: MemberId) -> ColumnElement[bool]:
    """Pick a member's cases."""
    return (col(CaseRow.guild_id) == guild) & (col(CaseRow.author_id) == member)


def appeals_of(guild: GuildId, member: MemberId) -> ColumnElement[bool]:
    """Pick a member's appeals."""
    return (col(AppealRow.guild_id) == guild) & (col(AppealRow.member_id) == member)


def entries_of(guild: GuildId, member: MemberId) -> ColumnElement[bool]:
    """Pick a member's comments in the journal."""
    return (col(EntryRow.guild_id) == guild) & (col(EntryRow.author_id) == member)


def is_case(guild: GuildId, number: int) -> ColumnElement[bool]:
    """Pick one case."""
    return (col(CaseRow.guild_id) == guild) & (col(CaseRow.number) == number)


def lines_of(guild: GuildId, number: int) -> ColumnElement[bool]:
    """Pick the timeline of one case."""
    return (col(CaseEventRow.guild_id) == guild) & (col(CaseEventRow.case_number) == number)


def is_there(text: str | None) -> ColumnElement[bool]:
    """Say whether a column holds words, sealed or plain."""
    return col(text).is_not(None) & (col(text) != "")


def is_appealed() -> ColumnElement[bool]:
    """Say whether a case has an open appeal."""
    return exists().where(
        col(AppealRow.guild_id) == CaseRow.guild_id,
        col(AppealRow.case_number) == CaseRow.number,
        col(AppealRow.state) == AppealState.OPEN,
    )


def owes_text() -> ColumnElement[bool]:
    """Say whether a case's words are still to be sent back to their author."""
    return exists().where(
        col(EffectRow.guild_id) == CaseRow.guild_id,
        col(EffectRow.case_number) == CaseRow.number,
        col(EffectRow.kind) == EffectKind.RETURN_TEXT,
        col(EffectRow.state).in_(UNSETTLED),
    )


def empty_lines(wanted: ColumnElement[bool]) -> Update:
    """Empty lines of a timeline."""
    return update(CaseEventRow).where(wanted, col(CaseEventRow.text) != "").values(text="")


def forget_in_journal(guild: GuildId, member: MemberId) -> Update:
    """Take a member's words and name out of the journal, where they spoke or were spoken to."""
    spoke = col(EntryRow.author_id) == member
    was_told = col(EntryRow.addressee_id) == member
    return (
        update(EntryRow)
        .where(col(EntryRow.guild_id) == guild)
        .where(
            or_(
                spoke & (col(EntryRow.text).is_not(None) | (col(EntryRow.author_name) != "")),
                was_told & (col(EntryRow.addressee_name) != ""),
            )
        )
        .values(
            text=case((spoke, null()), else_=col(EntryRow.text)),
            author_name=case((spoke, ""), else_=col(EntryRow.author_name)),
            addressee_name=case((was_told, ""), else_=col(EntryRow.addressee_name)),
        )
    )


def remarks_of(
    guild: GuildId, member: MemberId, keep_cases: Collection[int]
) -> ColumnElement[bool]:
    """Pick what a member wrote in appeals, except against the cases kept."""
    appeals = select(AppealRow.id).where(
        appeals_of(guild, member), col(AppealRow.case_number).not_in(keep_cases)
    )
    return (
        col(RemarkRow.appeal_id).in_(appeals)
        & col(RemarkRow.is_member)
        & (col(RemarkRow.text) != "")
    )


NAMING = ("number", "addressee_id", "mentions", "parent")
"""The columns of a case that `names` looks through, and which case it is."""


def names(row: RowMapping, member: MemberId) -> bool:
    """Say whether a case's comment, or the one it answers, mentions a member or is to or by them.

    `row` has the `NAMING` columns as the table holds them.
    """
    authors: list[dict[str, Any]] = list(row["mentions"] or [])
    if row["parent"] is not None:
        authors += [row["parent"]["author"], *row["parent"]["mentions"]]
    return row["addressee_id"] == member or any(author["id"] == member for author in authors)

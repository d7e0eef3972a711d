"""What the fake archive leaves of entries, appeals and timelines; the real one does it in SQL."""

from dataclasses import replace

from bot.domain.appeal import Appeal
from bot.domain.case import CaseEvent, EventKind
from bot.domain.ids import MemberId
from bot.domain.journal import Entry


def entry_without(entry: Entry, member: MemberId) -> Entry:
    """Give a journal entry with a member's words and name erased."""
    addressee = entry.addressee
    if addressee is not None and addressee.id == member:
        addressee = replace(addressee, name="")
    if entry.author.id != member:
        return replace(entry, addressee=addressee)
    return replace(entry, text=None, author=replace(entry.author, name=""), addressee=addressee)


def appeal_without_words(appeal: Appeal, *, only_members: bool) -> Appeal:
    """Give an appeal with its dialogue erased, or the member's side of it alone."""
    remarks = tuple(
        replace(remark, text="") if remark.is_member or not only_members else remark
        for remark in appeal.remarks
    )
    return replace(appeal, remarks=remarks)


def line_without_words(line: CaseEvent, member: MemberId | None) -> CaseEvent:
    """Give a line of a timeline without a member's words; None means whoever's of an appeal."""
    is_theirs = line.kind is EventKind.APPEAL if member is None else line.actor == member
    return replace(line, text="") if is_theirs else line

"""What is left of a case when words or names are erased: scores and ids stay.

Pure. Not when that happens (`bot.storage.retention`) nor where (`bot.storage.archive`).
"""

from dataclasses import replace

from bot.domain.case import CaseDraft, Draft, HandDraft
from bot.domain.comment import Author, Comment
from bot.domain.ids import MemberId
from bot.domain.verdict import Verdict

RETENTION_IS_OVER = "The words were erased: the time for which they are kept is over."
MEMBER_WISHED = "The words were erased: the member wished so."


def without_words(draft: Draft) -> Draft:
    """Give a draft with its comment's words erased; scores, ids and names stay."""
    match draft:
        case CaseDraft():
            by_label = {
                label: replace(score, passage=replace(score.passage, text=""))
                for label, score in draft.scores.by_label.items()
            }
            return replace(
                draft,
                comment=replace(draft.comment, text=""),
                parent=draft.parent and replace(draft.parent, text=""),
                normalised="",
                scores=replace(draft.scores, by_label=by_label),
            )
        case HandDraft():
            return replace(draft, text=None)


def without_member(draft: Draft, member: MemberId, *, keeps_words: bool) -> Draft:
    """Give a draft with a member's name erased, and their words where they were answered.

    `keeps_words`: the words are evidence for now. The draft's own words are `without_words`'s.
    """
    match draft:
        case CaseDraft():
            parent = draft.parent
            if parent is not None:
                parent = _without_name(parent, member)
                if parent.author.id == member and not keeps_words:
                    parent = replace(parent, text="")
            return replace(
                draft,
                comment=_without_name(draft.comment, member),
                parent=parent,
                verdict=_verdict_without(draft.verdict, member),
            )
        case HandDraft():
            return replace(draft, member=_nameless(draft.member, member))


def _without_name(comment: Comment, member: MemberId) -> Comment:
    return replace(
        comment,
        author=_nameless(comment.author, member),
        mentions=tuple(_nameless(author, member) for author in comment.mentions),
    )


def _nameless(author: Author, member: MemberId) -> Author:
    return replace(author, name="") if author.id == member else author


def _verdict_without(verdict: Verdict, member: MemberId) -> Verdict:
    addressee = verdict.addressee
    if addressee is None or addressee.id != member:
        return verdict
    return replace(verdict, addressee=replace(addressee, name=""))

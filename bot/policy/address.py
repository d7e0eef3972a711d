"""Finds whom a comment speaks to, from its words and its place in the discussion. English.

A rule of thumb that weighs a score, not an accusation: it says whom and how, so that a human can
see at a glance where it is wrong. Called by the pipeline, before `bot.policy.judge`.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from bot.domain.comment import Author, Comment, Place
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId
from bot.domain.verdict import Addressee
from bot.text import fold, own_words

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_SENTENCE = re.compile(r"[^.!?\n]*")
_YOU = re.compile(
    r"(?<![\w@])(?:you|ya|ye|yall|y['’]all)(?:['’](?:re|ve|ll|d))?(?![\w-])"
    # A "u" must be a word of its own, and neither "the U S mayor" nor "the U. S. mayor".
    r"|(?<!\S)u(?:['’](?:re|ve|ll|d))?(?=[,!?;:…]*(?:\s|$)|\.*$)(?! [skn](?!\w))"
    r"|(?<![\w@])(?:youre|youve|your|yours|yourself|yourselves|ur|thee|thou)(?!\w)",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"(?<!\w)(?:shut (?:it|up|your)|stfu|gtfo|kys|drop dead|eat sh[i1*]t"
    r"|get (?:lost|out|stuffed|a life)"
    r"|(?:f\S{1,3}k|piss|sod|bugger|naff|jog|back) off"
    r"|go (?:away|home|back|to hell|and|die|kill|rot|jump|cry|hang))(?!\w)",
    re.IGNORECASE,
)
"""What is said to somebody without a "you"."""
_THIRD = re.compile(
    "he|she|they|it|him|her|them|his|hers|their|theirs|its|this|that|these|those|the|who"
)
"""A reply with one of these words may well be about somebody or something else."""
_OWNED = re.compile("the|a|an|this|these|those|my|his|her|our|their|its|your|no|some")
"""After one of these words a name is more likely a plain word: "the boiler"."""
_TITLES = re.compile("professor|prof|dr|doctor|mr|mrs|ms|miss|captain|sir|lady|the")
_GREETINGS = re.compile("hey|hi|hello|oi|dear|listen|sorry|thanks|cheers")
_SHORTEST_NAME = 3
_SHORT_REPLY_WORDS = 4
_LONGEST_READ = 10_000
"""Characters in which a comment shows whom it speaks to, however long it is."""
_NEAR = 40
"""Characters around a name in which it shows whether it is called out."""


def find_addressee(
    comment: Comment, parent: Comment | None, present: Sequence[Author]
) -> Addressee | None:
    """Find whom a comment speaks to; None when that is nobody in particular, or its own author.

    `parent` is the comment it answers; `present` are those who spoke here lately. In this order: a
    mention; a name called out ("Marta, ...", "@Marta", "Marta you ..."); a reply with a "you" or
    with an order such as "get lost"; a name spoken of; a reply of a few words with no third person
    in it ("what a clown"). A "you" at the top level is said to everybody, and so to nobody. Words
    in quotation marks, code and links speak to nobody; a disguised "y0u" counts as a "you".
    """
    text = own_words(comment.text[:_LONGEST_READ])
    undisguised = fold(" ".join(text.split()))
    answered = parent.author if parent and parent.author.id != comment.author.id else None
    others = _others(comment.author, answered, present)
    mentioned = next((a for a in comment.mentions if a.id != comment.author.id), None)
    if mentioned is not None:
        return Addressee(mentioned.id, mentioned.name, "a mention")
    named = list(_named(text, others))
    called = next((author for author, is_called in named if is_called), None)
    if called is not None:
        return Addressee(called.id, called.name, "called by name")
    if answered is not None and (said := _YOU.search(undisguised) or _ORDER.search(undisguised)):
        return Addressee(answered.id, answered.name, f"a reply with “{said[0].lower()}”")
    if named:
        author = named[0][0]
        return Addressee(author.id, author.name, "spoken of by name")
    if answered is not None and _is_short_and_direct(text):
        return Addressee(answered.id, answered.name, "a reply of a few words")
    return None


def find_addressee_of_reply(text: str) -> Addressee | None:
    """Find whom a lone text speaks to, taken as a reply to somebody: for trying and measuring."""
    parent, reply = _lone_comment("somebody", ""), _lone_comment("the writer", text)
    return find_addressee(reply, parent, [parent.author])


def _lone_comment(author: str, text: str) -> Comment:
    nowhere = Place(GuildId("nowhere"), PlaceId("nowhere"))
    who = Author(MemberId(author), author)
    return Comment(CommentId(author), nowhere, who, text, datetime.min.replace(tzinfo=UTC), 1)


def _others(own: Author, answered: Author | None, present: Sequence[Author]) -> list[Author]:
    """List who can be addressed, each once, whoever is answered first."""
    first = [answered] if answered else []
    by_id = {author.id: author for author in [*first, *present] if author.id != own.id}
    return list(by_id.values())


def _is_short_and_direct(text: str) -> bool:
    words = [match[0].lower() for match in _WORD.finditer(text)]
    return 0 < len(words) <= _SHORT_REPLY_WORDS and not any(map(_THIRD.fullmatch, words))


def _named(text: str, others: Sequence[Author]) -> Iterator[tuple[Author, bool]]:
    """Find those whose name is in the text, and whether it is called out or only spoken of.

    A whole name of several words counts in any case; a first name where one person present has it.
    One word alone that is not called out must be sure to be the name, or open a sentence that then
    says "you" or gives an order.
    """
    words = list(_WORD.finditer(text))
    lowered = [word[0].lower() for word in words]
    heard = set(lowered)
    for author in others:
        whole, first = _names(author.name)
        spans = _spans(whole, lowered) if heard.issuperset(whole) else []
        is_first = not spans and first in heard
        if is_first and sum(_names(other.name)[1] == first for other in others) == 1:
            spans = _spans((first,), lowered)
        for start, end in spans:
            if _is_called(text, words, start, end):
                yield author, True
            elif not _is_owned(words, start) and (
                end - start > 1
                or _is_surely_meant(words[start][0], author.name, is_first=is_first)
                or _is_told(text, words[start])
            ):
                yield author, False


@lru_cache(maxsize=10_000)
def _names(name: str) -> tuple[tuple[str, ...], str]:
    """Split a name into its words, and the first name that stands for it; empty for none."""
    words = tuple(word.lower() for word in _WORD.findall(own_words(name)))
    if sum(map(len, words)) < _SHORTEST_NAME:
        return ("",), ""
    first = next((word for word in words if not _TITLES.fullmatch(word)), "")
    return words, first if len(words) > 1 and len(first) >= _SHORTEST_NAME else ""


def _spans(name: tuple[str, ...], lowered: Sequence[str]) -> list[tuple[int, int]]:
    """List where the words of a name stand in a row: first word, and the one after the last."""
    size = len(name)
    starts = range(len(lowered) - size + 1)
    return [(i, i + size) for i in starts if tuple(lowered[i : i + size]) == name]


def _is_called(text: str, words: Sequence[re.Match[str]], start: int, end: int) -> bool:
    """Say whether a name is called out: "@Marta", "Marta, ...", "... , Marta!", "shut up Marta"."""
    at, past = words[start].start(), words[end - 1].end()
    before, after = text[max(0, at - _NEAR) : at], text[past : past + _NEAR]
    if before.endswith("@"):
        return True
    if _opens(before) and (after.lstrip(" ")[:1] in {",", ":"} or _YOU.match(after.lstrip())):
        return True
    if before.rstrip().endswith(",") and (not after.strip() or after.lstrip()[0] in ".!?,"):
        return True
    prompt = before.rstrip()
    if start > 0 and _GREETINGS.fullmatch(words[start - 1][0].lower()):
        return True
    return any(order.end() == len(prompt) for order in _ORDER.finditer(prompt))


def _is_surely_meant(word: str, name: str, *, is_first: bool) -> bool:
    """Say whether one word is a name and not the plain word that is spelt alike.

    Somebody may be called Will, or call himself "moron". A first name needs its capital. A name of
    one word that is nothing but letters counts as its owner writes it, and not if that is all in
    lower case; "old_salt" and "J0hn" are no words, and count in any case.
    """
    if is_first:
        return not word.islower()
    own = str(_WORD.findall(own_words(name))[0])
    if not own.replace("'", "").replace("’", "").isalpha():
        return True
    return word == own and not own.islower()


def _is_told(text: str, word: re.Match[str]) -> bool:
    """Say whether a word opens a sentence that goes on to tell somebody: "marta and ..., you fool".

    Those who insult seldom write capitals.
    """
    rest = _SENTENCE.match(text, word.end())
    before = text[max(0, word.start() - _NEAR) : word.start()]
    return (
        rest is not None and _opens(before) and bool(_YOU.search(rest[0]) or _ORDER.search(rest[0]))
    )


def _opens(before: str) -> bool:
    """Say whether what comes after `before` opens a sentence."""
    return not before.strip() or before.rstrip(" ")[-1] in ".!?\n"


def _is_owned(words: Sequence[re.Match[str]], start: int) -> bool:
    """Say whether a word such as "the" before a name makes it more likely a plain word."""
    return start > 0 and _OWNED.fullmatch(words[start - 1][0].lower()) is not None

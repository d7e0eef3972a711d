"""A comment page saved as plain text: an article, then nested comments.

The layout and the rules that tell an author from a list item are in docs/formats.md. A page knows
no ids and no times: both are stood in for. Called by `bot.intake.saved_thread`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.comment import Author, Comment, Place, Thread
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId
from bot.intake.source_text import MAX_COMMENT_CHARACTERS, MAX_NAME_CHARACTERS, SourceText
from bot.intake.stand_ins import UNTITLED, stable_id, stand_in_guild, stand_in_time

LABEL = "saved page"

_SPACES_PER_LEVEL = 2
_HEADLINE_WITHIN = 4
"""A headline is one of the first four paragraphs: a date, a section or a label may precede it."""

_BULLET = re.compile(r"[ \u00a0]*•[ \u00a0\t]+(?P<name>\S.*)")
_DATE = re.compile(
    r"(?i)(\w+,? )?(\d{1,2}\.? )?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?"
    r"( \d{1,2}(st|nd|rd|th)?,?)?( \d{4})?|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{4}"
)


@dataclass(frozen=True, slots=True)
class _Lines:
    """A page's lines, stripped at the right.

    `bullets` are the lines that could name an author: a bullet and a name, between empty lines.
    `below` gives for every line the next one that is not empty, or the count of lines.
    """

    texts: Sequence[str]
    bullets: frozenset[int]
    below: Sequence[int]

    def indent(self, line: int) -> int:
        text = self.texts[line]
        return len(text) - len(text.lstrip(" \u00a0"))

    def has_deeper_below(self, line: int) -> bool:
        below = self.below[line]
        return below < len(self.texts) and self.indent(below) > self.indent(line)


@dataclass(frozen=True, slots=True)
class _Section:
    """The part of the page that holds the comments: lines `start` to before `stop`.

    `indent` is that of the top level's bullets.
    """

    start: int
    stop: int
    indent: int


@dataclass(frozen=True, slots=True)
class _Found:
    """A comment as it stands on the page, with its bullet's indent."""

    indent: int
    name: str
    text: str


def read_saved_page(source: SourceText) -> Thread:
    """Read an article and its nested comments. Depth is as shown, skipped levels included.

    Raises:
        BadThreadError: the page shows no comment, or one that is too long.
    """
    lines = _split(source.text)
    if not lines.bullets:
        raise source.blame(
            None,
            "shows no comments, expected for each a line with a bullet and the author's name "
            'such as "  • Marta", between empty lines, and the text below it',
        )
    section = _section(lines)
    found = _collect(source, lines, section)
    headline = _headline(lines, section.start)
    title = "" if headline is None else lines.texts[headline].strip()
    article = "\n".join(
        text for n, text in enumerate(lines.texts[: section.start]) if n != headline
    )
    guild = stand_in_guild(LABEL, title, found[0].name, found[0].text)
    return Thread(
        title=title or UNTITLED,
        article=_tidy(article),
        comments=_comments(found, section.indent, guild),
        format=LABEL,
        has_times=False,
    )


def _split(page: str) -> _Lines:
    texts = [line.rstrip() for line in page.split("\n")]
    last = len(texts) - 1
    bullets = frozenset(
        n
        for n, text in enumerate(texts)
        if (match := _BULLET.fullmatch(text))
        and len(match["name"]) <= MAX_NAME_CHARACTERS
        and (n == 0 or not texts[n - 1])
        and (n == last or not texts[n + 1])
    )
    below = [len(texts)] * len(texts)
    for n in range(last - 1, -1, -1):
        below[n] = n + 1 if texts[n + 1] else below[n + 1]
    return _Lines(texts, bullets, below)


def _first_comment(lines: _Lines) -> int:
    """Find where the article ends: at the first bullet with deeper lines below it.

    A list in the article has no deeper lines. Comments without text that stand just above that
    bullet belong to the comments too.
    """
    run: int | None = None
    for n, text in enumerate(lines.texts):
        if n in lines.bullets:
            run = n if run is None else run
            if lines.has_deeper_below(n):
                return run
        elif text:
            run = None
    return min(lines.bullets)


def _section(lines: _Lines) -> _Section:
    """Find the comments between the article and the page's footer.

    The top level is the least indent of all bullets with deeper lines below. The footer begins,
    after the last such bullet, with the first line that stands left of the top level; a list in it
    has no deeper lines.
    """
    start = _first_comment(lines)
    bullets = [n for n in lines.bullets if n >= start]
    with_deeper = [n for n in bullets if lines.has_deeper_below(n)] or bullets
    indent = min(lines.indent(n) for n in with_deeper)
    end = len(lines.texts)
    after = range(max(with_deeper) + 1, end)
    stop = next((n for n in after if lines.texts[n] and lines.indent(n) < indent), end)
    return _Section(start, stop, indent)


def _authors(lines: _Lines, section: _Section) -> list[int]:
    """Tell authors from list items; from the last line up, because what follows decides.

    A comment's own text stands deeper than its bullet. So a bullet below the top level is an item
    of the text above it when more text follows at its own indent or further left. A page whose
    texts stand at their bullets' own indent gives no such sign: every bullet is an author there.
    """
    has_deeper_texts = any(
        lines.has_deeper_below(n) and lines.below[n] not in lines.bullets
        for n in lines.bullets
        if n >= section.start
    )
    authors: list[int] = []
    below: int | None = None
    for n in range(section.stop - 1, section.start - 1, -1):
        indent = lines.indent(n)
        if not lines.texts[n] or indent < section.indent:
            continue
        is_aligned = (indent - section.indent) % _SPACES_PER_LEVEL == 0
        is_item = (
            has_deeper_texts
            and indent > section.indent
            and below is not None
            and below not in authors[-1:]
            and lines.indent(below) <= indent
        )
        if n in lines.bullets and is_aligned and not is_item:
            authors.append(n)
        below = n
    return authors[::-1]


def _collect(source: SourceText, lines: _Lines, section: _Section) -> list[_Found]:
    authors = _authors(lines, section)
    found: list[_Found] = []
    for n, following in zip(authors, [*authors[1:], section.stop], strict=True):
        indent = lines.indent(n)
        text = _tidy(
            "\n".join(
                lines.texts[m][min(lines.indent(m), indent + _SPACES_PER_LEVEL) :]
                for m in range(n + 1, following)
                # Left of every comment stand the page's own words, such as an advertisement.
                if not lines.texts[m] or lines.indent(m) >= section.indent
            )
        )
        if len(text) > MAX_COMMENT_CHARACTERS:
            raise source.blame(
                n + 1,
                f"the comment that begins here is {len(text):,} characters long, "
                f"expected at most {MAX_COMMENT_CHARACTERS:,}",
            )
        name = " ".join(lines.texts[n].replace("•", "", 1).split())
        found.append(_Found(indent, name, text))
    return found


def _comments(found: Sequence[_Found], top: int, guild: GuildId) -> tuple[Comment, ...]:
    comments: list[Comment] = []
    above: list[Comment] = []  # the comment at hand and those it answers, outermost first
    seen: Counter[tuple[CommentId | None, str, str]] = Counter()
    for position, each in enumerate(found, start=1):
        depth = (each.indent - top) // _SPACES_PER_LEVEL
        while above and above[-1].depth >= depth:
            above.pop()
        parent = above[-1].id if above else None
        key = (parent, each.name, each.text)
        seen[key] += 1
        comment = Comment(
            id=CommentId(stable_id(*key, seen[key])),
            place=Place(guild=guild, thread=PlaceId(guild)),
            author=Author(id=MemberId(each.name), name=each.name),
            text=each.text,
            created_at=stand_in_time(position),
            position=position,
            parent_id=parent,
            depth=depth,
        )
        comments.append(comment)
        above.append(comment)
    return tuple(comments)


def _headline(lines: _Lines, end: int) -> int | None:
    """Find the headline's line among the first paragraphs above `end`.

    The first that two empty lines follow, as under a headline; else the first that is no date.
    """
    paragraphs = [n for n in range(end) if lines.texts[n] and (n == 0 or not lines.texts[n - 1])][
        :_HEADLINE_WITHIN
    ]
    spaced = [n for n in paragraphs if n + 2 < end and not any(lines.texts[n + 1 : n + 3])]
    undated = [n for n in paragraphs if not _DATE.fullmatch(lines.texts[n].strip())]
    return next(iter([n for n in spaced if n in undated] or undated or paragraphs), None)


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")

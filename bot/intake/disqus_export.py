"""The XML export of Disqus: one site, its threads (pages) and their posts (comments).

Disqus says forum for a site, thread for a page, post for a comment. Called by
`bot.intake.saved_thread`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from xml.sax import SAXParseException  # only the error; defusedxml has none of its own
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesNSImpl, Locator

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from bot.domain.comment import Author, Comment, Place, Thread
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId
from bot.intake.html_text import text_of_html
from bot.intake.moments import read_moment
from bot.intake.reply_tree import depths
from bot.intake.source_text import MAX_COMMENT_CHARACTERS, MAX_NAME_CHARACTERS, SourceText, quote
from bot.intake.stand_ins import UNTITLED, stand_in_guild

LABEL = "Disqus XML"

_RECORDS = frozenset({"thread", "post", "category"})
"""The elements right below <disqus>. Fields stand one deeper, an author's name two."""

_RECORD_DEPTH = 2
_FIELD_DEPTH = 3
_AUTHOR_FIELD_DEPTH = 4


@dataclass(slots=True)
class _Record:
    """A <thread>, <post> or <category>: its id, its fields' texts, and the ids they name."""

    kind: str
    id: str
    line: int
    texts: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    ids: dict[str, str] = field(default_factory=dict[str, str])

    def text(self, name: str) -> str:
        return "".join(self.texts.get(name, ())).strip()


@dataclass(frozen=True, slots=True)
class _Post:
    record: _Record
    thread: str
    created_at: datetime


def read_disqus_export(source: SourceText) -> Thread:
    """Read all threads of an export, in the file's order; comments of each, oldest first.

    Posts that were deleted or marked as spam keep their place in the tree and lose their text:
    readers cannot see them any more.

    Raises:
        BadThreadError: names the line and what was expected there.
    """
    records = _parse(source)
    threads = {each.id: each for each in records if each.kind == "thread"}
    posts = _posts(source, records)
    place_in_file = {thread: n for n, thread in enumerate(threads)}
    ordered = sorted(
        posts,
        key=lambda it: (
            place_in_file.get(posts[it].thread, len(threads)),
            posts[it].thread,
            posts[it].created_at,
        ),
    )
    parents = {comment: _parent(posts[comment].record, posts) for comment in ordered}
    nesting = depths(parents, lambda it: source.at(posts[it].record.line))
    site = next((name for each in records if (name := each.text("forum"))), "")
    guild = GuildId(site) if site else stand_in_guild(LABEL, "", ordered[0])
    discussed = list(dict.fromkeys(posts[comment].thread for comment in ordered))
    title, article = _headline(site, [threads.get(thread) for thread in discussed])
    return Thread(
        title=title,
        article=article,
        comments=tuple(
            Comment(
                id=comment,
                place=_place(guild, posts[comment].thread, threads),
                author=_author(posts[comment].record),
                text=_words(source, posts[comment].record),
                created_at=posts[comment].created_at,
                position=position,
                parent_id=parents[comment],
                depth=nesting[comment],
            )
            for position, comment in enumerate(ordered, start=1)
        ),
        format=LABEL,
    )


def _parse(source: SourceText) -> list[_Record]:
    # Disqus writes no DTD, so refusing every DTD costs nothing and rules out entity bombs.
    parser = DefusedExpatParser(namespaceHandling=1, forbid_dtd=True)
    # As a locator the parser tells its line; by `feed` it does not hand one over by itself.
    collector = _Collector(source, parser)
    parser.setContentHandler(collector)
    try:
        parser.feed(source.text)
        parser.close()
    except SAXParseException as error:
        raise source.blame(
            error.getLineNumber(),
            f"is not XML at column {(error.getColumnNumber() or 0) + 1} ({error.getMessage()}), "
            f"expected a whole {LABEL} export",
        ) from error
    except DefusedXmlException as error:
        raise source.blame(
            parser.getLineNumber(),
            "declares a DTD, which can make a small file grow without end, "
            f"expected a {LABEL} export without one",
        ) from error
    return collector.records


class _Collector(ContentHandler):
    """Gathers records while the parser walks through the file; keeps nothing of other elements."""

    def __init__(self, source: SourceText, locator: Locator) -> None:
        super().__init__()
        self.records: list[_Record] = []
        self._source = source
        self._locator = locator
        self._depth = 0
        self._record: _Record | None = None
        self._field = ""
        self._key = ""

    def startElementNS(  # noqa: N802 -- SAX's name
        self, name: tuple[str | None, str], qname: str | None, attrs: AttributesNSImpl
    ) -> None:
        del qname
        tag = name[1]
        self._depth += 1
        self._key = ""
        if self._depth == 1 and tag != "disqus":
            raise self._source.blame(
                self._line(),
                f"begins with the element {quote(tag)}, expected <disqus> as a {LABEL} export does",
            )
        if self._depth == _RECORD_DEPTH:
            self._record = _Record(tag, _id_of(attrs), self._line()) if tag in _RECORDS else None
            if self._record is not None:
                self.records.append(self._record)
        elif self._depth == _FIELD_DEPTH and self._record is not None:
            self._field = self._key = tag
            self._record.ids[tag] = _id_of(attrs)
        elif self._depth == _AUTHOR_FIELD_DEPTH and self._field == "author":
            self._key = f"author.{tag}"

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:  # noqa: N802
        del name, qname
        self._depth -= 1
        self._key = ""

    def characters(self, content: str) -> None:
        if self._key and self._record is not None:
            self._record.texts.setdefault(self._key, []).append(content)

    def _line(self) -> int:
        return self._locator.getLineNumber() or 1


def _id_of(attrs: AttributesNSImpl) -> str:
    """Find the `dsq:id`, whatever prefix stands for the namespace."""
    return next((value for (_, key), value in attrs.items() if key == "id"), "").strip()


def _posts(source: SourceText, records: Sequence[_Record]) -> dict[CommentId, _Post]:
    posts: dict[CommentId, _Post] = {}
    for record in records:
        if record.kind != "post":
            continue
        comment = CommentId(record.id)
        if not comment:
            raise source.blame(record.line, "the <post> has no dsq:id, expected one on every post")
        if (earlier := posts.get(comment)) is not None:
            raise source.blame(
                record.line,
                f"the post's dsq:id {quote(comment)} is the same as on line "
                f"{earlier.record.line}, expected every id once",
            )
        thread = record.ids.get("thread", "")
        if not thread:
            raise source.blame(
                record.line, 'the <post> names no thread, expected <thread dsq:id="…"/> in it'
            )
        try:
            created_at = read_moment(record.text("createdAt"))
        except ValueError as error:
            raise source.blame(record.line, f"the post's <createdAt> {error}") from error
        posts[comment] = _Post(record, thread, created_at)
    if not posts:
        raise source.blame(None, "holds no <post>, expected at least one comment")
    return posts


def _parent(record: _Record, posts: Mapping[CommentId, _Post]) -> CommentId | None:
    # Disqus leaves posts out that were purged, and keeps the replies to them.
    parent = CommentId(record.ids.get("parent", ""))
    return parent if parent in posts else None


def _headline(site: str, threads: Sequence[_Record | None]) -> tuple[str, str]:
    """Find title and article: the thread's own if there is one, else how many there are."""
    match threads:
        case [None]:
            return UNTITLED, ""
        case [_Record() as only]:
            title = " ".join(unescape(only.text("title")).split())
            return title or UNTITLED, text_of_html(only.text("message"))
        case _:
            return f"{len(threads)} discussions" + (f" from {site}" if site else ""), ""


def _place(guild: GuildId, thread: str, threads: Mapping[str, _Record]) -> Place:
    category = threads[thread].ids.get("category") if thread in threads else None
    return Place(
        guild=guild, thread=PlaceId(thread), category=PlaceId(category) if category else None
    )


def _author(record: _Record) -> Author:
    name = " ".join(unescape(record.text("author.name")).split())[:MAX_NAME_CHARACTERS]
    username = record.text("author.username")
    if not username or record.text("author.isAnonymous") == "true":
        # A guest may call himself as he likes: no guest may pass for a member of that name.
        return Author(id=MemberId(f"guest:{name}"), name=name or "a guest")
    return Author(id=MemberId(username), name=name or username)


def _words(source: SourceText, record: _Record) -> str:
    if record.text("isDeleted") == "true" or record.text("isSpam") == "true":
        return ""
    html = record.text("message")
    if len(html) > MAX_COMMENT_CHARACTERS:
        raise source.blame(
            record.line,
            f"the post's <message> is {len(html):,} characters long, "
            f"expected at most {MAX_COMMENT_CHARACTERS:,}",
        )
    return text_of_html(html)

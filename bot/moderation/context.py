"""What stands around a comment, and when its words were said: what judging needs beside the text.

Pure. Called by the pipeline; the live intake remembers what this is made of
(`bot.intake.surroundings`).
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from bot.domain.comment import Author, Comment, Thread
from bot.domain.ids import CommentId, PlaceId
from bot.domain.reading import Reading
from bot.text import read

HEARD = 20
"""Ancestors whose words a comment may be quoting: keeps a deep thread linear."""
PRESENT = 50
"""Comments back, in the same thread, whose authors count as present."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a comment: `ancestors` nearest first, and who spoke lately."""

    ancestors: tuple[Comment, ...] = ()
    present: tuple[Author, ...] = ()

    @property
    def parent(self) -> Comment | None:
        """The comment that is answered; None at the top level."""
        return self.ancestors[0] if self.ancestors else None


def contexts_of(thread: Thread) -> dict[Comment, Context]:
    """Work out each comment's context: whom it answers, and who spoke shortly before it."""
    by_id = {c.id: c for c in thread.comments}
    lately: defaultdict[PlaceId, deque[Author]] = defaultdict(lambda: deque(maxlen=PRESENT))
    contexts: dict[Comment, Context] = {}
    for comment in thread.comments:
        ancestors = tuple(islice(ancestors_of(comment, by_id), HEARD))
        speakers = lately[comment.place.thread]
        contexts[comment] = Context(ancestors, present_in(ancestors, speakers))
        speakers.append(comment.author)
    return contexts


def ancestors_of(comment: Comment, by_id: Mapping[CommentId, Comment]) -> Iterator[Comment]:
    """Go up from a comment to those it answers, nearest first, as far as they are known."""
    current = comment
    while current.parent_id is not None and current.parent_id in by_id:
        current = by_id[current.parent_id]
        yield current


def present_in(ancestors: Sequence[Comment], speakers: Iterable[Author]) -> tuple[Author, ...]:
    """List each of those answered and of those who spoke lately once."""
    present = {author.id: author for author in (*(a.author for a in ancestors), *speakers)}
    return tuple(present.values())


def read_in_context(comment: Comment, context: Context) -> Reading:
    """Make a comment's text comparable, leaving out what it quotes from those it answers."""
    return read(comment.text, heard=[c.text for c in context.ancestors])


def said_at(comment: Comment) -> datetime:
    """Say when this version of a comment was written."""
    if comment.revision == 0:
        return comment.created_at
    return _EPOCH + timedelta(milliseconds=comment.revision)

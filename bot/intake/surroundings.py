"""What stands around a live comment: whom it answers, and who spoke in its thread shortly before.

A memory of the last comments, bounded; empty after a start, and then it fills again. Nothing is
fetched here. Called by the live intake, which judges in the order of arrival.
"""

from collections import OrderedDict, deque
from itertools import islice

from bot.domain.comment import Author, Comment
from bot.domain.ids import CommentId, PlaceId
from bot.moderation.context import HEARD, PRESENT, Context, ancestors_of, present_in

COMMENTS = 5_000
"""Comments remembered, of all threads: about ten megabytes at most."""
THREADS = 2_000
"""Threads whose last speakers are remembered."""


class Surroundings:
    """Remembers what was said lately. `comments` and `threads` say how much of it."""

    def __init__(self, *, comments: int = COMMENTS, threads: int = THREADS) -> None:
        self._most_comments = comments
        self._most_threads = threads
        self._comments: OrderedDict[CommentId, Comment] = OrderedDict()
        self._speakers: OrderedDict[PlaceId, deque[Author]] = OrderedDict()

    def knows(self, comment: CommentId) -> bool:
        """Say whether a comment is remembered."""
        return comment in self._comments

    def add(self, comment: Comment, parent: Comment | None = None) -> Context:
        """Give a comment's context, and remember the comment and what it answers."""
        if parent is not None and not self.knows(parent.id):
            self._remember(parent)
        ancestors = tuple(islice(ancestors_of(comment, self._comments), HEARD))
        speakers = self._speakers.setdefault(comment.place.thread, deque(maxlen=PRESENT))
        context = Context(ancestors, present_in(ancestors, speakers))
        speakers.append(comment.author)
        self._speakers.move_to_end(comment.place.thread)
        if len(self._speakers) > self._most_threads:
            self._speakers.popitem(last=False)
        self._remember(comment)
        return context

    def _remember(self, comment: Comment) -> None:
        self._comments[comment.id] = comment
        self._comments.move_to_end(comment.id)
        if len(self._comments) > self._most_comments:
            self._comments.popitem(last=False)

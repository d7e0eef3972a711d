"""Depths of comments from whom they answer; finds comments that answer each other in a circle.

Pure and linear, however deep the replies go. Called by the readers whose format shows no depth.
"""

from collections.abc import Callable, Mapping

from bot.domain.ids import CommentId
from bot.errors import BadThreadError
from bot.intake.source_text import quote


def depths(
    parents: Mapping[CommentId, CommentId | None], where: Callable[[CommentId], str]
) -> dict[CommentId, int]:
    """Work out every comment's depth; 0 answers nobody.

    Args:
        parents: every comment and whom it answers; each parent is a key too.
        where: names the place of a comment for people; called for an error alone.

    Raises:
        BadThreadError: a comment answers itself, at once or through others.
    """
    known: dict[CommentId, int] = {}
    for start in parents:
        chain: dict[CommentId, None] = {}  # a dict, because it is an ordered set
        at: CommentId | None = start
        while at is not None and at not in known:
            if at in chain:
                raise BadThreadError(where(at), _circle(at, parents[at]))
            chain[at] = None
            at = parents[at]
        depth = -1 if at is None else known[at]
        for comment in reversed(chain):
            depth += 1
            known[comment] = depth
    return known


def _circle(comment: CommentId, parent: CommentId | None) -> str:
    if parent is None or comment == parent:
        return f"comment {quote(comment)} answers itself, expected it to answer another or nobody"
    return (
        f"comment {quote(comment)} answers {quote(parent)}, which answers it in turn, directly or "
        "through others, expected replies without a circle"
    )

"""What a run of the contest is asked to do. Made by `bot.bench`."""

from dataclasses import dataclass

from bot.benchmark.comments import Comments


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds` is how long a turn is to take; a block of comments is the least.

    `is_own_file` says that the comments are somebody's own, and not the standing mix.
    """

    model: str
    comments: Comments
    rounds: int
    seconds: float
    is_own_file: bool

"""A reading: a comment's text made comparable, as the model is to see it. Made by `bot.text`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """What is scored of one comment.

    `plain` has markup, quotes of others, code, links and mentions taken out and Unicode tamed.
    `folded` also has disguises undone (leet, masks, spacing, repeated letters); it equals `plain`
    when there was nothing to undo, and is then not scored a second time.
    """

    plain: str
    folded: str

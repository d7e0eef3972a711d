"""The human decision: a comment's category scores, and whether people found them right.

What threshold advice is made from. Read from cases (`bot.storage.decisions`) and from suggestions
(`bot.advising.gather`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from config.policy import Category


@dataclass(frozen=True, slots=True)
class HumanDecision:
    """What people made of one comment.

    `values` are category scores in [0, 1]. `found` says of each category that people decided on
    whether the comment was such; a category nobody decided on is absent.
    """

    values: Mapping[Category, float]
    found: Mapping[Category, bool]

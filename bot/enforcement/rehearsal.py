"""The enforcer of a saved discussion: its comments are long past, so there is nothing to touch.

Not shadow mode (that is a policy's own choice). Used by replay.
"""

from bot.domain.action import Applied, Outcome
from bot.domain.case import Case


class Rehearsal:
    """Counts every action as carried out, so that the ladder climbs as it would have live."""

    async def enforce(self, case: Case) -> Outcome:
        """Settle the case as applied; no service is called and no member is told."""
        del case
        return Applied()

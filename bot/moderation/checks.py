"""What use-cases check before they decide: the case is there, the words fit, the actor is another.

Not who may do what at all (`bot.moderation.actor`). Each check lets pass or says why not, in one
sentence for who asked.
"""

import asyncio
from weakref import WeakValueDictionary

from bot.domain.case import Case, CaseState
from bot.domain.comment import Author
from bot.domain.ids import GuildId
from bot.errors import RefusedError
from bot.moderation.actor import Actor
from bot.moderation.ports import CaseLog

LONGEST_REASON = 1000
"""Characters of a reason or note."""
WHOLE_RECORD = 1_000
"""Cases read of one member or queue at a time: more than anybody has."""


class Turns:
    """Lets one decision on a case happen at a time, for decisions that take several writes.

    Within this process; a second one is kept away from the database.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[GuildId, int], asyncio.Lock] = WeakValueDictionary()

    def on(self, guild: GuildId, number: int) -> asyncio.Lock:
        """Give a case's lock; number 0 stands for the server's settings."""
        return self._locks.setdefault((guild, number), asyncio.Lock())


async def require_case(cases: CaseLog, guild: GuildId, number: int) -> Case:
    """Give a case by its number.

    Raises:
        RefusedError: there is none.
    """
    case = await cases.get(guild, number)
    if case is None:
        raise RefusedError(f"There is no case {number} on this server.")
    return case


def require_other(actor: Actor, case: Case) -> None:
    """Keep moderators from deciding about themselves.

    Raises:
        RefusedError: the case is about the actor.
    """
    if case.draft.member.id == actor.id:
        raise RefusedError(f"Case {case.number} is about you: somebody else has to decide it.")


def require_touchable(member: Author) -> None:
    """Keep bots and those who run the server out of it.

    Raises:
        RefusedError: nothing is ever done about them.
    """
    if member.is_bot:
        raise RefusedError(f"{member.name} is a bot: nothing is done about bots.")
    if member.immune is not None:
        raise RefusedError(f"{member.name} {member.immune}: the bot does nothing about them.")


def require_words(
    text: str, what: str, *, longest: int = LONGEST_REASON, is_needed: bool = True
) -> str:
    """Give what somebody wrote, without the white space around it.

    Raises:
        RefusedError: it is empty though needed, or too long.
    """
    said = text.strip()
    if is_needed and not said:
        raise RefusedError(f"The {what} is empty: please write one.")
    if len(said) > longest:
        raise RefusedError(
            f"The {what} has {len(said):,} characters; please keep it to {longest:,}."
        )
    return said


STATES = {
    CaseState.REVIEW: "waits for a moderator",
    CaseState.PENDING: "is being carried out right now",
    CaseState.APPLIED: "is carried out",
    CaseState.FAILED: "could not be carried out",
    CaseState.SHADOW: "was only recorded, in shadow mode: nothing was done",
    CaseState.DISMISSED: "was dismissed",
    CaseState.OVERTURNED: "was overturned",
}
"""What a case's state means, after "Case 12 ..."."""

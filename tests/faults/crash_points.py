"""The steps of the ledger at which a bot can be killed, and the killing.

A point reads "before mark_sent ban" or "after advance": just before or after one write of the
record, for an effect with its kind. Between `before settle` and the write lies the answer of
Discord: the request has been made. Installed by `bot_process`, in the bot's own process alone.
"""

import functools
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from bot.domain.effect import Effect, EffectKind
from bot.storage.case_log import SqlCaseLog
from bot.storage.journal import SqlJournal
from bot.storage.ledger import SqlLedger
from config.policy import StepKind

Tell = Callable[[str], Awaitable[None]]
Method = Callable[..., Awaitable[Any]]

_WRITES: tuple[tuple[type, str, str], ...] = (
    (SqlCaseLog, "open", "open"),
    (SqlCaseLog, "settle", "close"),
    (SqlLedger, "mark_sent", "mark_sent"),
    (SqlLedger, "settle", "settle"),
    (SqlJournal, "record", "record"),
    (SqlJournal, "advance", "advance"),
)
_OF_A_CASE = ("before open", "after open", "before record", "after record", "after advance")
_OF_ITS_END = ("before close", "after close")
_OF_AN_EFFECT = ("before mark_sent", "after mark_sent", "before settle", "after settle")
EFFECTS = {
    StepKind.WARN: (EffectKind.NOTICE, EffectKind.LOG),
    StepKind.DELETE: (EffectKind.DELETE, EffectKind.NOTICE, EffectKind.LOG),
    StepKind.TIMEOUT: (
        EffectKind.DELETE,
        EffectKind.TIMEOUT,
        EffectKind.NOTICE,
        EffectKind.LOG,
    ),
    StepKind.KICK: (EffectKind.DELETE, EffectKind.NOTICE, EffectKind.KICK, EffectKind.LOG),
    StepKind.BAN: (EffectKind.DELETE, EffectKind.NOTICE, EffectKind.BAN, EffectKind.LOG),
}
"""What carrying out each step takes."""


def points_of(step: StepKind) -> list[str]:
    """List every point at which the way of a comment to a step can break off."""
    effects = [f"{point} {kind}" for kind in EFFECTS[step] for point in _OF_AN_EFFECT]
    return [*_OF_A_CASE, *effects, *_OF_ITS_END]


def install(tell: Tell) -> None:
    """Let every write of the record tell of itself, before and after."""
    for owner, name, called in _WRITES:
        setattr(owner, name, _telling(getattr(owner, name), called, tell))


def die() -> None:
    """End this process as `kill -9` does: nothing is flushed, closed or said."""
    os.kill(os.getpid(), signal.SIGKILL)


def _telling(method: Method, called: str, tell: Tell) -> Method:
    @functools.wraps(method)
    async def told(*args: Any, **kwargs: Any) -> Any:
        about = args[1] if len(args) > 1 else None
        point = f"{called} {about.kind}" if isinstance(about, Effect) else called
        await tell(f"before {point}")
        result = await method(*args, **kwargs)
        await tell(f"after {point}")
        return result

    return told

"""What goes wrong on purpose: which requests, how often, and how.

A fault is data; `http` makes it happen. Tests script faults; each that struck is counted, so that a
run can say how many of which kinds it went through.
"""

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

FOREVER = 1_000_000


class Kind(StrEnum):
    """Every way in which a request or the gateway goes wrong here."""

    STATUS = "status"
    """An answer with an error status; nothing was done."""
    TOO_MANY = "429"
    BANNED = "429 without Via"
    """What Cloudflare answers to those it has shut out."""
    RESET = "reset before"
    """The connection is reset; nothing was done."""
    DROPPED = "closed before"
    """The connection is closed without an answer; nothing was done."""
    LOST = "reset after"
    """It was done, and the answer was lost."""
    HANG = "hang"
    """No answer ever; nothing was done."""
    HANG_AFTER = "hang after"
    """It was done, and no answer ever comes."""
    TRUNCATED = "truncated"
    """It was done, and the answer breaks off."""
    GARBLED = "garbled"
    """It was done, and the answer is half a JSON text that looks whole."""
    SLOW = "slow"
    """It is done, and the answer comes, late."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong. Most fields belong to one kind."""

    kind: Kind
    status: int = 500
    code: int = 0
    text: str = "Internal Server Error"
    retry_after_s: float = 0.05
    is_global: bool = False
    delay_s: float = 0.05
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def name(self) -> str:
        """Name the fault for the count of kinds; each status is a kind of its own."""
        return str(self.status) if self.kind is Kind.STATUS else self.kind.value


def status(code: int, error: int = 0, text: str = "refused", **headers: str) -> Fault:
    """Answer with an error; `error` is Discord's own code (50013: missing permissions)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(Kind.STATUS, status=code, code=error, text=text, headers=named)


@dataclass(slots=True)
class _Rule:
    pattern: re.Pattern[str]
    fault: Fault
    left: int
    after: int


class Faults:
    """The faults still to come, and a count of those that struck."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._any_of: Sequence[Fault] = ()
        self._share = 0.0
        self._dice: random.Random | None = None
        self.struck: Counter[str] = Counter()

    def script(self, route: str, fault: Fault, *, times: int = 1, after: int = 0) -> None:
        """Let the next `times` requests to a route go wrong, once `after` of them went well.

        `route` is a method and a path; `*` stands for one part: "DELETE /channels/*/messages/*".
        """
        pattern = re.compile(re.escape(route).replace(r"\*", "[^/]+"))
        self._rules.append(_Rule(pattern, fault, times, after))

    def storm(self, any_of: Sequence[Fault], *, share: float, dice: random.Random) -> None:
        """Let a share of all other requests go wrong, each in one of several ways, by dice."""
        self._any_of, self._share, self._dice = any_of, share, dice

    def clear(self) -> None:
        """Let everything go well from now on."""
        self._rules.clear()
        self._dice = None

    def take(self, request: str) -> Fault | None:
        """Give the fault of a request, if it has one; the rule scripted first goes first."""
        fault = self._scripted(request) or self._by_chance()
        if fault is not None:
            self.struck[fault.name] += 1
        return fault

    def _scripted(self, request: str) -> Fault | None:
        for rule in self._rules:
            if rule.left and rule.pattern.fullmatch(request):
                if rule.after:
                    rule.after -= 1
                    continue
                rule.left -= 1
                return rule.fault
        return None

    def _by_chance(self) -> Fault | None:
        if self._dice is None or self._dice.random() >= self._share:
            return None
        return self._dice.choice(self._any_of)

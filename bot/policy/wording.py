"""Numbers and spans of time as people read them, for reasons and descriptions.

Not the sentences themselves, which stand where they are decided.
"""

from datetime import timedelta
from decimal import ROUND_DOWN, Decimal

from bot.domain.case import Draft, Origin

_UNITS = (("day", 24 * 60), ("hour", 60), ("minute", 1))


def score_words(score: float, threshold: float = 1.0) -> str:
    """Write a score with two decimals, or as many as show that it reaches a threshold.

    Rounded down, so that 0.849 never reads as reaching a threshold of 0.85. Everything that shows a
    score to people writes it so: the same score looks the same everywhere.
    """
    exact = Decimal(str(score))
    for digits in range(2, 7):
        shown = exact.quantize(Decimal(1).scaleb(-digits), ROUND_DOWN)
        if (float(shown) >= threshold) is (score >= threshold):
            return f"{shown:f}"
    return str(score)


def threshold_words(threshold: float) -> str:
    """Write a threshold with two decimals, or as many as it has."""
    return max(f"{threshold:.2f}", f"{threshold:g}", key=len)


def points_words(points: float) -> str:
    """Write points with up to two decimals: "1 point", "2.5 points"."""
    shown = f"{points:.2f}".rstrip("0").rstrip(".")
    return f"{shown} point" if shown == "1" else f"{shown} points"


def time_words(span: timedelta) -> str:
    """Write a span to the minute: "7 days", "1 hour 30 minutes"."""
    rest = round(span.total_seconds() / 60)
    parts: list[str] = []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts) or "0 minutes"


def listed(words: list[str]) -> str:
    """Join words as in a sentence: "a, b and c"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""


def reason_for_member(draft: Draft) -> str:
    """Say why a case was opened as its member may read it: a reporter's words are not for them."""
    return "a member reported it" if draft.origin is Origin.REPORT else draft.reason

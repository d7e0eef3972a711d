"""Turns what pydantic says of a policy into plain sentences with the line they are about.

One complaint is one sentence: the key, what stands there, what was expected, and the nearest right
spelling. Not the check itself (`config.policy`). Called by `bot.policy.policy_file`.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.policy.toml_lines import find_lines
from config.labels import Label
from config.policy import (
    Category,
    CategoryRule,
    LadderStep,
    Mode,
    Policy,
    PolicyOverride,
    StepKind,
    StrikeRules,
    Where,
    describe_keys,
)

_WORDS: dict[str, tuple[str, ...]] = {
    "mode": tuple(Mode),
    "step": tuple(StepKind),
    "max_without_human": tuple(StepKind),
}
"""The keys whose values are words."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong, and the line it stands on where one is known."""

    line: int | None
    sentence: str


def translate(error: ValidationError, text: str) -> list[Complaint]:
    """Say what is wrong with a policy whose TOML is `text`, in the order of its lines."""
    lines = find_lines(text)
    complaints = {_complain(detail, lines) for detail in _causes(error.errors())}
    return sorted(complaints, key=lambda c: (c.line or 0, c.sentence))


def spell_out(where: Where) -> str:
    """Write a key as people do: ladder[2].minutes, counted from 1."""
    words = ""
    for part in where:
        if isinstance(part, int):
            words += f"[{part + 1}]"
        else:
            name = part if _BARE_KEY.fullmatch(part) else show(part)
            words += f".{name}" if words else name
    return words or "the policy"


def suggest(word: str, allowed: Iterable[str]) -> str:
    """Offer the nearest allowed word, as the end of a sentence; empty where none is near."""
    near = get_close_matches(word.lower(), list(allowed), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def show(value: object) -> str:
    """Write a value on one line, shortened, as it would stand in TOML."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            text = json.dumps(value[:_LONGEST_SHOWN], ensure_ascii=False)
            return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
        case dict():
            return "a table"
        case list() | tuple():
            return "a list"
        case _:
            return str(value)[:_LONGEST_SHOWN]


_LONGEST_SHOWN = 60
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")


def _causes(details: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Leave out what only follows from another error: one mistake, one sentence."""
    unknown = [detail["loc"][:-1] for detail in details if detail["loc"][-1:] == ("[key]",)]
    for detail in details:
        where = detail["loc"]
        if where[-1:] != ("[key]",) and any(where[: len(table)] == table for table in unknown):
            continue  # inside a table that should not be there
        if detail["type"] == "default_factory_not_called":
            continue  # waits for another key, which has its own error
        inside = any(
            len(d["loc"]) > len(where) and d["loc"][: len(where)] == where for d in details
        )
        if detail["type"] == "too_short" and inside:
            continue  # counts the good elements alone
        yield detail


def _complain(detail: ErrorDetails, lines: dict[Where, int]) -> Complaint:
    where: Where = tuple(part for part in detail["loc"] if part != "[key]")
    match detail["type"]:
        case "policy_rule":
            rules: dict[str, Any] = detail.get("ctx", {})
            told = [((*where, *inside), what) for inside, what in rules["all"]]
            where, what = next(((at, what) for at, what in told if at in lines), told[0])
            sentence = f"{spell_out(where)} {what}"
        case "extra_forbidden":
            sentence = _unknown(where, _keys_beside(where))
        case "enum" if "[key]" in detail["loc"]:
            sentence = _unknown(where, tuple(Label if where[-2] == "labels" else Category))
        case "missing":
            sentence = f"{spell_out(where[:-1])} lacks {where[-1]}, expected {_expected(where)}"
        case "too_short":
            sentence = f"{spell_out(where)} is empty, expected {_expected(where)}"
        case _:
            sentence = f"{spell_out(where)} is {show(detail['input'])}, expected {_expected(where)}"
            if isinstance(detail["input"], str):
                sentence += suggest(detail["input"], _WORDS.get(str(where[-1]), ()))
    return Complaint(_line_of(where, lines), sentence)


def _line_of(where: Where, lines: dict[Where, int]) -> int | None:
    """Find the line of a key, or of the nearest table around it that the file has."""
    starts = (where[:end] for end in range(len(where), 0, -1))
    return next((lines[start] for start in starts if start in lines), None)


def _unknown(where: Where, allowed: Sequence[str]) -> str:
    near = suggest(str(where[-1]), allowed)
    return f"{spell_out(where)} is unknown, expected one of {', '.join(allowed)}{near}"


def _keys_beside(where: Where) -> Sequence[str]:
    """List the keys that may stand in the table that `where` names a key of."""
    match where:
        case ("overrides", _, *rest) if len(rest) > 1:
            return _keys_beside(tuple(rest))
        case ("overrides", _, _):
            return tuple(PolicyOverride.model_fields)
        case ("ladder", _, _):
            return tuple(LadderStep.model_fields)
        case ("categories", _, _):
            return tuple(CategoryRule.model_fields)
        case ("strikes", _):
            return tuple(StrikeRules.model_fields)
        case _:
            return ("extends", *Policy.model_fields)


def _expected(where: Where) -> str:
    """Say what may stand at a key; for an element of a list or table, what its list may hold."""
    match where:
        case (*_, "labels", str()):
            return "a weight above 0 and up to 1"
        case (*_, "exempt_roles", int()):
            return "a role's name or id in quotes"
        case (*_, "ladder" | "overrides" | "categories", _):
            return f"a table of {', '.join(_keys_beside((*where, '')))}"
        case _:
            name = next(part for part in reversed(where) if isinstance(part, str))
            return describe_keys()[name].expected

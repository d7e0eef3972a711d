"""Partial answers: the `fields` parameter, such as `attributeScores/TOXICITY(summaryScore/value)`.

By Google's rules for it: commas between fields, a slash or brackets for what is inside, an asterisk
for any name. Pure; called by `perspective`.
"""

import re
from collections.abc import Sequence
from typing import Any, cast

from bot.web.refusals import WireError, refused

MOST_DEEP = 16
_TOKEN = re.compile(r"[^,()/\s]+|[,()/]")

Mask = dict[str, "Mask"]
"""What is wanted at one level; an empty mask wants everything below."""


def select(answer: dict[str, Any], fields: str) -> dict[str, Any]:
    """Keep only the fields that `fields` names.

    Raises:
        WireError: it cannot be read.
    """
    tokens = _TOKEN.findall(fields)
    mask, rest = _read_list(tokens, 0)
    if rest:
        raise _unreadable()
    return cast("dict[str, Any]", _keep(answer, mask))


def _read_list(tokens: Sequence[str], depth: int) -> tuple[Mask, Sequence[str]]:
    """Read fields with commas between; gives what is left at a closing bracket or the end."""
    mask: Mask = {}
    while True:
        tokens = _read_path(tokens, mask, depth)
        if tokens[:1] != [","]:
            return mask, tokens
        tokens = tokens[1:]


def _read_path(tokens: Sequence[str], mask: Mask, depth: int) -> Sequence[str]:
    """Read one field, with what is wanted inside it, into the mask; gives what is left."""
    if depth > MOST_DEEP or not tokens or tokens[0] in set(",()/"):
        raise _unreadable()
    name, tokens = tokens[0], tokens[1:]
    below: Mask = {}
    if tokens[:1] == ["/"]:
        tokens = _read_path(tokens[1:], below, depth + 1)
    elif tokens[:1] == ["("]:
        below, tokens = _read_list(tokens[1:], depth + 1)
        if tokens[:1] != [")"]:
            raise _unreadable()
        tokens = tokens[1:]
    _merge(mask, name, below)
    return tokens


def _merge(mask: Mask, name: str, below: Mask) -> None:
    """Add to what is wanted. All of a field and a part of it is all of it."""
    if name not in mask or not below:
        mask[name] = below
    elif mask[name]:
        for inner, inside in below.items():
            _merge(mask[name], inner, inside)


def _keep(value: object, mask: Mask) -> object:
    if not mask:
        return value
    if isinstance(value, list):
        return [_keep(item, mask) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    members = cast("dict[str, object]", value)
    wanted = {name: mask.get(name, mask.get("*")) for name in members}
    return {
        name: _keep(members[name], inner) for name, inner in wanted.items() if inner is not None
    }


def _unreadable() -> WireError:
    return refused("Invalid field selection: the parameter fields cannot be read.")

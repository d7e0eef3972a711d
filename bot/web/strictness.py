"""Strict reading, where the owner wants it: what the discovery document does not have is refused.

Not the rules for what a field may hold (`wire`). Called by `wire`.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from bot.web.discovery import load_document
from bot.web.fields import Fields


def refuse_unknown(message: Fields, schema: str) -> None:
    """Refuse any field, however deep, that the message of this name does not have.

    Raises:
        WireError: names the first unknown field, or one of the wrong type.
    """
    properties: Mapping[str, Mapping[str, Any]] = _schemas()[schema]["properties"]
    message.refuse_others(properties)
    for name, kind in properties.items():
        match kind:
            case {"$ref": inner}:
                found = message.message(name)
                nested = [] if found is None else [found]
            case {"items": {"$ref": inner}}:
                nested = message.messages(name)
            case {"additionalProperties": {"$ref": inner}}:
                nested = [each for _, each in message.entries(name)]
            case _:
                continue
        for each in nested:
            refuse_unknown(each, inner)


@cache
def _schemas() -> Mapping[str, Any]:
    return load_document()["schemas"]

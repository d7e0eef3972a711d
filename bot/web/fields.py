"""The fields of a JSON message, by the rules of proto3: null is unset, types hold.

Knows no message of the wire (`wire` does) and keeps nothing. A field may be spelled `clientToken`
or `client_token`. Pure.
"""

import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from bot.web.refusals import bad_payload, bad_value

_LONGEST_SHOWN = 80
_HUMP = re.compile(r"(?<!^)([A-Z])")
_LOW_HUMP = re.compile(r"(?<=[a-z])_([a-z])")


class Fields:
    """One JSON object, read field by field. `name` is its own in the object it is `within`."""

    def __init__(
        self, members: Mapping[str, Any], name: str = "", within: "Fields | None" = None
    ) -> None:
        self._members = members
        self._values = _named_once(members) if "_" in "".join(members) else members
        self._name = name
        self._within = within

    def __bool__(self) -> bool:
        return bool(self._members)

    def refuse_others(self, known: Collection[str]) -> None:
        """Refuse any field that is not in `known` (camelCase).

        Raises:
            WireError: names the first unknown field.
        """
        names = {spelling for name in known for spelling in (name, _snake(name))}
        for name in self._members:
            if name not in names:
                path = self._path()
                where = f" at '{path}'" if path else ""
                raise bad_payload(f'Unknown name "{_short(name)}"{where}: Cannot find field.')

    def text(self, name: str) -> str:
        """Read a string; empty where it is unset."""
        value = self._get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._wrong(name, "TYPE_STRING", value)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Read a list of strings."""
        items = self._items(name, "TYPE_STRING")
        for at, item in enumerate(items):
            if not isinstance(item, str):
                raise self._wrong(f"{name}[{at}]", "TYPE_STRING", item)
        return tuple(cast("list[str]", items))

    def flag(self, name: str) -> bool:
        """Read a yes or no; no where it is unset."""
        value = self._get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self._wrong(name, "TYPE_BOOL", value)
        return value

    def number(self, name: str) -> float | None:
        """Read a finite number, which may stand in quotes; None where it is unset."""
        value = self._get(name)
        if value is None:
            return None
        number = _to_number(value)
        if number is None:
            raise self._wrong(name, "TYPE_FLOAT", value)
        return number

    def whole(self, name: str) -> int | None:
        """Read a whole number of 32 bits; None where it is unset."""
        number = self.number(name)
        if number is None:
            return None
        if not number.is_integer() or abs(number) >= 2**31:
            raise self._wrong(name, "TYPE_INT32", self._get(name))
        return int(number)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Read an enum by name or number; the first of `choices` where it is unset.

        A name that is no choice is given back as it is: what that means is the caller's business.
        """
        value = self._get(name)
        if value is None:
            return choices[0]
        if isinstance(value, int) and not isinstance(value, bool):
            return choices[value] if 0 <= value < len(choices) else str(value)
        if not isinstance(value, str):
            raise self._wrong(name, "TYPE_ENUM", value)
        return value

    def message(self, name: str) -> "Fields | None":
        """Read a nested message; None where it is unset."""
        value = self._get(name)
        if value is None:
            return None
        return self._nested(name, value)

    def messages(self, name: str) -> list["Fields"]:
        """Read a list of messages."""
        items = self._items(name, "TYPE_MESSAGE")
        return [self._nested(f"{name}[{at}]", item) for at, item in enumerate(items)]

    def entries(self, name: str) -> Iterator[tuple[str, "Fields"]]:
        """Read a map from names to messages; null stands for an empty message."""
        value = self._get(name)
        if value is None:
            return
        if not isinstance(value, dict):
            raise self._wrong(name, "TYPE_MESSAGE", value)
        for at, (key, member) in enumerate(cast("dict[str, Any]", value).items()):
            is_empty = member is None or member == {}
            yield key, _EMPTY if is_empty else self._nested(f"{name}[{at}].value", member)

    def _get(self, name: str) -> Any:
        return self._values.get(name)

    def _items(self, name: str, kind: str) -> list[Any]:
        value = self._get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(name, kind, value)
        return cast("list[Any]", value)

    def _nested(self, name: str, value: object) -> "Fields":
        if not isinstance(value, dict):
            raise self._wrong(name, "TYPE_MESSAGE", value)
        return Fields(cast("dict[str, Any]", value), name, self)

    def _path(self, name: str = "") -> str:
        """Name a field in errors as the wire does, from the outermost object on."""
        path = "" if self._within is None else self._within._path(self._name)
        return ".".join(part for part in (path, _snake(name)) if part)

    def _wrong(self, name: str, kind: str, value: object) -> Exception:
        shown = json.dumps(value, ensure_ascii=False, default=str)
        return bad_value(self._path(name), kind, _short(shown))


_EMPTY = Fields({})
"""Nothing in it can be wrong, so it need not know where it stands."""


def _to_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _named_once(members: Mapping[str, Any]) -> Mapping[str, Any]:
    """Name members in camelCase; where both spellings are there, that one goes first."""
    in_snake_case = {_camel(name): member for name, member in members.items() if "_" in name}
    return in_snake_case | {name: each for name, each in members.items() if each is not None}


@lru_cache
def _camel(name: str) -> str:
    return _LOW_HUMP.sub(lambda hump: hump[1].upper(), name) if name.islower() else name


@lru_cache
def _snake(name: str) -> str:
    return _HUMP.sub(lambda hump: f"_{hump[1].lower()}", name)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."

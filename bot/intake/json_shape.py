"""JSON that enters: parsed, checked against a shape, and refused in one sentence.

Called by `bot.intake.json_lines` and `bot.intake.discord_export`; knows neither format.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from bot.intake.moments import EXPECTED_MOMENT, read_moment
from bot.intake.source_text import MAX_COMMENT_CHARACTERS, MAX_NAME_CHARACTERS, quote

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]')
_COLON = re.compile(r"\s*:")


class Shape(BaseModel):
    """A JSON object with known keys; keys that are not named are left out."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


@dataclass(frozen=True, slots=True)
class Misfit:
    """The place of a value in its document, and a clause that says what is wrong with it.

    `is_our_rule`: the format allows such a value, and Evenhand does not.
    """

    path: tuple[int | str, ...]
    what: str
    is_our_rule: bool = False

    def __str__(self) -> str:
        """Name the key and what is wrong, such as `"id" is " ", expected ...`."""
        return f'"{".".join(str(part) for part in self.path)}" {self.what}'


class JsonRefusedError(ValueError):
    """Text that is not JSON, or says one thing twice; the message is a clause for people.

    `line` counts from 1 within the text; None where it is not known.
    """

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.line = line


def parse_json(text: str) -> Any:
    """Parse JSON in which no object has one key twice: which of the two was meant, nobody knows.

    Raises:
        JsonRefusedError: with the reason and, where known, the place.
    """
    try:
        return cast("object", json.loads(text, object_pairs_hook=_object))
    except json.JSONDecodeError as error:
        why = _lower_first(error.msg.removesuffix(" starting at"))
        what = f"is not JSON at column {error.colno} ({why})"
        raise JsonRefusedError(what, error.lineno) from error
    except _RepeatedKeyError as error:
        what = f"has the key {quote(str(error))} twice in one object"
        raise JsonRefusedError(what, _line_of_repeated_key(text)) from error
    except RecursionError as error:
        raise JsonRefusedError("is not JSON (brackets are nested too deep)") from error
    except ValueError as error:  # an integer of more digits than Python converts
        raise JsonRefusedError("is not JSON (a number has too many digits)") from error


class _RepeatedKeyError(ValueError):
    """An object has a key twice; the message is the key."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKeyError(next(key for n, key in enumerate(keys) if key in keys[:n]))
    return made


def _line_of_repeated_key(text: str) -> int:
    """Find the line by walking the text again, which the parser tells no place of."""
    opened: list[set[str]] = []
    repeated: dict[int, int] = {}  # by depth, because the parser refuses the innermost object first
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in "{[":
            opened.append(set())
        elif sign in "}]":
            if len(opened) in repeated:
                return text.count("\n", 0, repeated[len(opened)]) + 1
            opened.pop()
        elif _COLON.match(text, token.end()):
            key = str(json.loads(sign))
            if key in opened[-1]:
                repeated.setdefault(len(opened), token.start())
            opened[-1].add(key)
    raise AssertionError("an object with a key twice was closed")  # the parser has seen its end


def misfit(error: ValidationError) -> Misfit:
    """Find the first thing that does not fit the shape."""
    first = error.errors(include_url=False)[0]
    is_our_rule = first["type"] == "value_error"
    match first["type"]:
        case "missing":
            what = "is missing, expected a value for it"
        case "value_error":
            what = str(first.get("ctx", {})["error"])
        case _:
            expected = first["msg"].removeprefix("Input should be ")
            what = f"is {_shown(first['input'])}, expected {_lower_first(expected)}"
    return Misfit(first["loc"], what, is_our_rule)


def _read_id(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError(f"is {_shown(value)}, expected a text that is not blank or a whole number")


def _one_line(value: str) -> str:
    if not (name := " ".join(value.split())):
        raise ValueError("is blank, expected a name")
    return name


def _read_moment(value: object) -> datetime:
    if not isinstance(value, str):
        # A ValueError, because pydantic lets a TypeError through.
        raise ValueError(f"is {_shown(value)}, {EXPECTED_MOMENT}")  # noqa: TRY004
    return read_moment(value)


def _within(limit: int) -> AfterValidator:
    def check(value: str) -> str:
        if len(value) > limit:
            raise ValueError(f"is {len(value):,} characters long, expected at most {limit:,}")
        return _plain(value)

    return AfterValidator(check)


def _plain(value: str) -> str:
    if "\0" in value:
        raise ValueError("holds a NUL character, expected plain text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(value[error.start]):04x}"
        raise ValueError(f"holds {half}, half of a character, expected whole text") from error
    return value


def _shown(value: object) -> str:
    match value:
        case str():
            return quote(value)
        case bool() | None:
            return json.dumps(value)
        case int() | float():
            return "a number"
        case dict():
            return "an object"
        case _:
            return "a list"


def _lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


Id = Annotated[str, _within(MAX_NAME_CHARACTERS), BeforeValidator(_read_id)]
"""A text that is not blank, or a whole number, which becomes text."""
Name = Annotated[str, AfterValidator(_one_line), _within(MAX_NAME_CHARACTERS)]
Words = Annotated[str, _within(MAX_COMMENT_CHARACTERS)]
Moment = Annotated[datetime, BeforeValidator(_read_moment)]

"""A request's body as JSON, read as forgivingly as Google's service did.

Its own samples send keys without quotes and no Content-Type. Strict JSON goes the quick way; what
that refuses is read as JSON5. Pure; called by `perspective` and `batch`.
"""

import json
import re
from codecs import BOM_UTF8
from typing import Any, cast

import pyjson5

from bot.web.refusals import bad_payload

MOST_NESTED = 32
"""The deepest real request nests five levels."""

_LONE_SURROGATES = re.compile("[\ud800-\udfff]")
"""Half characters that JSON can smuggle in (`\\ud800`) and no encoding can hold."""


_NAME_OF_A_KIND = re.compile("b'([^']*)'")
_KINDS = {"JSON5Value": "a value", "NumericLiteral": "a number"}
"""How pyjson5 names what it wanted, and what people call it."""

MOST_DIGITS = 400
"""A whole number of more digits is beyond all numbers here; Python would refuse to read it."""


def _whole(digits: str) -> float:
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)


_STRICT = json.JSONDecoder(parse_int=_whole)


def read_object(body: bytes) -> dict[str, Any]:
    """Read a body as one JSON object; an empty body is an empty object.

    Every string in it can be written as UTF-8.

    Raises:
        WireError: it is no JSON, or no object.
    """
    try:
        text = body.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        raise bad_payload(f"Byte {error.start + 1} is not UTF-8.") from error
    if not text.strip():
        return {}
    value = _read(text)
    if "\\" in text or text.count("{") + text.count("[") > MOST_NESTED:
        value = _clean(value, MOST_NESTED)  # else there is nothing to mend and nothing deep
    if not isinstance(value, dict):
        raise bad_payload('Unknown name "": Root element must be a message.')
    return cast("dict[str, Any]", value)


def _read(text: str) -> object:
    try:
        return _STRICT.decode(text)
    except RecursionError as error:
        raise bad_payload("Message too deep.") from error
    except ValueError:
        pass  # not strict JSON: perhaps JSON5, as in Google's own samples
    try:
        return pyjson5.decode(text, maxdepth=MOST_NESTED)
    except pyjson5.Json5Exception as error:
        where = str(error.args[0]) if error.args else "it cannot be read"
        where = _NAME_OF_A_KIND.sub(lambda kind: _KINDS.get(kind[1], kind[1]), where)
        raise bad_payload(f"Expected a JSON object: {where.rstrip('.')}.") from error


def _clean(value: object, depth: int) -> object:
    """Mend half characters in every string; refuse what nests deeper than any request."""
    if depth == 0:
        raise bad_payload("Message too deep.")
    match value:
        case str():
            return _LONE_SURROGATES.sub("\ufffd", value)
        case dict():
            pairs = cast("dict[str, object]", value).items()
            return {_LONE_SURROGATES.sub("\ufffd", k): _clean(v, depth - 1) for k, v in pairs}
        case list():
            return [_clean(item, depth - 1) for item in cast("list[object]", value)]
        case _:
            return value

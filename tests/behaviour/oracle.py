"""Discord's own description of its API as judge of every request the bot makes.

Checks the route, the query and the body against the OpenAPI document, and refuses keys that it does
not know. What discord.py itself does otherwise, and Discord takes, is on a short list. Not a test
of answers: those are simcord's.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from simcord import HttpLogEntry

DOCUMENT = "shared/discord/discord-openapi-2026-07-18.json"
"""Beside the checkout; Discord's, under the MIT licence, and too large to be copied here."""

KNOWN_DEVIATIONS = frozenset(
    {
        # Snowflakes as integers, which Discord takes as well as strings.
        ("POST", "/users/@me/channels", "body.recipient_id"),
        ("POST", "/channels/{channel_id}/messages/bulk-delete", "body.messages"),
        # In the query, where the document has it in the body.
        ("PUT", "/guilds/{guild_id}/bans/{user_id}", "query.delete_message_seconds"),
        # ... and no body at all, where the document demands one whose keys may all be left out.
        ("PUT", "/guilds/{guild_id}/bans/{user_id}", "body"),
        ("DELETE", "/guilds/{guild_id}/bans/{user_id}", "body"),
        # Sent along with every edit; Discord passes over it.
        ("PATCH", "/channels/{channel_id}/messages/{message_id}", "body.tts"),
        ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", "body.tts"),
        ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", "body.tts"),
        # Older than the document's own way of saying so.
        ("GET", "/guilds/{guild_id}/members/{user_id}", "query.use_nested_fields"),
    }
)
"""(method, path, where) of what discord.py 2.7.1 sends and the document does not have."""

MEDIA = 16
"""The type of a media channel, a forum for pictures; the document does not have it."""


def document() -> Path | None:
    """Find the document; None where it is not beside this checkout."""
    found = Path(__file__).parents[3] / DOCUMENT
    return found if found.is_file() else None


class Oracle:
    """Judges requests by one document."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text(encoding="utf-8"))
        self._routes = [
            (template.strip("/").split("/"), template, item)
            for template, item in self._document["paths"].items()
        ]
        self._known: dict[str, list[tuple[str, str]]] = {}
        self._root = {"$schema": "https://json-schema.org/draft/2020-12/schema", **self._document}

    def complaints(self, requests: Iterable[HttpLogEntry]) -> list[str]:
        """List what Discord's document has against these requests, one sentence each."""
        return [
            f"{request.method} {request.path}: {where}: {what}"
            for request in requests
            for where, what in self._judged(request)
        ]

    def _judged(self, request: HttpLogEntry) -> list[tuple[str, str]]:
        """Judge a request, once: every story begins by telling Discord the same commands."""
        key = json.dumps([request.method, request.path, request.params, request.json])
        if key not in self._known:
            self._known[key] = list(self._judge(request))
        return self._known[key]

    def _judge(self, request: HttpLogEntry) -> Iterator[tuple[str, str]]:
        template, item = self._find(request.path)
        operation = item.get(request.method.lower())
        if operation is None:
            yield "route", "the document has no such operation"
            return
        found = [*self._query(request, operation), *self._body(request, operation)]
        for where, what in found:
            if not any(
                (request.method, template, where[: len(known)]) == (method, path, known)
                for method, path, known in KNOWN_DEVIATIONS
            ):
                yield where, what

    def _find(self, path: str) -> tuple[str, dict[str, Any]]:
        """Find the route of a path, the one with the fewest blanks first."""
        segments = path.strip("/").split("/")
        fitting = [
            (sum(part.startswith("{") for part in parts), template, item)
            for parts, template, item in self._routes
            if len(parts) == len(segments)
            and all(p.startswith("{") or p == s for p, s in zip(parts, segments, strict=True))
        ]
        if not fitting:
            return path, {}
        _, template, item = min(fitting, key=lambda found: found[0])
        return template, item

    def _query(self, request: HttpLogEntry, operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
        known = {p["name"]: p for p in operation.get("parameters", ()) if p["in"] == "query"}
        for name, value in (request.params or {}).items():
            if name not in known:
                yield f"query.{name}", "the document has no such parameter"
                continue
            schema = known[name]["schema"]
            if not any(self._fits(schema, read) for read in _readings(value)):
                yield f"query.{name}", f"{value!r} does not fit"

    def _body(self, request: HttpLogEntry, operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
        content = operation.get("requestBody", {}).get("content", {})
        if request.json is None:
            if (
                operation.get("requestBody", {}).get("required")
                and "multipart/form-data" not in content
            ):
                yield "body", "the document demands one"
            return
        if "application/json" not in content:
            yield "body", "the document knows none"
            return
        schema = content["application/json"]["schema"]
        body = _as_documented(request.json)
        for error in self._validator(json.dumps(schema)).iter_errors(body):
            yield ".".join(["body", *map(str, error.absolute_path)]), error.message[:300]
        if isinstance(request.json, dict):
            for name in request.json.keys() - self._keys(schema):
                yield f"body.{name}", "the document has no such key"

    def _keys(self, schema: dict[str, Any]) -> set[str]:
        """List the keys that a schema knows at its top."""
        if "$ref" in schema:
            return self._keys(self._resolve(schema["$ref"]))
        keys = set(schema.get("properties", {}))
        for within in ("allOf", "anyOf", "oneOf"):
            for each in schema.get(within, ()):
                keys |= self._keys(each)
        return keys

    def _resolve(self, reference: str) -> dict[str, Any]:
        found = self._document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return found

    def _fits(self, schema: dict[str, Any], value: object) -> bool:
        return self._validator(json.dumps(schema)).is_valid(value)

    @cache  # noqa: B019 - one oracle a run
    def _validator(self, schema: str) -> Draft202012Validator:
        # The document itself is the root, so that "#/components/..." is found in it.
        return Draft202012Validator({**self._root, **json.loads(schema)})


def _as_documented(body: Any) -> Any:
    """Write a body as the document has it, where Discord takes what discord.py writes otherwise.

    New attachments and what a select has chosen are numbered in integers, and media channels stand
    beside every forum.
    """
    if isinstance(body, list):
        return [_as_documented(each) for each in body]
    if not isinstance(body, dict):
        return body
    return {
        key: _WRITTEN_OTHERWISE[key](value)
        if isinstance(value, list) and key in _WRITTEN_OTHERWISE
        else _as_documented(value)
        for key, value in body.items()
    }


def _with_text_ids(listed: list[Any]) -> list[Any]:
    return [each | {"id": str(each["id"])} for each in listed]


_WRITTEN_OTHERWISE: dict[str, Callable[[list[Any]], list[Any]]] = {
    "attachments": _with_text_ids,
    "default_values": _with_text_ids,
    "channel_types": lambda kinds: [kind for kind in kinds if kind != MEDIA],
}


def _readings(value: object) -> list[object]:
    """Give a query's value as text and as what it may stand for."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    readings: list[object] = [text, value]
    if text.lstrip("-").isdigit():
        readings.append(int(text))
    if text in {"true", "false", "1", "0"}:
        readings.append(text in {"true", "1"})
    return readings

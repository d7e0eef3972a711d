"""The OpenAPI description, made from the discovery document: no second truth.

Called by `perspective` for /openapi.json.
"""

from collections.abc import Mapping
from typing import Any, cast

from bot.web.discovery import load_document
from bot.web.wire import MOST_TEXT_BYTES

_REFUSALS = {
    "400": "Refused; `details` says why.",
    "403": "A key is asked for and none was sent; or a web page asks where no key is asked for.",
    "413": "The body is too large.",
    "429": "The key's quota is used up.",
    "500": "The model failed; the log says why.",
    "503": "Too much is waiting, or the database is locked: `Retry-After` says when to ask again.",
    "504": "It took too long.",
}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "status"],
            "properties": {
                "code": {"type": "integer"},
                "message": {"type": "string"},
                "status": {"type": "string"},
                "details": {"type": "array", "items": {"type": "object"}},
            },
        }
    },
}
_REQUIRED = {
    "AnalyzeCommentRequest": ["comment", "requestedAttributes"],
    "AnalyzeCommentResponse": ["attributeScores", "languages", "detectedLanguages"],
    "SuggestCommentScoreRequest": ["comment", "attributeScores"],
    "SpanScore": ["begin", "end", "score"],
    "Score": ["value"],
}


def openapi() -> dict[str, Any]:
    """Describe both methods as OpenAPI 3.1, with every refusal."""
    document = load_document()
    schemas: dict[str, dict[str, Any]] = {
        name: _translate(schema) | ({"required": _REQUIRED[name]} if name in _REQUIRED else {})
        for name, schema in document["schemas"].items()
    }
    text: dict[str, str] = schemas["TextEntry"]["properties"]["text"]
    text["description"] += f" In UTF-8 at most {MOST_TEXT_BYTES:,} bytes."
    methods: Mapping[str, Any] = document["resources"]["comments"]["methods"]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": document["title"],
            "version": document["version"],
            "description": document["description"],
        },
        "paths": {
            f"/{method['path']}": {"post": _operation(method)} for method in methods.values()
        },
        "components": {
            "schemas": schemas | {"Error": _ERROR},
            "securitySchemes": {
                "query": {"type": "apiKey", "in": "query", "name": "key"},
                "header": {"type": "apiKey", "in": "header", "name": "X-Goog-Api-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
        "security": [{"query": []}, {"header": []}, {"bearer": []}, {}],
    }


def _operation(method: Mapping[str, Any]) -> dict[str, Any]:
    refusals = {
        code: {"description": why, "content": _content("Error")} for code, why in _REFUSALS.items()
    }
    answer = {"description": "Done.", "content": _content(method["response"]["$ref"])}
    return {
        "operationId": method["id"],
        "summary": method["description"],
        "requestBody": {"required": True, "content": _content(method["request"]["$ref"])},
        "responses": {"200": answer, **refusals},
    }


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _translate(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Put Google's dialect of JSON Schema into the usual one."""
    translated: dict[str, Any] = {}
    for key, value in schema.items():
        match key, value:
            case (("id" | "enumDescriptions"), _):
                continue
            case "$ref", str():
                translated["$ref"] = f"#/components/schemas/{value}"
            case "properties", dict():
                properties = cast("dict[str, Mapping[str, Any]]", value)
                translated[key] = {name: _translate(each) for name, each in properties.items()}
            case (("items" | "additionalProperties"), dict()):
                translated[key] = _translate(cast("Mapping[str, Any]", value))
            case _:
                translated[key] = value
    return translated

"""The OpenAPI description of every route; Google's methods are taken from the discovery document.

Called by `perspective` for /openapi.json.
"""

from collections.abc import Mapping
from typing import Any, cast

from bot.web.discovery import load_document
from bot.web.wire import MOST_TEXT_BYTES

_REFUSALS = {
    "400": "Refused; `details` says why.",
    "403": "A key is asked for and none was sent; or a web page asks where no key is asked for.",
    "408": "The body did not arrive in time.",
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
_STATUS = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}
_VERSION = {
    "name": "version",
    "in": "query",
    "description": "Of the API; there is one.",
    "schema": {"type": "string", "enum": ["v1alpha1"], "default": "v1alpha1"},
}
_REQUIRED = {
    "AnalyzeCommentRequest": ["comment", "requestedAttributes"],
    "AnalyzeCommentResponse": ["attributeScores", "languages", "detectedLanguages"],
    "SuggestCommentScoreRequest": ["comment", "attributeScores"],
    "SpanScore": ["begin", "end", "score"],
    "Score": ["value"],
}


def openapi() -> dict[str, Any]:
    """Describe every route as OpenAPI 3.1, with every refusal."""
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
            f"/{method['path']}": {
                "parameters": [_parameter(*each) for each in document["parameters"].items()],
                "post": _operation(method),
            }
            for method in methods.values()
        }
        | _other_paths(),
        "components": {
            "schemas": schemas | {"Error": _ERROR, "Status": _STATUS},
            "securitySchemes": {
                "query": {"type": "apiKey", "in": "query", "name": "key"},
                "header": {"type": "apiKey", "in": "header", "name": "X-Goog-Api-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
        "security": [{"query": []}, {"header": []}, {"bearer": []}, {}],
    }


def _operation(method: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "operationId": method["id"],
        "summary": method["description"],
        "requestBody": {"required": True, "content": _content(method["request"]["$ref"])},
        "responses": _responses(_content(method["response"]["$ref"]), *_REFUSALS),
    }


def _parameter(name: str, described: Mapping[str, Any]) -> dict[str, Any]:
    """Describe what both methods take in the query; Google writes every default as a string."""
    schema = {key: described[key] for key in ("type", "enum", "default") if key in described}
    if name == "alt":
        schema["enum"] = [schema["default"]]  # the others are known, and refused
    if schema["type"] == "boolean":
        schema["default"] = schema["default"] == "true"
    return {
        "name": name,
        "in": described["location"],
        "description": described["description"],
        "schema": schema,
    }


def _other_paths() -> dict[str, Any]:
    """Describe what stands beside the methods."""
    mixed = {"multipart/mixed": {"schema": {"type": "string", "format": "binary"}}}
    batch = {
        "operationId": "batch",
        "summary": "Answers up to 1,000 calls: each part is an HTTP request, or its answer.",
        "requestBody": {"required": True, "content": mixed},
        "responses": _responses(mixed, *_REFUSALS),
    }
    document = {"application/json": {"schema": {"type": "object"}}}
    ready = _responses(_content("Status"))
    ready["503"] = {"description": "Not now; `status` says why.", "content": _content("Status")}
    lines = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "/batch": {"post": batch},
        "/$discovery/rest": {
            "parameters": [_VERSION],
            "get": {
                "operationId": "discovery",
                "summary": "Google's discovery document, for clients that build themselves.",
                "responses": _responses(document, "400", "403")
                | {"404": {"description": "No such version.", "content": _content("Error")}},
            },
        },
        "/health/live": _get(
            "live", "Says that the process answers.", _responses(_content("Status"))
        ),
        "/health/ready": _get("ready", "Says whether calls are answered.", ready),
        "/metrics": _get("metrics", "Prometheus's counters.", _responses(lines)),
        "/openapi.json": _get("openapi", "This description.", _responses(document)),
    }


def _get(name: str, summary: str, responses: Mapping[str, Any]) -> dict[str, Any]:
    """Describe what anybody may ask for."""
    return {
        "get": {"operationId": name, "summary": summary, "responses": responses, "security": []}
    }


def _responses(content: Mapping[str, Any], *refusals: str) -> dict[str, Any]:
    return {"200": {"description": "Done.", "content": content}} | {
        code: {"description": _REFUSALS[code], "content": _content("Error")} for code in refusals
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

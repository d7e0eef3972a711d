"""The refusals of the wire: statuses, messages and details exactly as Google's service wrote them.

Clients compare these texts and walk into `details`, so a word more or less breaks one of them. The
table is in the contract (docs/perspective.md); raised by `wire`, `analysis` and `keys`.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from bot.errors import ModerationError

COMMENT_ANALYZER_ERROR = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
HELP = "type.googleapis.com/google.rpc.Help"
SERVICE = "commentanalyzer.googleapis.com"

Detail = Mapping[str, Any]


class WireError(ModerationError):
    """A refusal as a client gets it. `code` is the HTTP status, `status` is gRPC's name for it."""

    def __init__(
        self,
        message: str,
        *,
        code: HTTPStatus = HTTPStatus.BAD_REQUEST,
        status: str = "INVALID_ARGUMENT",
        details: Sequence[Detail] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.details = tuple(details)
        self.retry_after_s = retry_after_s

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        error: dict[str, Any] = {
            "code": int(self.code),
            "message": str(self),
            "status": self.status,
        }
        if self.details:
            error["details"] = [dict(detail) for detail in self.details]
        return {"error": error}


def refused(message: str, error_type: str = "INVALID_REQUEST", **more: object) -> WireError:
    """Refuse what was asked, with the analyzer's own kind of detail."""
    return WireError(
        message, details=[{"@type": COMMENT_ANALYZER_ERROR, "errorType": error_type, **more}]
    )


def comment_empty() -> WireError:
    """Refuse a comment without a text."""
    return refused("Comment must be non-empty.", "COMMENT_EMPTY")


def comment_too_long() -> WireError:
    """Refuse a comment above the limit in bytes."""
    return refused("Comment text too long.", "COMMENT_TOO_LONG")


def no_attributes() -> WireError:
    """Refuse a request that asks for nothing."""
    return refused("Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES")


def unknown_attribute(name: str) -> WireError:
    """Refuse an attribute that the loaded model cannot give."""
    return refused(f"Unknown requested attribute: {name}")


def unsupported_language(
    attribute: str, languages: Sequence[str], *, detected: Sequence[str], requested: Sequence[str]
) -> WireError:
    """Refuse a language that the loaded model was not made for."""
    why = {
        "attribute": attribute,
        "detectedLanguages": list(detected),
        "requestedLanguages": list(requested),
    }
    return refused(
        f"Attribute {attribute} does not support request languages: {', '.join(languages)}",
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        languageNotSupportedByAttributeError={key: value for key, value in why.items() if value},
    )


def language_unknown() -> WireError:
    """Refuse a text that is in no language, where the request names none either."""
    return refused("Unable to detect language", "LANGUAGE_DETECTION_FAILED")


def score_type_unsupported(score_type: str, attribute: str) -> WireError:
    """Refuse any kind of score but a probability."""
    return refused(f"Requested score type {score_type} is not supported by attribute {attribute}")


def only_plain_text() -> WireError:
    """Refuse HTML."""
    return refused("Currently, only 'PLAIN_TEXT' comments are supported")


def unknown_text_type() -> WireError:
    """Refuse a kind of text that does not exist."""
    return refused("Unknown text type")


def two_contexts() -> WireError:
    """Refuse a context that is given in both ways."""
    return refused(
        "Context can have either entries or article_and_parent_comment, but both fields were"
        " populated."
    )


def bad_payload(what: str) -> WireError:
    """Refuse a body that is no JSON message, or has a field that does not exist."""
    message = f"Invalid JSON payload received. {what}"
    return WireError(
        message,
        details=[{"@type": BAD_REQUEST, "fieldViolations": [{"description": message}]}],
    )


def bad_value(field: str, kind: str, shown: str) -> WireError:
    """Refuse a field of the wrong type. `kind` is as in TYPE_STRING; `shown` is the value."""
    message = f"Invalid value at '{field}' ({kind}), {shown}"
    violation = {"field": field, "description": message}
    return WireError(message, details=[{"@type": BAD_REQUEST, "fieldViolations": [violation]}])


def too_large(most: int) -> WireError:
    """Refuse a body above the limit in bytes."""
    return WireError(
        f"Request payload size exceeds the limit: {most} bytes.",
        code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    )


def from_a_page() -> WireError:
    """Refuse what another site's page asks of a browser: where no key is asked for, it could."""
    return WireError(
        "Requests from web pages are not answered. Let your own server ask.",
        code=HTTPStatus.FORBIDDEN,
        status="PERMISSION_DENIED",
    )


def invalid_key() -> WireError:
    """Refuse a key that does not exist, or was revoked."""
    info = {"reason": "API_KEY_INVALID", "domain": "googleapis.com"}
    return WireError(
        "API key not valid. Please pass a valid API key.",
        details=[{"@type": ERROR_INFO, **info, "metadata": {"service": SERVICE}}],
    )


def missing_key() -> WireError:
    """Refuse a request without a key where one is asked for."""
    return WireError(
        "Method doesn't allow unregistered callers (callers without established identity). Please"
        " use API Key or other form of API consumer identity to call this API.",
        code=HTTPStatus.FORBIDDEN,
        status="PERMISSION_DENIED",
    )


def quota_exceeded(key: str, per_minute: int, *, retry_after_s: int) -> WireError:
    """Refuse a key's request above its quota. `key` is the key's name, never its text."""
    consumer = f"projects/{key}"
    metric = "Analysis requests (AnalyzeComment)"
    metadata = {
        "quota_location": "global",
        "quota_metric": f"{SERVICE}/CommentAnalyzerService/analyze_requests",
        "quota_limit": "AnalyzeRequestsPerMinutePerProject",
        "quota_limit_value": str(per_minute),
        "consumer": consumer,
        "service": SERVICE,
    }
    info = {"reason": "RATE_LIMIT_EXCEEDED", "domain": "googleapis.com", "metadata": metadata}
    link = {
        "description": "The owner of this server sets quotas: python bot.py key add --help",
        "url": "https://cloud.google.com/docs/quota#requesting_higher_quota",
    }
    return WireError(
        f"Quota exceeded for quota metric '{metric}' and limit '{metric} per minute' of service"
        f" '{SERVICE}' for consumer '{consumer}'.",
        code=HTTPStatus.TOO_MANY_REQUESTS,
        status="RESOURCE_EXHAUSTED",
        details=[{"@type": ERROR_INFO, **info}, {"@type": HELP, "links": [link]}],
        retry_after_s=retry_after_s,
    )


def unavailable(*, retry_after_s: int = 1) -> WireError:
    """Turn a request away: too much is waiting already, or the database cannot be used just now."""
    return WireError(
        "The service is currently unavailable.",
        code=HTTPStatus.SERVICE_UNAVAILABLE,
        status="UNAVAILABLE",
        retry_after_s=retry_after_s,
    )


def too_late() -> WireError:
    """Give a request up whose time is over."""
    return WireError(
        "Deadline expired before operation could complete.",
        code=HTTPStatus.GATEWAY_TIMEOUT,
        status="DEADLINE_EXCEEDED",
    )


def internal() -> WireError:
    """Say that something broke here; what it was stands in the log."""
    return WireError(
        "Internal error encountered.", code=HTTPStatus.INTERNAL_SERVER_ERROR, status="INTERNAL"
    )


def of_http(code: int, reason: str) -> WireError:
    """Put one of HTTP's own refusals (no such path, wrong method) into the same shape."""
    statuses = {
        HTTPStatus.NOT_FOUND: "NOT_FOUND",
        HTTPStatus.METHOD_NOT_ALLOWED: "UNIMPLEMENTED",
        HTTPStatus.REQUEST_TIMEOUT: "DEADLINE_EXCEEDED",
    }
    status = statuses.get(HTTPStatus(code), "INVALID_ARGUMENT")
    return WireError(reason, code=HTTPStatus(code), status=status)

"""Every row of the contract's table of errors, over HTTP: status, message and details."""

from http import HTTPStatus
from typing import Any

import pytest

from bot.web.wire import MOST_TEXT_BYTES
from tests.bot.web.conftest import Server

ANALYZER_ERROR = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
TOXICITY = {"TOXICITY": {}}


def asking(text: object = "hello", **more: Any) -> dict[str, Any]:
    return {"comment": {"text": text}, "requestedAttributes": TOXICITY, **more}


ROWS: dict[str, tuple[dict[str, Any], str, str]] = {
    "empty text": (asking(""), "Comment must be non-empty.", "COMMENT_EMPTY"),
    "blank text": (asking(" \n"), "Comment must be non-empty.", "COMMENT_EMPTY"),
    "nothing to see": (asking("\0\u200b "), "Comment must be non-empty.", "COMMENT_EMPTY"),
    "marks upon nothing": (asking("\ufe0f\u0301"), "Comment must be non-empty.", "COMMENT_EMPTY"),
    "fillers": (asking("\u2800\u3164"), "Comment must be non-empty.", "COMMENT_EMPTY"),
    "no comment": (
        {"requestedAttributes": TOXICITY},
        "Comment must be non-empty.",
        "COMMENT_EMPTY",
    ),
    "too long in bytes": (
        asking("é" * (MOST_TEXT_BYTES // 2 + 1)),
        "Comment text too long.",
        "COMMENT_TOO_LONG",
    ),
    "no attributes": (
        {"comment": {"text": "hello"}},
        "Missing requested_attributes",
        "NO_REQUESTED_ATTRIBUTES",
    ),
    "empty attributes": (
        asking() | {"requestedAttributes": {}},
        "Missing requested_attributes",
        "NO_REQUESTED_ATTRIBUTES",
    ),
    "unknown attribute": (
        asking() | {"requestedAttributes": {"FLIRTATION": {}}},
        "Unknown requested attribute: FLIRTATION",
        "INVALID_REQUEST",
    ),
    "language unsupported": (
        asking(languages=["en", "om"]),
        "Attribute TOXICITY does not support request languages: en, om",
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
    ),
    "undetectable": (asking("1234 !!"), "Unable to detect language", "LANGUAGE_DETECTION_FAILED"),
    "score type": (
        asking() | {"requestedAttributes": {"TOXICITY": {"scoreType": "RAW"}}},
        "Requested score type RAW is not supported by attribute TOXICITY",
        "INVALID_REQUEST",
    ),
    "html": (
        asking() | {"comment": {"text": "hello", "type": "HTML"}},
        "Currently, only 'PLAIN_TEXT' comments are supported",
        "INVALID_REQUEST",
    ),
    "text type": (
        asking() | {"comment": {"text": "hello", "type": "MARKDOWN"}},
        "Unknown text type",
        "INVALID_REQUEST",
    ),
    "both contexts": (
        asking(context={"entries": [{"text": "a"}], "articleAndParentComment": {}}),
        (
            "Context can have either entries or article_and_parent_comment, but both fields were"
            " populated."
        ),
        "INVALID_REQUEST",
    ),
}


@pytest.mark.parametrize(("body", "message", "error_type"), ROWS.values(), ids=ROWS)
async def test_the_refusal_is_the_contracts(
    server: Server, body: dict[str, Any], message: str, error_type: str
) -> None:
    status, answer = await server.post("analyze", body)
    error = answer["error"]
    assert status == HTTPStatus.BAD_REQUEST
    assert (error["code"], error["status"], error["message"]) == (400, "INVALID_ARGUMENT", message)
    assert error["details"][0]["@type"] == ANALYZER_ERROR
    assert error["details"][0]["errorType"] == error_type


async def test_the_longest_text_allowed_is_scored(server: Server) -> None:
    status, _ = await server.post("analyze", asking("é" * (MOST_TEXT_BYTES // 2), languages=["en"]))
    assert status == HTTPStatus.OK


async def test_a_detected_language_that_is_not_spoken_is_named(server: Server) -> None:
    answer = await server.analyze("Das ist doch alles gelogen, was du da schreibst")
    [detail] = answer["error"]["details"]
    assert answer["error"]["message"] == "Attribute TOXICITY does not support request languages: de"
    assert detail["languageNotSupportedByAttributeError"] == {
        "attribute": "TOXICITY",
        "detectedLanguages": ["de"],
    }


async def test_a_language_asked_for_that_is_not_spoken_is_named(server: Server) -> None:
    answer = await server.analyze("hello there, how are you", languages=["hi-Latn"])
    [detail] = answer["error"]["details"]
    assert detail["languageNotSupportedByAttributeError"] == {
        "attribute": "TOXICITY",
        "detectedLanguages": ["en"],
        "requestedLanguages": ["hi-Latn"],
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (asking(5), "Invalid value at 'comment.text' (TYPE_STRING), 5"),
        (asking(languages="en"), "Invalid value at 'languages' (TYPE_STRING), \"en\""),
        (asking(languages=["en", 1]), "Invalid value at 'languages[1]' (TYPE_STRING), 1"),
        (asking(spanAnnotations="yes"), "Invalid value at 'span_annotations' (TYPE_BOOL), \"yes\""),
        (asking() | {"comment": "hello"}, "Invalid value at 'comment' (TYPE_MESSAGE), \"hello\""),
        (
            asking() | {"requestedAttributes": {"TOXICITY": {"scoreThreshold": "NaN"}}},
            (
                "Invalid value at 'requested_attributes[0].value.score_threshold' (TYPE_FLOAT),"
                ' "NaN"'
            ),
        ),
        (
            asking() | {"requestedAttributes": ["TOXICITY"]},
            "Invalid value at 'requested_attributes' (TYPE_MESSAGE), [\"TOXICITY\"]",
        ),
    ],
)
async def test_a_field_of_the_wrong_type_is_named(
    server: Server, body: dict[str, Any], message: str
) -> None:
    status, answer = await server.post("analyze", body)
    assert (status, answer["error"]["message"]) == (400, message)


@pytest.mark.parametrize(
    "body",
    [b"[1]", b'"text"', b"{", b"{]", b"\xff\xfe", b"nonsense", b"[" * 100_000, b'{"a":' * 5_000],
    ids=["list", "string", "half", "mixed", "not UTF-8", "word", "deep lists", "deep objects"],
)
async def test_a_body_that_is_no_object_is_refused(server: Server, body: bytes) -> None:
    async with server.session.post(f"{server.url}/v1alpha1/comments:analyze", data=body) as got:
        error = (await got.json())["error"]
    assert got.status == HTTPStatus.BAD_REQUEST
    assert error["message"].startswith("Invalid JSON payload received. ")
    assert error["details"][0]["@type"] == "type.googleapis.com/google.rpc.BadRequest"


async def test_another_format_than_json_is_refused(server: Server) -> None:
    status, answer = await server.post("analyze", asking(), alt="proto")
    assert (status, answer["error"]["message"]) == (400, "Only alt=json is served here.")


async def test_a_selection_of_fields_that_cannot_be_read_is_refused(server: Server) -> None:
    status, _ = await server.post("analyze", asking(), fields="a(b")
    assert status == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/v1alpha1/comments:analyze", 405),
        ("POST", "/v1alpha1/comments:other", 404),
        ("POST", "/v1alpha1%2Fcomments:analyze", 404),
        ("GET", "/", 404),
        ("GET", "/$discovery/rest?version=v2", 404),
    ],
)
async def test_a_wrong_address_or_verb_gets_the_same_shape(
    server: Server, verb: str, path: str, status: int
) -> None:
    async with server.session.request(verb, server.url + path) as response:
        assert response.status == status
        assert (await response.json())["error"]["code"] == status

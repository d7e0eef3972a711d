"""What Google's service forgave, ours forgives: its own samples would fail a strict server."""

import json
from typing import Any

import pytest

from bot.web.analysis import Manner
from tests.bot.web.conftest import Serve, Server


async def send(server: Server, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    address = f"{server.url}/v1alpha1/comments:analyze"
    async with server.session.post(
        address, data=body, headers=headers, skip_auto_headers=["Content-Type"]
    ) as response:
        return response.status, await response.json()


@pytest.mark.parametrize(
    "body",
    [
        b'{comment: {text: "you idiot"}, languages: ["en"], requestedAttributes: {TOXICITY:{}} }',
        b"{'comment': {'text': 'you idiot',}, 'requestedAttributes': {'TOXICITY': null}}",
        (
            b'{"comment": {"text": "you idiot"}, "requested_attributes": {"TOXICITY": {}},'
            b' "client_token": "t", "span_annotations": false}'
        ),
        b'\xef\xbb\xbf{"comment": {"text": "you idiot"}, "requestedAttributes": {"TOXICITY": {}}}',
        (
            b'{"comment": {"text": "you idiot", "type": 1}, "requestedAttributes":'
            b' {"TOXICITY": {"scoreType": 0, "score_threshold": "0.1"}}, "unheardOf": [1]}'
        ),
    ],
    ids=["unquoted keys", "single quotes", "snake_case", "byte order mark", "enums as numbers"],
)
async def test_forgiven(server: Server, body: bytes) -> None:
    status, answer = await send(server, body)
    assert status == 200, answer
    assert answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.9


async def test_the_content_type_plays_no_part(server: Server) -> None:
    body = json.dumps({"comment": {"text": "hi"}, "requestedAttributes": {"TOXICITY": {}}}).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "nonsense"):
        assert (await send(server, body, **{"Content-Type": kind}))[0] == 200


async def test_half_a_character_is_mended_and_the_answer_can_be_written(server: Server) -> None:
    body = (
        b'{"comment": {"text": "you idiot \\ud800"}, "clientToken": "\\udfff",'
        b' "requestedAttributes": {"TOXICITY": {}}}'
    )
    status, answer = await send(server, body)
    assert (status, answer["clientToken"]) == (200, "\ufffd")


async def test_a_strict_server_names_the_field_it_does_not_know(serve: Serve) -> None:
    server = await serve(manner=Manner(is_strict=True))
    status, answer = await send(
        server,
        b'{"comment": {"text": "hi", "lang": "en"}, "requestedAttributes": {"TOXICITY": {}}}',
    )
    assert status == 400
    message = (
        "Invalid JSON payload received. Unknown name \"lang\" at 'comment': Cannot find field."
    )
    assert answer["error"]["message"] == message
    assert answer["error"]["details"][0]["fieldViolations"] == [{"description": message}]


@pytest.mark.parametrize(
    ("method", "more", "where"),
    [
        ("analyze", {"context": {"foo": 1, "entries": []}}, "Unknown name \"foo\" at 'context'"),
        ("analyze", {"context": {"entries": [{"text": "a", "bar": 1}]}}, "'context.entries[0]'"),
        (
            "analyze",
            {"context": {"articleAndParentComment": {"parentComment": {"bar": 1}}}},
            "'context.article_and_parent_comment.parent_comment'",
        ),
        (
            "suggestscore",
            {"attributeScores": {"TOXICITY": {"summaryScore": {"value": 1, "foo": 1}}}},
            "'attribute_scores[0].value.summary_score'",
        ),
        (
            "suggestscore",
            {"attributeScores": {"TOXICITY": {"spanScores": [{"score": {"foo": 1}}]}}},
            "'attribute_scores[0].value.span_scores[0].score'",
        ),
    ],
)
async def test_a_strict_server_looks_as_deep_as_the_messages_go(
    serve: Serve, method: str, more: dict[str, Any], where: str
) -> None:
    server = await serve(manner=Manner(is_strict=True))
    body: dict[str, Any] = {"comment": {"text": "hi"}}
    if method == "analyze":
        body["requestedAttributes"] = {"TOXICITY": {}}
    status, answer = await server.post(method, body | more)
    assert status == 400
    assert "Unknown name" in answer["error"]["message"]
    assert where in answer["error"]["message"]


async def test_an_empty_language_is_none(server: Server) -> None:
    answer = await server.analyze("hello there", languages=["", " "])
    assert answer["languages"] == answer["detectedLanguages"] == ["en"]


async def test_a_strict_server_takes_both_spellings_of_every_field_it_knows(serve: Serve) -> None:
    server = await serve(manner=Manner(is_strict=True))
    status, _ = await send(
        server,
        b'{"comment": {"text": "hi"}, "requested_attributes": {"TOXICITY": {"scoreType":'
        b' "PROBABILITY"}}, "dropUnsupportedAttributes": false, "do_not_store": true}',
    )
    assert status == 200


async def test_a_number_without_end_in_a_field_nobody_reads_harms_nothing(server: Server) -> None:
    body = b'{"comment": {"text": "hi"}, "requestedAttributes": {"TOXICITY": {}}, "x": %s}'
    assert (await send(server, body % (b"9" * 5000)))[0] == 200


@pytest.mark.parametrize(
    ("body", "what"),
    [(b'{"comment":', "Unclosed object starting near 1."), (b"x", "Expected a value near 1")],
)
async def test_what_is_no_json_is_told_in_plain_words(
    server: Server, body: bytes, what: str
) -> None:
    status, answer = await send(server, body)
    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert what in answer["error"]["message"]
    assert "b'" not in answer["error"]["message"]

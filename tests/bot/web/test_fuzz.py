"""Whatever a client sends, it is never our failure: no answer above 499."""

import asyncio
import json
import logging
import socket
from contextlib import suppress
from typing import Any
from unicodedata import category

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.api_key import ApiKey
from bot.web.analysis import Analyzer
from bot.web.batch import read_part, split_batch, write_batch
from bot.web.calls import ANALYZE, SUGGEST, Call, Calls
from bot.web.keys import Gate, hash_key
from bot.web.language import LanguageDetector
from bot.web.metrics import Metrics
from bot.web.refusals import WireError
from tests.bot.web.conftest import NOON, SCRIPT, Clock, Serve, Server
from tests.fakes.memory_web import MemoryApiKeys, MemorySuggestions
from tests.fakes.scripted_scorer import ScriptedScorer

schemathesis = pytest.importorskip("schemathesis")

METHODS = st.sampled_from([ANALYZE, SUGGEST])
ATTRIBUTES = st.sampled_from(["TOXICITY", "INSULT", "FLIRTATION", "x", ""])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner)
)
LIKELY = st.fixed_dictionaries(
    {"comment": JSON | st.fixed_dictionaries({"text": st.text() | JSON, "type": JSON})},
    optional={
        "requestedAttributes": JSON | st.dictionaries(ATTRIBUTES, JSON),
        "attributeScores": JSON
        | st.dictionaries(
            ATTRIBUTES, st.fixed_dictionaries({"summaryScore": JSON, "spanScores": JSON})
        ),
        "languages": JSON | st.lists(st.sampled_from(["en", "xx", "en-GB", ""])),
        "context": JSON | st.fixed_dictionaries({"entries": JSON, "articleAndParentComment": JSON}),
        "spanAnnotations": JSON | st.just(value=True),
        "dropUnsupportedAttributes": JSON,
        "clientToken": JSON,
        "sessionId": JSON,
    },
)
TEXTS = st.text(min_size=1) | st.text(alphabet="aé 😀.!?\n\u2028\r\0\u0301", min_size=1)


@pytest.fixture(scope="module")
def calls(detector: LanguageDetector) -> Calls:
    """Calls without a socket before them."""
    scorer = ScriptedScorer(SCRIPT)
    analyzer = Analyzer(scorer, detector, lambda: NOON, suggestions=MemorySuggestions())
    return Calls(analyzer, Gate(None, Clock()), Metrics(lambda: 0))


def ask(calls: Calls, path: str, body: bytes, **query: str) -> tuple[int, dict[str, Any]]:
    async def read() -> bytes:
        return body

    answer = asyncio.run(calls.answer(Call("POST", path, query, {}, read)))
    return answer.code, json.loads(answer.body)


@given(METHODS, st.binary(max_size=300))
def test_bytes(calls: Calls, path: str, body: bytes) -> None:
    assert ask(calls, path, body)[0] < 500


@given(METHODS, st.text(alphabet="{}[]:,\"'\\ \tabtrue01-+.eE/*\n", max_size=60))
def test_almost_json(calls: Calls, path: str, body: str) -> None:
    assert ask(calls, path, body.encode())[0] < 500


@given(METHODS, LIKELY | JSON)
def test_any_json(calls: Calls, path: str, body: object) -> None:
    assert ask(calls, path, json.dumps(body).encode())[0] < 500


@given(st.text(alphabet="abTOXICITY,()/*", max_size=40))
def test_any_selection_of_fields(calls: Calls, fields: str) -> None:
    body = json.dumps({"comment": {"text": "hi"}, "requestedAttributes": {"TOXICITY": {}}})
    assert ask(calls, ANALYZE, body.encode(), fields=fields)[0] < 500


UNSEEN = {"Cc", "Cf", "Me", "Mn"}
FILLERS = "\u115f\u1160\u2800\u3164\uffa0"


@given(TEXTS)
def test_spans_of_any_text_lie_in_it_in_order_and_hold_their_words(calls: Calls, text: str) -> None:
    body = {
        "comment": {"text": text},
        "requestedAttributes": {"TOXICITY": {}},
        "languages": ["en"],
        "spanAnnotations": True,
    }
    code, answer = ask(calls, ANALYZE, json.dumps(body).encode())
    if code == 400:
        assert all(sign.isspace() or category(sign) in UNSEEN or sign in FILLERS for sign in text)
        return
    assert code == 200
    units = text.encode("utf-16-le")
    at = 0
    for span in answer["attributeScores"]["TOXICITY"]["spanScores"]:
        begin, end = span["begin"], span["end"]
        assert at <= begin < end <= len(units) // 2
        assert units[2 * begin : 2 * end].decode("utf-16-le").strip()
        at = end


LONG = st.builds(
    lambda piece, times, end: piece * times + end,
    st.binary(max_size=40)
    | st.sampled_from(
        [
            b"--b\nContent-Type: multipart/mixed; boundary=b\n\n",
            b"--b\nContent-Type: message/rfc822\n\n",
            b"--b\nContent-Type: application/http\nContent-ID: <\xff>\n\n",
            b"Content-Type: message/rfc822\n\n",
        ]
    ),
    st.integers(0, 3000),
    st.binary(max_size=40),
)
"""Bodies of up to 100 kB."""


@given(st.text(max_size=40), LONG)
def test_any_envelope_of_a_batch(kind: str, body: bytes) -> None:
    for content_type in (kind, "multipart/mixed; boundary=b"):
        with suppress(WireError):
            assert split_batch(content_type, body, most=5)


@given(LONG, st.binary(max_size=60))
@example(b"", b"Content-ID: <\xff>")
def test_any_part_of_a_batch(calls: Calls, part: bytes, head: bytes) -> None:
    envelope = b"--b\nContent-Type: application/http\n" + head + b"\n\n" + part + b"\n--b--"
    with suppress(WireError):
        parts = split_batch("multipart/mixed; boundary=b", envelope, most=50)
        read = [read_part(each) for each in parts]
        answers = [(each.content_id, asyncio.run(calls.answer(each.call))) for each in read]
        assert all(answer.code < 500 for _, answer in answers)
        assert write_batch(answers)


KEY = b"forum-secret"
PATHS = st.sampled_from(
    [
        b"POST /v1alpha1/comments:analyze",
        b"POST /v1alpha1/comments:suggestscore",
        b"POST /batch",
        b"GET /$discovery/rest",
        b"GET /metrics",
    ]
)
QUERIES = st.sampled_from([b"", b"?key=" + KEY, b"?key=%ff", b"?key=\xc3\xa9", b"?\xff"])
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *(b"X-Goog-Api-Key", b"Authorization", b"Host", b"Origin", b"Expect"),
                *(b"Content-Type", b"Content-Encoding", b"Transfer-Encoding", b"Upgrade"),
            ]
        ),
        st.binary(max_size=20)
        | st.sampled_from([b"\xff", b"multipart/mixed; boundary=b", b"chunked", b"Bearer \xff"]),
    ),
    max_size=4,
)


async def test_any_head_over_http_with_keys_asked_for(serve: Serve) -> None:
    """Bytes that are no text in every header, and bodies that are none."""
    server = await serve(keys=MemoryApiKeys([ApiKey("forum", hash_key(KEY.decode()), 10**6, NOON)]))
    place = server.url.removeprefix("http://").split(":")

    @given(PATHS, QUERIES, HEADERS, LONG)
    @settings(max_examples=300, deadline=None)
    @example(b"POST /batch", b"", [(b"X-Goog-Api-Key", b"\xff")], b"")
    @example(b"GET /$discovery/rest", b"", [(b"Host", b"\xff")], b"")
    @example(b"GET /nowhere", b"", [(b"Host", b"a"), (b"Expect", b"\x80")], b"")
    def no_server_error(
        path: bytes, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> None:
        lines = [path + query + b" HTTP/1.1", b"Connection: close"]
        lines += [name + b": " + value.translate(None, b"\r\n") for name, value in headers]
        lines += [b"Content-Length: %d" % len(body), b"", b""]
        with socket.create_connection((place[0], int(place[1])), timeout=20) as connection:
            with suppress(ConnectionError):  # hung up on before all was sent
                connection.sendall(b"\r\n".join(lines) + body)
            answer = b""
            with suppress(ConnectionError):
                while b"\r\n" not in answer and (piece := connection.recv(4096)):
                    answer += piece
        assert not answer or int(answer.split()[1]) < 500

    await asyncio.to_thread(no_server_error)


async def test_schemathesis_finds_no_server_error_and_nothing_undescribed(server: Server) -> None:
    """Every case that the OpenAPI description allows, and many it does not, over HTTP."""
    logging.getLogger("schemathesis").setLevel(logging.ERROR)
    async with server.session.get(f"{server.url}/openapi.json") as response:
        description = await response.json()
    schema = schemathesis.openapi.from_dict(description)
    right, wrong = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
    names = ("status_code", "content_type", "response_schema")
    as_described = schemathesis.checks.CHECKS.get_by_names(
        [f"{name}_conformance" for name in names]
    )
    tried = 0

    def try_all() -> None:
        nonlocal tried
        for found in schema.get_all_operations():
            operation = found.ok()
            # Where nothing is asked for, or any bytes are taken, nothing can be wrong.
            for mode in (right, wrong) if operation.query else (right,):

                @given(operation.as_strategy(generation_mode=mode))
                @settings(max_examples=60)
                def no_server_error(case: Any) -> None:
                    nonlocal tried
                    tried += 1
                    answer = case.call(base_url=server.url)
                    assert answer.status_code < 500, case.as_curl_command()
                    case.validate_response(answer, checks=as_described)

                no_server_error()

    await asyncio.to_thread(try_all)
    assert tried > 200

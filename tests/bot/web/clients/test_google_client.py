"""google-api-python-client, which nobody here wrote, through our discovery document."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.api_key import ApiKey
from bot.web.keys import hash_key
from tests.bot.web.conftest import NOON, Serve, Server
from tests.fakes.memory_web import MemoryApiKeys

discovery = pytest.importorskip("googleapiclient.discovery")
errors = pytest.importorskip("googleapiclient.errors")
httplib2 = pytest.importorskip("httplib2")


def build(server: Server, http: Any, key: str) -> Any:
    return discovery.build(
        "commentanalyzer",
        "v1alpha1",
        developerKey=key,
        discoveryServiceUrl=f"{server.url}/$discovery/rest?version=v1alpha1",
        static_discovery=False,
        http=http,
    )


async def in_thread(server: Server, use: Callable[[Any], Any], key: str = "any") -> Any:
    """Use a client, which blocks, beside the server's event loop; its sockets are closed after."""

    def work() -> Any:
        http = httplib2.Http()
        try:
            return use(build(server, http, key))
        finally:
            http.close()

    return await asyncio.to_thread(work)


def asking(text: str, **attributes: Any) -> dict[str, Any]:
    return {"comment": {"text": text}, "requestedAttributes": attributes or {"TOXICITY": {}}}


async def test_it_analyses(server: Server) -> None:
    body = asking("you idiot") | {"clientToken": "t", "spanAnnotations": True}
    answer = await in_thread(server, lambda c: c.comments().analyze(body=body).execute())
    assert answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.9
    assert answer["clientToken"] == "t"


async def test_it_selects_fields(server: Server) -> None:
    request = {"body": asking("you idiot"), "fields": "attributeScores(TOXICITY(summaryScore))"}
    answer = await in_thread(server, lambda c: c.comments().analyze(**request).execute())
    assert list(answer) == ["attributeScores"]
    assert list(answer["attributeScores"]["TOXICITY"]) == ["summaryScore"]


async def test_it_suggests(server: Server) -> None:
    scores = {"TOXICITY": {"summaryScore": {"value": 1, "type": "PROBABILITY"}}}
    body = {"comment": {"text": "you fool"}, "attributeScores": scores, "clientToken": "t"}
    answer = await in_thread(server, lambda c: c.comments().suggestscore(body=body).execute())
    assert answer["clientToken"] == "t"
    assert server.suggestions.kept[0].values == {"TOXICITY": 1.0}


async def test_it_understands_a_refusal(server: Server) -> None:
    with pytest.raises(errors.HttpError) as refused:
        await in_thread(server, lambda c: c.comments().analyze(body=asking("")).execute())
    assert refused.value.resp.status == 400
    assert refused.value.reason == "Comment must be non-empty."
    assert refused.value.error_details[0]["errorType"] == "COMMENT_EMPTY"
    assert json.loads(refused.value.content)["error"]["code"] == 400


async def test_it_sends_batches_and_takes_refusals_one_by_one(server: Server) -> None:
    answers: dict[str, Any] = {}
    refusals: dict[str, Any] = {}

    def hear(request_id: str, answer: Any, refusal: Any) -> None:
        (answers if refusal is None else refusals)[request_id] = answer or refusal

    def use(client: Any) -> None:
        batch = client.new_batch_http_request(callback=hear)
        for name, text in (("a", "you idiot"), ("b", ""), ("c", "grüß dich, you damn fool")):
            body = asking(text) | {"languages": ["en"]}
            batch.add(client.comments().analyze(body=body), request_id=name)
        batch.execute()

    await in_thread(server, use)
    assert answers["a"]["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.9
    assert answers["c"]["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.4
    assert refusals["b"].reason == "Comment must be non-empty."


async def test_its_key_is_asked_for_and_a_wrong_one_refused_at_discovery(serve: Serve) -> None:
    server = await serve(keys=MemoryApiKeys([ApiKey("forum", hash_key("right"), 60, NOON)]))
    await in_thread(server, lambda c: c.comments().analyze(body=asking("hi")).execute(), "right")
    with pytest.raises(
        errors.HttpError, match=r"API key not valid\. Please pass a valid API key\."
    ):
        await in_thread(server, lambda c: c.comments(), "wrong")

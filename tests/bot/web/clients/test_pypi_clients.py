"""The clients `perspective` and `pyperspective` from PyPI, which nobody here wrote."""

import asyncio
from typing import Any
from urllib.error import HTTPError

import pytest

from bot.domain.api_key import ApiKey
from bot.web.keys import hash_key
from tests.bot.web.conftest import NOON, Serve, Server
from tests.fakes.memory_web import MemoryApiKeys

perspective = pytest.importorskip("perspective")
pyperspective = pytest.importorskip("PyPerspective.Perspective")
pyperspective_errors = pytest.importorskip("PyPerspective.errors")


def perspective_client(server: Server) -> Any:
    client = perspective.PerspectiveAPI("any")
    client.api_client.url = f"{server.url}/v1alpha1/{{endpoint}}"
    return client


async def test_perspective_scores(server: Server) -> None:
    client = perspective_client(server)
    scores = await asyncio.to_thread(client.score, "you idiot", tests=["TOXICITY", "INSULT"])
    assert scores == {"TOXICITY": 0.9, "INSULT": 0.95}


async def test_perspective_sends_every_field_it_knows(server: Server) -> None:
    client = perspective_client(server)
    answer = await asyncio.to_thread(
        client.analyze_comment,
        "you idiot",
        comment_type="PLAIN_TEXT",
        context=[{"text": "what?", "type": "PLAIN_TEXT"}],
        requested_attributes={"TOXICITY": {"scoreType": "PROBABILITY", "scoreThreshold": 0.1}},
        span_annotations=True,
        languages=["en"],
        do_not_store=True,
        client_token="t",
        session_id="s",
        community_id="c",
    )
    assert answer["clientToken"] == "t"


async def test_perspective_suggests(server: Server) -> None:
    client = perspective_client(server)
    scores = {"TOXICITY": {"summaryScore": {"value": 0.9, "type": "PROBABILITY"}}}
    await asyncio.to_thread(client.suggest_score, "you fool", scores, community_id="c")
    assert server.suggestions.kept[0].community_id == "c"


async def test_perspective_hears_of_a_refusal(server: Server) -> None:
    with pytest.raises(HTTPError) as refused:
        await asyncio.to_thread(perspective_client(server).score, "Das ist doch alles gelogen hier")
    with refused.value as answer:
        assert answer.code == 400


@pytest.fixture
def pyperspective_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    def point(server: Server) -> None:
        address = f"{server.url}/v1alpha1/comments:analyze"
        monkeypatch.setattr(pyperspective, "base_url", address)

    return point


async def test_pyperspective_reads_scores_spans_and_languages(
    server: Server, pyperspective_at: Any
) -> None:
    pyperspective_at(server)

    def use() -> Any:
        client = pyperspective.Perspective("any")
        return client.get_score("you idiot", tests=["TOXICITY", "SEVERE_TOXICITY"])

    comment = await asyncio.to_thread(use)
    assert comment["toxicity"].score == 0.9
    assert str(comment["toxicity"][0]) == "you idiot"
    assert comment["severe_toxicity"].score_type == "PROBABILITY"
    assert (comment.requests_langs, comment.detected_langs) == (["en"], ["en"])


async def test_pyperspective_learns_of_a_wrong_key_when_it_is_made(
    serve: Serve, pyperspective_at: Any
) -> None:
    server = await serve(keys=MemoryApiKeys([ApiKey("forum", hash_key("right"), 60, NOON)]))
    pyperspective_at(server)
    await asyncio.to_thread(pyperspective.Perspective, "right")
    with pytest.raises(pyperspective_errors.InvalidAuthKey):
        await asyncio.to_thread(pyperspective.Perspective, "wrong")


async def test_pyperspective_tells_of_a_refusal(server: Server, pyperspective_at: Any) -> None:
    pyperspective_at(server)

    def use() -> Any:
        return pyperspective.Perspective("any").get_score(" ")

    # Its way of raising its own ApiException is broken; that it tries shows that it understood.
    with pytest.raises(TypeError, match="ApiException"):
        await asyncio.to_thread(use)

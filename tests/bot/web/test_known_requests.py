"""Requests as Coral, Discourse and OSMod write them, byte for byte in shape, and what they read.

Their programs cannot be run here; what they send and what they look at is taken from their code.
"""

from typing import Any

import pytest

from tests.bot.web.conftest import Server


async def test_coral_asks_for_one_attribute_in_its_tenants_language(server: Server) -> None:
    body = {
        "comment": {"text": "you idiot"},
        "doNotStore": True,
        "requestedAttributes": {"TOXICITY": {}},
        "languages": ["en"],
    }
    status, answer = await server.post("analyze", body, key="anything")
    assert status == 200
    assert answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.9


async def test_coral_tells_what_its_moderators_decided(server: Server) -> None:
    body = {
        "comment": {"text": "you fool"},
        "context": {"entries": [{"text": '{"url":"https://x.example/?commentID=1"}'}]},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
        "languages": ["en"],
        "communityId": "Coral:https://coral.example",
        "clientToken": "comment:1",
    }
    status, answer = await server.post("suggestscore", body, key="anything")
    assert (status, answer["clientToken"]) == (200, "comment:1")
    assert server.suggestions.kept[0].community_id == "Coral:https://coral.example"


async def test_discourse_asks_with_a_score_type_and_a_session(server: Server) -> None:
    body = {
        "comment": {"text": "you idiot"},
        "doNotStore": True,
        "sessionId": "https://forum.example_17",
        "requestedAttributes": {"SEVERE_TOXICITY": {"scoreType": "PROBABILITY"}},
    }
    status, answer = await server.post("analyze", body, key="anything")
    [(_, scores)] = answer["attributeScores"].items()
    assert (status, scores["summaryScore"]["value"]) == (200, 0.01)


async def test_osmod_asks_for_spans_with_a_context_and_reads_begin_and_end(server: Server) -> None:
    body: dict[str, Any] = {
        "comment": {"text": "Hello. You idiot."},
        "context": {"entries": [{"text": "An article"}, {"text": "A comment"}]},
        "requestedAttributes": {"TOXICITY": {}, "INSULT": {}},
        "languages": ["en"],
        "clientToken": "osmod_request12",
        "spanAnnotations": True,
    }
    _, answer = await server.post("analyze", body)
    assert answer["clientToken"] == "osmod_request12"
    for scores in answer["attributeScores"].values():
        assert [(s["begin"], s["end"]) for s in scores["spanScores"]] == [(0, 6), (7, 17)]


@pytest.mark.parametrize("path", ["/v1alpha1/comments:analyze", "/v1alpha1/comments%3Aanalyze"])
async def test_the_colon_may_be_written_either_way(server: Server, path: str) -> None:
    from yarl import URL

    body = {"comment": {"text": "hi"}, "requestedAttributes": {"TOXICITY": {}}}
    async with server.session.post(URL(server.url + path, encoded=True), json=body) as response:
        assert response.status == 200

"""comments:suggestscore: what is kept, and what is refused."""

from typing import Any

import pytest

from bot.domain.suggestion import SpanScore, Suggestion
from tests.bot.web.conftest import NOON, Server


def suggesting(scores: object, **more: Any) -> dict[str, Any]:
    return {"comment": {"text": "you fool"}, "attributeScores": scores, **more}


SUMMARY = {"TOXICITY": {"summaryScore": {"value": 1}}}


async def test_a_suggestion_is_kept_as_it_was_sent(server: Server) -> None:
    scores = {
        "TOXICITY": {"summaryScore": {"value": 1, "type": "PROBABILITY"}},
        "INSULT": {"spanScores": [{"begin": 4, "end": 8, "score": {"value": 0.5}}]},
    }
    ids = {"sessionId": "17", "communityId": "garden", "clientToken": "t"}
    status, answer = await server.post("suggestscore", suggesting(scores, languages=["en"], **ids))
    assert status == 200
    assert answer == {
        "clientToken": "t",
        "detectedLanguages": ["en"],
        "requestedLanguages": ["en"],
    }
    assert server.suggestions.kept == [
        Suggestion(
            received_at=NOON,
            text="you fool",
            values={"TOXICITY": 1.0},
            spans={"INSULT": (SpanScore(4, 8, 0.5),)},
            languages=("en",),
            community_id="garden",
            session_id="17",
            client_token="t",
        )
    ]


async def test_a_suggestion_in_a_language_nobody_speaks_is_kept_too(server: Server) -> None:
    body = suggesting(SUMMARY) | {"comment": {"text": "Du bist ein Idiot und niemand mag dich"}}
    assert (await server.post("suggestscore", body))[0] == 200
    assert len(server.suggestions.kept) == 1


@pytest.mark.parametrize(
    "scores",
    [
        None,
        {},
        {"TOXICITY": {}},
        {"TOXICITY": {"spanScores": []}},
        {"TOXICITY": {"summaryScore": {}}},
        {"TOXICITY": {"summaryScore": {"value": None}}},
        {"TOXICITY": {"summaryScore": {"value": 1.5}}},
        {"TOXICITY": {"summaryScore": {"value": 0.5, "type": "PERCENTILE"}}},
        {"TOXICITY": {"spanScores": [{"begin": 0, "score": {"value": 1}}]}},
        {"TOXICITY": {"spanScores": [{"begin": 3, "end": 3, "score": {"value": 1}}]}},
        {"TOXICITY": {"spanScores": [{"begin": 0, "end": 2**40, "score": {"value": 1}}]}},
        {"TOXICITY": {"spanScores": [{"begin": 0, "end": 3}]}},
        {"TOXICITY": {"summaryScore": 0.5}},
    ],
)
async def test_malformed_scores_are_refused_and_nothing_is_kept(
    server: Server, scores: object
) -> None:
    status, answer = await server.post("suggestscore", suggesting(scores))
    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert server.suggestions.kept == []


async def test_a_suggestion_without_a_comment_is_refused(server: Server) -> None:
    _, answer = await server.post("suggestscore", {"attributeScores": SUMMARY})
    assert answer["error"]["message"] == "Comment must be non-empty."

"""comments:suggestscore: what is kept, and what is refused."""

from typing import Any

import pytest

from bot.domain.suggestion import SpanScore, Suggestion
from bot.errors import StorageError
from tests.bot.web.conftest import NOON, Serve, Server


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
        {"TOXICITY": {"spanScores": [{"begin": 0, "end": 3000, "score": {"value": 1}}]}},
        {"TOXICITY": {"summaryScore": 0.5}},
    ],
)
async def test_malformed_scores_are_refused_and_nothing_is_kept(
    server: Server, scores: object
) -> None:
    status, answer = await server.post("suggestscore", suggesting(scores))
    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert server.suggestions.kept == []


async def test_of_attributes_that_perspective_never_had_nothing_is_kept(server: Server) -> None:
    made_up = {f"X{n}": {"summaryScore": {"value": 1}} for n in range(1000)}
    status, _ = await server.post("suggestscore", suggesting(made_up | SUMMARY))
    assert (status, server.suggestions.kept[0].values) == (200, {"TOXICITY": 1.0})
    # Coral's older versions say so of what was approved: understood by nobody but Perspective.
    status, _ = await server.post(
        "suggestscore", suggesting({"APPROVED": {"summaryScore": {"value": 1}}})
    )
    assert (status, len(server.suggestions.kept)) == (200, 1)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"clientToken": "t" * 4097}, "Ids, token and languages too long."),
        ({"languages": ["en"] * 2049}, "Ids, token and languages too long."),
        (
            {
                "attributeScores": {
                    "TOXICITY": {
                        "spanScores": [{"begin": 0, "end": 1, "score": {"value": 1}}] * 1025
                    }
                }
            },
            "Too many span scores.",
        ),
    ],
)
async def test_more_than_a_suggestion_can_need_is_refused(
    server: Server, more: dict[str, Any], message: str
) -> None:
    status, answer = await server.post("suggestscore", suggesting(SUMMARY) | more)
    assert (status, answer["error"]["message"]) == (400, message)
    assert server.suggestions.kept == []


async def test_a_database_that_refuses_is_a_503_that_says_when_to_ask_again(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await serve()

    async def refuse(suggestion: Suggestion) -> None:
        raise StorageError("the database is kept locked by another program")

    monkeypatch.setattr(server.suggestions, "add", refuse)
    address = f"{server.url}/v1alpha1/comments:suggestscore"
    async with server.session.post(address, json=suggesting(SUMMARY)) as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "1")
        assert (await response.json())["error"]["status"] == "UNAVAILABLE"


async def test_a_suggestion_without_a_comment_is_refused(server: Server) -> None:
    _, answer = await server.post("suggestscore", {"attributeScores": SUMMARY})
    assert answer["error"]["message"] == "Comment must be non-empty."

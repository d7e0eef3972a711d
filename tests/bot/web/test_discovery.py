"""The discovery document and the OpenAPI description say what the server does."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.web.analysis import Manner
from bot.web.discovery import discovery, load_document
from bot.web.openapi import openapi
from tests.bot.web.conftest import Serve, Server


def refs(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                if key == "$ref":
                    yield inner
                else:
                    yield from refs(inner)
        case list():
            for inner in value:
                yield from refs(inner)


def test_every_reference_is_answered() -> None:
    document, description = load_document(), openapi()
    assert set(refs(document)) <= set(document["schemas"])
    known = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}
    assert set(refs(description)) <= known


def test_the_address_is_filled_in_and_nothing_else_changed() -> None:
    document = discovery("http://here.example:1/")
    assert document["rootUrl"] == document["baseUrl"] == "http://here.example:1/"
    assert document["batchPath"] == "batch"
    assert document.keys() == load_document().keys()


@pytest.mark.parametrize(
    ("method", "schema"),
    [("analyze", "AnalyzeCommentRequest"), ("suggestscore", "SuggestCommentScoreRequest")],
)
async def test_the_fields_described_are_the_fields_known(
    serve: Serve, method: str, schema: str
) -> None:
    server: Server = await serve(manner=Manner(is_strict=True))
    described = load_document()["schemas"][schema]["properties"]
    _, answer = await server.post(method, dict.fromkeys(described))
    # Past the names, the empty comment is what is refused.
    assert answer["error"]["message"] == "Comment must be non-empty."
    _, answer = await server.post(method, dict.fromkeys([*described, "more"]))
    assert 'Unknown name "more"' in answer["error"]["message"]


async def test_the_address_is_the_one_the_client_used(server: Server) -> None:
    address = f"{server.url}/$discovery/rest?version=v1alpha1"
    async with server.session.get(address, headers={"Host": "scores.example:99"}) as response:
        assert (await response.json())["rootUrl"] == "http://scores.example:99/"


async def test_the_description_names_every_route_of_the_wire(server: Server) -> None:
    async with server.session.get(f"{server.url}/openapi.json") as response:
        description = await response.json()
    assert set(description["paths"]) == {
        "/v1alpha1/comments:analyze",
        "/v1alpha1/comments:suggestscore",
    }
    for path in description["paths"]:
        async with server.session.post(server.url + path, json={}) as response:
            assert response.status == 400

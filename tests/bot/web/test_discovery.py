"""The discovery document and the OpenAPI description say what the server does."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.web.analysis import Analyzer, Manner
from bot.web.calls import Calls
from bot.web.discovery import discovery, load_document
from bot.web.keys import Gate
from bot.web.language import LanguageDetector
from bot.web.metrics import Metrics
from bot.web.openapi import openapi
from bot.web.perspective import Perspective
from tests.bot.web.conftest import NOON, SCRIPT, Clock, Serve, Server
from tests.fakes.scripted_scorer import ScriptedScorer


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


def test_the_description_names_every_route(detector: LanguageDetector) -> None:
    description, metrics = openapi(), Metrics(lambda: 0)
    described = {
        (verb, path)
        for path, found in description["paths"].items()
        for verb in found.keys() - {"parameters"}
    }
    analyzer = Analyzer(ScriptedScorer(SCRIPT), detector, lambda: NOON)
    perspective = Perspective(Calls(analyzer, Gate(None, Clock()), metrics), metrics)
    assert described == {
        (verb.lower(), path)
        for path, by_verb in perspective.routes.items()
        for verb in by_verb.keys() - {"HEAD"}
    }


def test_what_the_methods_take_in_the_query_is_described() -> None:
    taken = openapi()["paths"]["/v1alpha1/comments:analyze"]["parameters"]
    assert {each["name"] for each in taken} == set(load_document()["parameters"])
    by_name = {each["name"]: each["schema"] for each in taken}
    assert by_name["alt"]["enum"] == ["json"]
    assert by_name["prettyPrint"] == {"type": "boolean", "default": True}

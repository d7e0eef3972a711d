"""comments:analyze as clients know it: fields, defaults, spans, thresholds, languages."""

import json
from typing import Any

import pytest

from bot.web.analysis import Analyzer, Manner
from bot.web.calibration import Calibration, Curve, FittedOn
from bot.web.language import LanguageDetector
from config.labels import Label
from tests.bot.web.conftest import NOON, SCRIPT, HeldScorer, Serve, Server
from tests.fakes.scripted_scorer import ScriptedScorer


def summary(answer: dict[str, Any], attribute: str = "TOXICITY") -> Any:
    return answer["attributeScores"][attribute]["summaryScore"]["value"]


async def test_the_whole_answer_has_the_shape_of_the_wire(server: Server) -> None:
    answer = await server.analyze("you idiot", clientToken="t7")
    assert answer == {
        "attributeScores": {
            "TOXICITY": {
                "spanScores": [
                    {"begin": 0, "end": 9, "score": {"value": 0.9, "type": "PROBABILITY"}}
                ],
                "summaryScore": {"value": 0.9, "type": "PROBABILITY"},
            }
        },
        "languages": ["en"],
        "detectedLanguages": ["en"],
        "clientToken": "t7",
    }


async def test_without_a_token_none_is_given_back(server: Server) -> None:
    assert "clientToken" not in await server.analyze("hello")


async def test_profanity_and_obscene_are_what_the_model_calls_obscene(server: Server) -> None:
    answer = await server.analyze("damn", "PROFANITY", "OBSCENE")
    assert summary(answer, "PROFANITY") == summary(answer, "OBSCENE") == 0.7


async def test_every_attribute_a_full_model_gives(server: Server) -> None:
    names = ("TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "THREAT", "PROFANITY")
    answer = await server.analyze("hello", *names, "OBSCENE", "SEXUALLY_EXPLICIT")
    assert set(answer["attributeScores"]) == {*names, "OBSCENE", "SEXUALLY_EXPLICIT"}


async def test_span_annotations_score_each_sentence_in_utf16_units(server: Server) -> None:
    # "Hi 😀." has 5 characters and 6 UTF-16 units; one space; "You idiot!" has 10.
    answer = await server.analyze("Hi 😀. You idiot!", spanAnnotations=True)
    spans = answer["attributeScores"]["TOXICITY"]["spanScores"]
    assert [(s["begin"], s["end"], s["score"]["value"]) for s in spans] == [
        (0, 6, 0.01),
        (7, 17, 0.9),
    ]
    assert summary(answer) == 0.9


async def test_without_span_annotations_one_span_covers_the_text(server: Server) -> None:
    answer = await server.analyze("Hi 😀. You idiot!")
    [span] = answer["attributeScores"]["TOXICITY"]["spanScores"]
    assert (span["begin"], span["end"]) == (0, 17)


async def test_the_minimal_form_leaves_out_spans_nobody_asked_for(serve: Serve) -> None:
    server = await serve(manner=Manner(spans_when_asked=True))
    assert "spanScores" not in (await server.analyze("Hi. Ho."))["attributeScores"]["TOXICITY"]
    asked = await server.analyze("Hi. Ho.", spanAnnotations=True)
    assert len(asked["attributeScores"]["TOXICITY"]["spanScores"]) == 2


@pytest.mark.parametrize(
    ("threshold", "is_there"), [(0, True), (0.9, True), (0.91, False), ("0.5", True), (None, True)]
)
async def test_scores_below_the_threshold_are_left_out(
    server: Server, threshold: object, is_there: bool
) -> None:
    body = {
        "comment": {"text": "you idiot"},
        "requestedAttributes": {"TOXICITY": {"scoreThreshold": threshold}, "THREAT": {}},
    }
    _, answer = await server.post("analyze", body)
    assert ("TOXICITY" in answer["attributeScores"]) is is_there
    assert "THREAT" in answer["attributeScores"]


async def test_the_threshold_holds_for_each_span_on_its_own(server: Server) -> None:
    body = {
        "comment": {"text": "Hi there. You idiot!"},
        "requestedAttributes": {"TOXICITY": {"scoreThreshold": 0.5}},
        "spanAnnotations": True,
    }
    _, answer = await server.post("analyze", body)
    [span] = answer["attributeScores"]["TOXICITY"]["spanScores"]
    assert span["begin"] == 10


async def test_the_languages_asked_for_are_given_back_as_they_were_written(
    server: Server,
) -> None:
    answer = await server.analyze("hello", languages=["en-GB", "EN"])
    assert answer["languages"] == ["en-GB", "EN"]
    assert answer["detectedLanguages"] == ["en"]


async def test_a_few_words_that_could_be_anything_are_taken_for_english(server: Server) -> None:
    answer = await server.analyze("yo hamburger")
    assert answer["detectedLanguages"] == ["en"]


async def test_emoji_alone_are_read_by_their_names(server: Server) -> None:
    assert (await server.analyze("😀👍"))["detectedLanguages"] == ["en"]


async def test_a_language_that_is_named_is_believed(server: Server) -> None:
    answer = await server.analyze("Das ist doch alles gelogen, was du schreibst", languages=["en"])
    assert answer["languages"] == ["en"]
    assert answer["detectedLanguages"] == ["de"]


async def test_unsupported_attributes_are_dropped_where_the_client_wishes(serve: Serve) -> None:
    scorer = ScriptedScorer(SCRIPT)
    scorer.labels = tuple(label for label in Label if label is not Label.SEXUAL_EXPLICIT)
    server = await serve(scorer=scorer)
    more = {"dropUnsupportedAttributes": True}
    for other in ("FLIRTATION", "SEXUALLY_EXPLICIT", "TOXICITY@6", "TOXICITY_EXPERIMENTAL"):
        answer = await server.analyze("hello", "TOXICITY", other, **more)
        assert list(answer["attributeScores"]) == ["TOXICITY"]
    answer = await server.analyze("hello", "TOXICITY", languages=["ja"], **more)
    assert answer["attributeScores"] == {}


async def test_an_attribute_nobody_ever_had_is_refused_even_then(server: Server) -> None:
    answer = await server.analyze("hello", "NICENESS", dropUnsupportedAttributes=True)
    assert answer["error"]["message"] == "Unknown requested attribute: NICENESS"


@pytest.mark.parametrize(
    "context",
    [
        {"entries": [{"text": "you idiot", "type": "HTML"}]},
        {"articleAndParentComment": {"article": {"text": "idiot"}, "parentComment": {"text": "x"}}},
        {},
        None,
    ],
)
async def test_a_context_is_taken_and_changes_nothing(server: Server, context: object) -> None:
    assert summary(await server.analyze("hello", context=context)) == 0.01


async def test_every_other_field_is_taken(server: Server) -> None:
    more = {"doNotStore": True, "sessionId": "9", "communityId": "c", "languages": None}
    assert summary(await server.analyze("hello", **more)) == 0.01


async def test_nothing_that_is_analysed_is_kept(server: Server) -> None:
    await server.analyze("you idiot", doNotStore=False)
    assert server.suggestions.kept == []


async def test_a_link_without_words_is_read_as_it_stands(server: Server) -> None:
    answer = await server.analyze("https://idiot.example/", languages=["en"])
    assert summary(answer) == 0.9


async def test_a_calibration_is_applied_to_summary_spans_and_thresholds(serve: Serve) -> None:
    # A straight line over logits from (0, 0.2) to (logit 0.9 = 2.197, 0.6): 0.9 is served as 0.6,
    # and what scores below a half as 0.2.
    curve = Curve(logits=(0.0, 2.1972245773362196), served=(0.2, 0.6))
    fitted = FittedOn(file="x", sha256="0", rows=1, at="2026-01-01")
    table = Calibration(model="m", weights_sha256="0", fitted_on=fitted, curves={"TOXICITY": curve})
    server = await serve(manner=Manner(calibration=table))
    answer = await server.analyze("you idiot", "TOXICITY", "INSULT")
    assert summary(answer) == 0.6
    assert answer["attributeScores"]["TOXICITY"]["spanScores"][0]["score"]["value"] == 0.6
    assert summary(answer, "INSULT") == 0.95
    body = {
        "comment": {"text": "you idiot"},
        "requestedAttributes": {"TOXICITY": {"scoreThreshold": 0.7}},
    }
    assert (await server.post("analyze", body))[1]["attributeScores"] == {}


async def test_a_model_without_a_label_does_not_serve_its_attribute(serve: Serve) -> None:
    scorer = ScriptedScorer(SCRIPT)
    scorer.labels = (Label.TOXICITY,)
    server = await serve(scorer=scorer)
    answer = await server.analyze("hello", "SEXUALLY_EXPLICIT")
    assert answer["error"]["message"] == "Unknown requested attribute: SEXUALLY_EXPLICIT"


async def test_pretty_print_is_the_default_and_can_be_switched_off(server: Server) -> None:
    body = json.dumps({"comment": {"text": "hi"}, "requestedAttributes": {"TOXICITY": {}}})
    address = f"{server.url}/v1alpha1/comments:analyze"
    async with server.session.post(address, data=body) as response:
        assert "\n  " in await response.text()
    async with server.session.post(address, data=body, params={"prettyPrint": "false"}) as response:
        assert "\n" not in await response.text()


async def test_fields_selects_a_part_of_the_answer(server: Server) -> None:
    body = {"comment": {"text": "you idiot"}, "requestedAttributes": {"TOXICITY": {}, "INSULT": {}}}
    fields = "attributeScores/*/summaryScore/value,languages"
    status, answer = await server.post("analyze", body, fields=fields)
    assert status == 200
    assert answer == {
        "attributeScores": {
            "TOXICITY": {"summaryScore": {"value": 0.9}},
            "INSULT": {"summaryScore": {"value": 0.95}},
        },
        "languages": ["en"],
    }


async def test_a_language_that_is_named_is_checked_while_the_model_works() -> None:
    scorer = HeldScorer()

    class Watched(LanguageDetector):
        def __init__(self) -> None:
            self.asked_for_before: list[bool] = []

        def detect(self, text: str) -> list[str]:
            self.asked_for_before.append(scorer.asked_for.is_set())
            scorer.let_go.set()
            return ["en"]

    detector = Watched()
    analyzer = Analyzer(scorer, detector, lambda: NOON)
    body = {"comment": {"text": "hello"}, "requestedAttributes": {"TOXICITY": {}}}
    answer = await analyzer.analyze({**body, "languages": ["en"]})
    assert answer["detectedLanguages"] == ["en"]
    assert detector.asked_for_before == [True]

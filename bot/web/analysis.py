"""The analysis of one comment: what is asked for, scored by the loaded model, as the wire has it.

Knows no HTTP: `perspective` and `batch` hand it a JSON object and get one back. Refusals are
`WireError`s. Made by composition roots.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from bot.domain.reading import Reading
from bot.domain.scores import Scores
from bot.domain.suggestion import Suggestion
from bot.moderation.ports import Scorer
from bot.text import read
from bot.web import refusals
from bot.web.attributes import PERSPECTIVES, served_by
from bot.web.calibration import Calibration
from bot.web.fields import Fields
from bot.web.language import LanguageDetector
from bot.web.ports import Suggestions
from bot.web.spans import Span, sentence_spans, utf16_length
from bot.web.wire import AnalyzeRequest, SuggestRequest, read_analyze, read_suggest
from config.labels import Label

LONG_TEXT = 1500
"""Characters from which a text is read and parted off the event loop: it takes a millisecond."""
HEAD_START = 3
"""Turns of the event loop in which a text reaches the engine's process. Then the language is looked
up, while the engine reads: its threads have not yet need of every core."""
PLACES = 8
"""Decimal places of a score."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Manner:
    """How answers are given, as far as the owner chooses.

    `languages` are those the loaded model was made for, the best first. `calibration` None serves
    the model's own scores. `is_strict` refuses unknown fields. `spans_when_asked` leaves spanScores
    out of answers that nobody asked them for.
    """

    languages: tuple[str, ...] = ("en",)
    calibration: Calibration | None = None
    is_strict: bool = False
    spans_when_asked: bool = False


@dataclass(frozen=True)
class Analyzer:
    """Answers both methods of the wire. `suggestions` None keeps nothing of what is suggested."""

    scorer: Scorer
    detector: LanguageDetector
    clock: Callable[[], datetime]
    manner: Manner = field(default_factory=Manner)
    suggestions: Suggestions | None = None

    @property
    def attributes(self) -> Mapping[str, Label]:
        """Say which attributes the loaded model gives."""
        return served_by(self.scorer.labels)

    async def analyze(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Answer `comments:analyze`. Nothing of it is kept.

        Raises:
            WireError: the request is refused.
            ScoringError: the model could not score.
        """
        request = read_analyze(Fields(body), is_strict=self.manner.is_strict)
        wanted = self._known(request)
        reading = await _read(request.text)
        languages = request.languages
        if languages and wanted and self._speaks(languages):
            detect = _meanwhile(partial(self._detect, request.text, reading))
            scored = await self._score(request, reading, languages[0])
            detected = detect()
        else:
            detected = self._detect(request.text, reading)
            if not languages and not detected:
                raise refusals.language_unknown()
            languages = languages or (detected[0],)
            if not self._speaks(languages):
                wanted = self._refuse_language(request, wanted, languages, detected)
            scored = await self._score(request, reading, languages[0]) if wanted else []
        answer: dict[str, Any] = {
            "attributeScores": self._attribute_scores(request, wanted, scored) if scored else {},
            "languages": list(languages),
            "detectedLanguages": detected or ["und"],
        }
        if request.client_token:
            answer["clientToken"] = request.client_token
        return answer

    async def suggest(self, body: Mapping[str, Any], *, key: str | None) -> dict[str, Any]:
        """Answer `comments:suggestscore`, after it is recorded. `key` names the caller's API key.

        Of attributes that Perspective never had nothing is recorded.

        Raises:
            WireError: the request is refused.
            StorageError: it could not be recorded.
        """
        request = read_suggest(Fields(body), is_strict=self.manner.is_strict)
        detected = self._detect(request.text, await _read(request.text))
        suggestion = self._suggestion(request, key)
        if self.suggestions is not None and (suggestion.values or suggestion.spans):
            await self.suggestions.add(suggestion)
        answer: dict[str, Any] = {"detectedLanguages": detected or ["und"]}
        if request.languages:
            answer["requestedLanguages"] = list(request.languages)
        if request.client_token:
            answer["clientToken"] = request.client_token
        return answer

    def _known(self, request: AnalyzeRequest) -> dict[str, Label]:
        """Say which label gives each attribute asked for; refuse one the model cannot give."""
        served = self.attributes
        wanted: dict[str, Label] = {}
        for name in request.thresholds:
            label = served.get(name)
            if label is not None:
                wanted[name] = label
            elif not (request.drops_unsupported and name.partition("@")[0] in PERSPECTIVES):
                raise refusals.unknown_attribute(name)
        return wanted

    def _detect(self, text: str, reading: Reading) -> list[str]:
        """Detect the language; emoji alone have none, and are read by their names."""
        found = self.detector.detect(text)
        if not found and any(map(str.isalpha, reading.plain)):
            return [self.manner.languages[0]]
        return found

    def _speaks(self, languages: Sequence[str]) -> bool:
        """Say whether the model was made for all of these; "en-GB" is English."""
        spoken = set(self.manner.languages)
        return all(_base(tag) in spoken for tag in languages)

    def _refuse_language(
        self,
        request: AnalyzeRequest,
        wanted: Mapping[str, Label],
        languages: Sequence[str],
        detected: Sequence[str],
    ) -> dict[str, Label]:
        if request.drops_unsupported or not wanted:
            return {}
        raise refusals.unsupported_language(
            next(iter(wanted)), languages, detected=detected, requested=request.languages
        )

    async def _score(
        self, request: AnalyzeRequest, reading: Reading, language: str
    ) -> list[tuple[Span, Scores]]:
        """Score the whole text, which comes first, and its sentences where they are asked for."""
        whole = Span(request.text, 0, utf16_length(request.text))
        spans = await _sentences(request.text, _base(language)) if request.wants_spans else []
        if len(spans) == 1 and len(request.text) == len(spans[0].text):
            spans = []  # one sentence, and it is the whole text
        readings = [reading, *[await _read(span.text) for span in spans]]
        scores = await self.scorer.score(readings)
        if not scores[0].by_label:
            raise refusals.comment_empty()  # nothing in it that any model could read
        return list(zip((whole, *spans), scores, strict=True))

    def _attribute_scores(
        self,
        request: AnalyzeRequest,
        wanted: Mapping[str, Label],
        scored: Sequence[tuple[Span, Scores]],
    ) -> dict[str, Any]:
        """Lay out what each attribute scored, without what is below its threshold."""
        shows_spans = request.wants_spans or not self.manner.spans_when_asked
        answer: dict[str, Any] = {}
        (whole, scores), *sentences = scored
        for name, label in wanted.items():
            least = request.thresholds[name]
            summary = self._score_of(name, label, scores, least)
            laid: dict[str, Any] = {}
            if shows_spans:
                pieces = [(whole, summary)]  # without sentences the one there is is the whole text
                if sentences:
                    pieces = [(at, self._score_of(name, label, of, least)) for at, of in sentences]
                if spans := [
                    {"begin": span.begin, "end": span.end, "score": score}
                    for span, score in pieces
                    if score is not None
                ]:
                    laid["spanScores"] = spans
            if summary is not None:
                laid["summaryScore"] = summary
            if laid:
                answer[name] = laid
        return answer

    def _score_of(
        self, name: str, label: Label, scores: Scores, least: float | None
    ) -> dict[str, Any] | None:
        """Give a score as it is served; None below `least`, or with nothing to read."""
        value = scores.value(label)
        if value is None:
            return None
        calibration = self.manner.calibration
        served = round(value if calibration is None else calibration.value(name, value), PLACES)
        if least is not None and served < least:
            return None
        return {"value": served, "type": "PROBABILITY"}

    def _suggestion(self, request: SuggestRequest, key: str | None) -> Suggestion:
        return Suggestion(
            received_at=self.clock(),
            text=request.text,
            values=_perspectives(request.values),
            spans=_perspectives(request.spans),
            languages=request.languages,
            community_id=request.community_id,
            session_id=request.session_id,
            client_token=request.client_token,
            key=key,
        )


def _meanwhile(find: Callable[[], Value]) -> Callable[[], Value]:
    """Have something found while something else is awaited; who asks sooner, finds it then."""
    found: list[Value] = []

    def look() -> Value:
        if not found:
            found.append(find())
        return found[0]

    def soon(turns: int) -> None:
        if turns:
            loop.call_soon(soon, turns - 1)
        else:
            look()

    loop = asyncio.get_running_loop()
    loop.call_soon(soon, HEAD_START)
    return look


def _perspectives(by_name: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in by_name.items() if name in PERSPECTIVES}


async def _read(text: str) -> Reading:
    """Make a text comparable. One that is nothing but markup or a link is read as it stands."""
    reading = read(text) if len(text) < LONG_TEXT else await asyncio.to_thread(read, text)
    return reading if reading.plain.strip() else Reading(plain=text, folded=text)


async def _sentences(text: str, language: str) -> list[Span]:
    if len(text) < LONG_TEXT:
        return sentence_spans(text, language)
    return await asyncio.to_thread(sentence_spans, text, language)


def _base(tag: str) -> str:
    """Take the language out of a tag such as en-GB. hi-Latn is no Hindi that a model could read."""
    language, _, rest = tag.replace("_", "-").partition("-")
    return tag if "latn" in rest.lower() and language.lower() == "hi" else language.lower()

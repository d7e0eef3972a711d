"""What clients ask for: the two requests of the wire, read from JSON and checked by its rules.

Says nothing of what the loaded model can do (`analysis` does). Pure; called by `analysis`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import category

from bot.domain.suggestion import SpanScore
from bot.web import refusals
from bot.web.fields import Fields
from bot.web.spans import utf16_length
from bot.web.strictness import refuse_unknown

MOST_TEXT_BYTES = 20_480
"""Bytes of UTF-8 in a comment."""
MOST_CONTEXT_BYTES = 1_048_576
"""Bytes of UTF-8 in one entry of the context."""
MOST_ID_LETTERS = 4096
"""Letters of ids, token and languages together in a suggestion, which is kept."""
MOST_SUGGESTED_SPANS = 1024

_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Fillers: letters and pictures by name, and nothing to see."""

TEXT_TYPES = ("TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML")
SCORE_TYPES = ("SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW")
_PLAIN = TEXT_TYPES[:2]
_PROBABILITY = SCORE_TYPES[:2]


@dataclass(frozen=True, slots=True)
class AnalyzeRequest:
    """A request for scores. `thresholds` holds each attribute asked for; None returns any score.

    A context is checked and left out: it plays no part in scoring.
    """

    text: str
    thresholds: Mapping[str, float | None]
    languages: tuple[str, ...] = ()
    wants_spans: bool = False
    drops_unsupported: bool = False
    client_token: str = ""
    session_id: str = ""
    community_id: str = ""


@dataclass(frozen=True, slots=True)
class SuggestRequest:
    """Scores that a client says a comment should have. `values` are those of the whole comment."""

    text: str
    values: Mapping[str, float]
    spans: Mapping[str, tuple[SpanScore, ...]]
    languages: tuple[str, ...] = ()
    client_token: str = ""
    session_id: str = ""
    community_id: str = ""


def read_analyze(message: Fields, *, is_strict: bool = False) -> AnalyzeRequest:
    """Read a request for scores; `is_strict` refuses fields that do not exist.

    Raises:
        WireError: a rule of the wire is broken.
    """
    if is_strict:
        refuse_unknown(message, "AnalyzeCommentRequest")
    text = _read_comment(message)
    requested = list(message.entries("requestedAttributes"))
    if not requested:
        raise refusals.no_attributes()
    thresholds: dict[str, float | None] = {name: None for name, _ in requested}
    chosen = [(name, parameters) for name, parameters in requested if parameters]
    thresholds |= {name: parameters.number("scoreThreshold") for name, parameters in chosen}
    for name, parameters in chosen:
        _require_probability(parameters.choice("scoreType", SCORE_TYPES), name)
    _check_context(message.message("context"))
    message.flag("doNotStore")  # checked and done: what is analysed is never kept
    return AnalyzeRequest(
        text,
        thresholds,
        languages=_read_languages(message),
        wants_spans=message.flag("spanAnnotations"),
        drops_unsupported=message.flag("dropUnsupportedAttributes"),
        client_token=message.text("clientToken"),
        session_id=message.text("sessionId"),
        community_id=message.text("communityId"),
    )


def read_suggest(message: Fields, *, is_strict: bool = False) -> SuggestRequest:
    """Read suggested scores; `is_strict` refuses fields that do not exist.

    Raises:
        WireError: a rule of the wire is broken.
    """
    if is_strict:
        refuse_unknown(message, "SuggestCommentScoreRequest")
    text = _read_comment(message)
    values: dict[str, float] = {}
    spans: dict[str, tuple[SpanScore, ...]] = {}
    for name, scores in message.entries("attributeScores"):
        summary, pieces = scores.message("summaryScore"), scores.messages("spanScores")
        if summary is None and not pieces:
            raise refusals.refused(f"Attribute score for {name} is empty")
        if summary is not None:
            values[name] = _read_score(summary, name)
        if pieces:
            spans[name] = tuple(_read_span(piece, name) for piece in pieces)
            if max(span.end for span in spans[name]) > utf16_length(text):
                raise refusals.refused(f"Span scores for {name} must lie within the comment")
    if not values and not spans:
        raise refusals.refused("Missing attribute_scores")
    _check_context(message.message("context"))
    request = SuggestRequest(
        text,
        values,
        spans,
        languages=_read_languages(message),
        client_token=message.text("clientToken"),
        session_id=message.text("sessionId"),
        community_id=message.text("communityId"),
    )
    _require_bounded(request)
    return request


def _read_languages(message: Fields) -> tuple[str, ...]:
    """Read the languages; an empty tag is an unset one."""
    return tuple(tag for tag in message.texts("languages") if tag.strip())


def _read_comment(message: Fields) -> str:
    comment = message.message("comment") or Fields({})
    text = comment.text("text")
    if not any(map(_is_visible, text)):
        raise refusals.comment_empty()
    _require_plain_text(comment)
    if len(text.encode()) > MOST_TEXT_BYTES:
        raise refusals.comment_too_long()
    return text


def _is_visible(sign: str) -> bool:
    """Say whether a sign shows by itself: no space, no control and no mark upon another."""
    kind = category(sign)
    return not (sign.isspace() or kind in {"Cc", "Cf", "Mn", "Me"} or sign in _BLANKS)


def _require_plain_text(entry: Fields) -> None:
    kind = entry.choice("type", TEXT_TYPES)
    if kind not in TEXT_TYPES:
        raise refusals.unknown_text_type()
    if kind not in _PLAIN:
        raise refusals.only_plain_text()


def _require_probability(score_type: str, attribute: str) -> None:
    if score_type not in _PROBABILITY:
        raise refusals.score_type_unsupported(score_type, attribute)


def _check_context(context: Fields | None) -> None:
    if context is None:
        return
    entries, article = context.messages("entries"), context.message("articleAndParentComment")
    if entries and article is not None:
        raise refusals.two_contexts()
    if article is not None:
        found = (article.message("article"), article.message("parentComment"))
        entries = [each for each in found if each is not None]
    for entry in entries:
        kind = entry.choice("type", TEXT_TYPES)
        if kind not in TEXT_TYPES:
            raise refusals.unknown_text_type()
        if len(entry.text("text").encode()) > MOST_CONTEXT_BYTES:
            raise refusals.refused("Context entry text too long.")


def _require_bounded(request: SuggestRequest) -> None:
    """Refuse more than a suggestion has reason to hold: the wire has no limit of its own here."""
    ids = (request.client_token, request.session_id, request.community_id, *request.languages)
    if sum(map(len, ids)) > MOST_ID_LETTERS:
        raise refusals.refused("Ids, token and languages too long.")
    if sum(map(len, request.spans.values())) > MOST_SUGGESTED_SPANS:
        raise refusals.refused("Too many span scores.")


def _read_score(score: Fields, attribute: str) -> float:
    value = score.number("value")
    if value is None:
        raise refusals.refused(f"Score value for {attribute} must be set")
    _require_probability(score.choice("type", SCORE_TYPES), attribute)
    if not 0 <= value <= 1:
        raise refusals.refused(f"Score value for {attribute} must be in [0, 1]")
    return value


def _read_span(piece: Fields, attribute: str) -> SpanScore:
    begin, end, score = piece.whole("begin"), piece.whole("end"), piece.message("score")
    if begin is None or end is None:
        raise refusals.refused(f"Span scores for {attribute} must have begin and end")
    if not 0 <= begin < end:
        raise refusals.refused(f"Span scores for {attribute} must have begin before end")
    if score is None:
        raise refusals.refused(f"Score value for {attribute} must be set")
    return SpanScore(begin, end, _read_score(score, attribute))

"""Wires the server on the Perspective wire: settings, a shared scorer and a database in, a URL out.

Not a verb: `bot.serve` runs it alone, `bot.run` beside the bot. What it does with a request stands
in `bot.web`.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog

from bot.domain.scores import ModelId
from bot.errors import BadInputError
from bot.moderation.ports import Scorer
from bot.scoring.batcher import Batcher, Priority
from bot.scoring.languages import languages_of
from bot.storage.api_keys import SqlApiKeys
from bot.storage.database import Database
from bot.storage.suggestions import SqlSuggestions
from bot.text import read
from bot.web.analysis import Analyzer, Manner
from bot.web.calibration import Calibration, read_calibration, shipped_for
from bot.web.calls import Calls, Limits
from bot.web.keys import Gate
from bot.web.language import LanguageDetector
from bot.web.metrics import Metrics
from bot.web.server import Address, serving
from config.settings import KeysAsked, Settings

log = structlog.stdlib.get_logger(__name__)

FORGET_EVERY = timedelta(hours=1)
LONGEST_WAIT = timedelta(seconds=0.5)
"""Who would wait longer for their turn is turned away: Coral gives up at 0.8 s."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Mounted:
    """A running server: where it is, and how it answers."""

    url: str
    model: ModelId
    languages: tuple[str, ...]
    calibration: Calibration | None
    asks_for_keys: bool


@asynccontextmanager
async def mounted(
    settings: Settings, batcher: Batcher, database: Database
) -> AsyncGenerator[Mounted]:
    """Serve while inside, as the `web_` settings say. The batcher stays the caller's to close.

    Raises:
        BadInputError: the address cannot be listened on, or the calibration is another model's.
        ScoringError: the model cannot score.
    """
    patience = timedelta(seconds=settings.web_answer_seconds)
    scorer = batcher.lane(Priority.LIVE, patience=patience, longest_wait=LONGEST_WAIT)
    languages = languages_of(scorer.model.name)
    manner = Manner(
        languages=languages,
        calibration=calibration_for(settings, scorer.model),
        is_strict=settings.web_strict,
        spans_when_asked=settings.web_spans_when_asked,
    )
    detector = await asyncio.to_thread(LanguageDetector, languages)
    await _warm_up(batcher, scorer, detector)
    address = Address(settings.web_host, settings.web_port, settings.web_public_url)
    asks_for_keys = settings.web_keys is KeysAsked.ALWAYS or (
        settings.web_keys is KeysAsked.AUTO and not address.is_private
    )
    metrics = Metrics(lambda: batcher.waiting)
    calls = Calls(
        Analyzer(scorer, detector, _now, manner, SqlSuggestions(database)),
        Gate(SqlApiKeys(database) if asks_for_keys else None, monotonic),
        metrics,
        Limits(answer_s=settings.web_answer_seconds),
        held_s=lambda: batcher.held_s,
    )
    async with serving(calls, metrics, address) as url:
        log.info("web_serving", url=url, model=scorer.model.name, asks_for_keys=asks_for_keys)
        yield Mounted(url, scorer.model, languages, manner.calibration, asks_for_keys)


def calibration_for(settings: Settings, model: ModelId) -> Calibration | None:
    """Find how scores are served, as the settings say; None serves the model's own.

    Raises:
        BadInputError: the file of the settings cannot be read, or is another model's.
    """
    if settings.web_raw_scores:
        return None
    if settings.web_calibration is None:
        return shipped_for(model)
    given = read_calibration(settings.web_calibration)
    if given.weights_sha256 != model.sha256:
        what = f"was fitted on other weights ({given.model}), expected {model.name}'s"
        raise BadInputError(str(settings.web_calibration), f"{what}: python bot.py calibrate")
    return given


@asynccontextmanager
async def forgetting(
    settings: Settings, database: Database, *, clock: Callable[[], datetime] = _now
) -> AsyncGenerator[None]:
    """Erase suggested words when they are old enough, while inside: at once, then every hour."""
    task = asyncio.create_task(_forget(settings, SqlSuggestions(database), clock))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _forget(
    settings: Settings, suggestions: SqlSuggestions, clock: Callable[[], datetime]
) -> None:
    kept = timedelta(days=settings.web_keep_suggestions_days)
    while True:
        try:
            erased = await suggestions.erase_before(clock() - kept)
        except Exception:  # a background loop: logged, and tried again
            log.exception("forgetting_failed")
        else:
            log.info("suggestions_forgotten", erased=erased)
        await asyncio.sleep(FORGET_EVERY.total_seconds())


async def _warm_up(batcher: Batcher, lane: Scorer, detector: LanguageDetector) -> None:
    """Let nobody's first request pay for what is made on first use, and learn the engine's pace."""
    cold, *others = (f"Good morning and welcome, guest number {n}!" for n in range(17))
    detector.detect(cold)
    await batcher.scorer.score([read(cold)])
    await lane.score([read(text) for text in others])

"""How the server is wired: what the settings change, and what they are refused for."""

import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.domain.suggestion import Suggestion
from bot.errors import BadInputError
from bot.mount import forgetting, mounted
from bot.scoring.batcher import Batcher
from bot.scoring.languages import SEVEN, languages_of
from bot.storage.database import Database, open_database
from bot.storage.suggestions import SqlSuggestions
from bot.web.server import Address
from config.labels import Label
from config.settings import KeysAsked, Settings
from tests.fakes.scripted_scorer import ScriptedScorer

ASKING = {"comment": {"text": "you idiot"}, "requestedAttributes": {"TOXICITY": {}}}


@pytest.fixture
def settings() -> Settings:
    return Settings(web_port=0)


@pytest.fixture
async def batcher() -> AsyncGenerator[Batcher]:
    batcher = Batcher(ScriptedScorer({"idiot": {Label.TOXICITY: 0.9}}))
    yield batcher
    await batcher.aclose()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    async with open_database(str(tmp_path / "kept.sqlite3")) as database:
        yield database


async def ask(url: str, method: str, body: object) -> int:
    address = f"{url}/v1alpha1/comments:{method}"
    async with aiohttp.ClientSession() as session, session.post(address, json=body) as response:
        return response.status


async def test_by_default_it_answers_this_machine_without_keys_and_keeps_suggestions(
    settings: Settings, batcher: Batcher, database: Database
) -> None:
    async with mounted(settings, batcher, database) as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert (server.languages, server.asks_for_keys) == (("en",), False)
        assert await ask(server.url, "analyze", ASKING) == 200
        suggested = {"TOXICITY": {"summaryScore": {"value": 1}}}
        body = {"comment": {"text": "you fool"}, "attributeScores": suggested}
        assert await ask(server.url, "suggestscore", body) == 200
    [kept] = await SqlSuggestions(database).all()
    assert kept.text == "you fool"


async def test_keys_can_be_asked_for_on_loopback_too(
    settings: Settings, batcher: Batcher, database: Database
) -> None:
    wanted = settings.model_copy(update={"web_keys": KeysAsked.ALWAYS})
    async with mounted(wanted, batcher, database) as server:
        assert server.asks_for_keys
        assert await ask(server.url, "analyze", ASKING) == 403


@pytest.mark.parametrize(
    ("host", "is_private"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.7", False),
        ("forum.example", False),
    ],
)
def test_what_only_this_machine_can_reach(host: str, is_private: bool) -> None:
    assert Address(host, 0).is_private is is_private


@pytest.mark.parametrize(
    ("public_url", "is_private"),
    [
        (None, True),
        ("http://localhost:8650", True),
        ("http://[::1]:8650/", True),
        ("https://scores.example/", False),
        ("scores.example", False),
        ("http://[", False),
    ],
)
def test_what_stands_before_a_server_on_loopback_lets_others_reach_it(
    public_url: str | None, is_private: bool
) -> None:
    assert Address("127.0.0.1", 0, public_url).is_private is is_private


async def test_behind_a_proxy_a_key_is_asked_for_on_loopback_too(
    settings: Settings, batcher: Batcher, database: Database
) -> None:
    wanted = settings.model_copy(update={"web_public_url": "https://scores.example/"})
    async with mounted(wanted, batcher, database) as server:
        assert server.asks_for_keys
        assert await ask(server.url, "analyze", ASKING) == 403


async def test_a_calibration_of_other_weights_is_refused(
    settings: Settings, batcher: Batcher, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "calibration.json"
    fitted_on = {"file": "f", "sha256": "1", "rows": 1, "at": "2026-01-01"}
    table = {"model": "other", "weights_sha256": "f" * 64, "fitted_on": fitted_on, "curves": {}}
    file.write_text(json.dumps(table))
    wanted = settings.model_copy(update={"web_calibration": file})
    with pytest.raises(BadInputError, match=r"fitted on other weights \(other\)"):
        async with mounted(wanted, batcher, database):
            pass
    file.write_text(json.dumps(table | {"weights_sha256": batcher.scorer.model.sha256}))
    async with mounted(wanted, batcher, database) as server:
        assert server.calibration is not None
    raw = wanted.model_copy(update={"web_raw_scores": True})
    async with mounted(raw, batcher, database) as server:
        assert server.calibration is None


async def test_suggested_words_are_forgotten_when_they_are_old_enough(
    settings: Settings, database: Database
) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    kept = SqlSuggestions(database)
    for days in (364, 366):
        await kept.add(Suggestion(now - timedelta(days=days), f"{days} days", {"TOXICITY": 1.0}))
    async with forgetting(settings, database, clock=lambda: now):
        while [each.text for each in await kept.all()] != ["364 days", None]:
            pass


def test_each_model_speaks_what_it_was_made_for() -> None:
    assert languages_of("multilingual") == languages_of("multilingual int8") == SEVEN
    assert languages_of("compact int8") == languages_of("somebody-elses") == ("en",)

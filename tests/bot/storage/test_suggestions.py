"""Suggested scores: kept as they came, sealed at rest, and erased on wish."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.domain.suggestion import SpanScore, Suggestion
from bot.storage.cipher import new_key
from bot.storage.database import Database, open_database
from bot.storage.suggestions import SqlSuggestions
from tests.bot.storage.drafts import NOON

SUGGESTION = Suggestion(
    received_at=NOON,
    text="you are a fool\0 😀",
    values={"TOXICITY": 0.0, "INSULT": 1.0},
    spans={"INSULT": (SpanScore(0, 14, 1.0),)},
    languages=("en",),
    community_id="garden",
    session_id="17",
    client_token="t",
    key="forum",
)


async def test_a_suggestion_comes_back_as_it_was_sent(database: Database) -> None:
    suggestions = SqlSuggestions(database)
    await suggestions.add(SUGGESTION)
    assert await suggestions.all() == [SUGGESTION]


async def test_the_words_are_sealed_and_survive_a_change_of_key(tmp_path: Path) -> None:
    file, first, second = tmp_path / "kept.sqlite3", new_key(), new_key()
    async with open_database(str(file), key=first) as database:
        await SqlSuggestions(database).add(SUGGESTION)
    assert b"you are a fool" not in file.read_bytes()
    async with open_database(str(file), key=second + b"," + first):
        pass
    async with open_database(str(file), key=second) as database:
        assert await SqlSuggestions(database).all() == [SUGGESTION]


async def test_erasing_a_session_takes_its_words_and_ids_and_leaves_the_scores(
    database: Database,
) -> None:
    suggestions = SqlSuggestions(database)
    other = replace(SUGGESTION, session_id="18")
    await suggestions.add(SUGGESTION)
    await suggestions.add(other)
    assert await suggestions.erase_session("17") == 1
    erased = replace(
        SUGGESTION, text=None, community_id="", session_id="", client_token="", key=None
    )
    assert await suggestions.all() == [erased, other]


async def test_erasing_before_a_moment_leaves_what_came_at_that_moment(database: Database) -> None:
    suggestions = SqlSuggestions(database)
    later = replace(SUGGESTION, received_at=NOON + timedelta(hours=1))
    await suggestions.add(SUGGESTION)
    await suggestions.add(later)
    assert await suggestions.erase_before(later.received_at) == 1
    assert [each.text for each in await suggestions.all()] == [None, later.text]
    assert await suggestions.erase_before(later.received_at) == 0

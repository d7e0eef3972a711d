"""API keys: made once, listed, revoked for good, and never kept as text."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.api_key import ApiKey
from bot.errors import RefusedError
from bot.storage.api_keys import SqlApiKeys
from bot.storage.database import Database
from tests.bot.storage.drafts import NOON

FORUM = ApiKey("forum", "ab" * 32, 600, NOON)


async def test_a_key_comes_back_as_it_was_made(database: Database) -> None:
    keys = SqlApiKeys(database)
    await keys.add(FORUM)
    assert await keys.all() == [FORUM]


async def test_keys_are_listed_by_name(database: Database) -> None:
    keys = SqlApiKeys(database)
    other = replace(FORUM, name="archive", sha256="cd" * 32)
    await keys.add(FORUM)
    await keys.add(other)
    assert await keys.all() == [other, FORUM]


async def test_a_name_is_given_once_even_after_it_was_revoked(database: Database) -> None:
    keys = SqlApiKeys(database)
    await keys.add(FORUM)
    await keys.revoke("forum", NOON)
    with pytest.raises(RefusedError, match="there is a key named forum already"):
        await keys.add(replace(FORUM, sha256="cd" * 32))


async def test_revoking_keeps_the_key_in_the_list_with_its_date(database: Database) -> None:
    keys = SqlApiKeys(database)
    await keys.add(FORUM)
    later = NOON + timedelta(days=1)
    await keys.revoke("forum", later)
    assert await keys.all() == [replace(FORUM, revoked_at=later)]


async def test_what_cannot_be_revoked_is_said(database: Database) -> None:
    keys = SqlApiKeys(database)
    with pytest.raises(RefusedError, match="no key named forum"):
        await keys.revoke("forum", NOON)
    await keys.add(FORUM)
    await keys.revoke("forum", NOON)
    with pytest.raises(RefusedError, match="revoked already"):
        await keys.revoke("forum", NOON)

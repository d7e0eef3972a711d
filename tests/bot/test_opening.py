"""Opening the settings' database: its key is made once, and never where one was lost."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.errors import StorageError
from bot.opening import opened, words_key
from bot.storage.cipher import new_key
from config.settings import Settings


def settings(folder: Path, key: bytes | None = None) -> Settings:
    return Settings.model_construct(
        database=str(folder / "evenhand.sqlite3"),
        text_keys=SecretStr(key.decode()) if key is not None else None,
    )


async def test_the_first_opening_makes_a_key_and_later_ones_use_it(tmp_path: Path) -> None:
    async with opened(settings(tmp_path)) as database:
        assert not database.cipher.is_plain
    key = (tmp_path / "evenhand.sqlite3.key").read_bytes().strip()
    async with opened(settings(tmp_path)):
        assert await words_key(settings(tmp_path)) == key


async def test_where_the_key_file_is_lost_nothing_is_made_and_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "evenhand.sqlite3.key"
    async with opened(settings(tmp_path)):
        kept = file.read_bytes()
    file.unlink()
    for _ in range(2):
        with pytest.raises(StorageError) as refusal:
            async with opened(settings(tmp_path)):
                pass
        assert str(refusal.value) == (
            f"the words in the database {tmp_path / 'evenhand.sqlite3'} are sealed: "
            f"give the key they were sealed with; its file {file} is missing"
        )
        assert not file.exists()
    file.write_bytes(kept)
    async with opened(settings(tmp_path)):
        pass


async def test_a_key_of_the_settings_needs_no_file(tmp_path: Path) -> None:
    async with opened(settings(tmp_path, new_key())):
        assert not (tmp_path / "evenhand.sqlite3.key").exists()


async def test_a_key_file_that_holds_no_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "evenhand.sqlite3.key").write_text("swordfish")
    with pytest.raises(StorageError, match=r"evenhand\.sqlite3\.key: a key .* cannot be used"):
        async with opened(settings(tmp_path)):
            pass

"""The key's file: made once, never replaced, never readable by others."""

from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage.cipher import Cipher
from bot.storage.key_file import key_file_of, make_key, read_key


def test_a_key_is_made_once_and_then_read(tmp_path: Path) -> None:
    path = key_file_of(str(tmp_path / "evenhand.sqlite3"))
    assert read_key(path) is None
    key = make_key(path)
    assert read_key(path) == key
    assert make_key(path) == key
    assert path == tmp_path / "evenhand.sqlite3.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert Cipher(key).reveal(Cipher(key).seal("words")) == "words"


def test_a_database_on_a_server_has_its_key_where_the_bot_is_started() -> None:
    assert key_file_of("postgresql://eve@db/cases") == Path("evenhand.key")


def test_an_empty_file_is_refused_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.touch()
    for get in (read_key, make_key):
        with pytest.raises(StorageError, match="is empty, expected the key"):
            get(path)
    assert path.read_bytes() == b""


def test_a_file_that_holds_no_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_text("swordfish\n")
    with pytest.raises(StorageError, match=r"/k: a key .* cannot be used, expected 32 random"):
        read_key(path)
    assert path.read_text() == "swordfish\n"


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No such file or directory"):
        make_key(tmp_path / "nowhere" / "k")

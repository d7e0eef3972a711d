"""Where people say the database is."""

from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage.location import locate


@pytest.mark.parametrize(
    ("place", "file"),
    [
        ("cases.sqlite3", "cases.sqlite3"),
        ("out/my cases?.db", "out/my cases?.db"),
        ("/srv/100%25.db", "/srv/100%25.db"),
        ("sqlite:///cases.db", "cases.db"),
        ("sqlite:////srv/cases.db", "/srv/cases.db"),
        ("sqlite+aiosqlite:///cases.db", "cases.db"),
    ],
)
def test_a_path_and_an_sqlite_url_both_name_a_file(place: str, file: str) -> None:
    location = locate(place)
    assert location.file == Path(file)
    assert location.url.database == file
    assert str(location) == file


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert locate("~/cases.db").file == Path("/home/someone/cases.db")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_postgres_is_known_by_each_of_its_names(scheme: str) -> None:
    location = locate(f"{scheme}://eve@db.example/cases?sslmode=require")
    assert location.file is None
    assert location.url.drivername == "postgresql+asyncpg"
    assert dict(location.url.query) == {"ssl": "require"}


@pytest.mark.parametrize(
    ("place", "complaint"),
    [
        ("", "has no name"),
        ("  ", "has no name"),
        ("://", "cannot be read"),
        ("sqlite://", "has no file"),
        (":memory:", "has no file"),
        ("sqlite:///:memory:", "has no file"),
        ("sqlite://cases.db", "four slashes"),
        ("sqlite:///cases.db?mode=ro", "more than a file"),
        ("mysql://eve:secret@db.example/cases", "unknown here (mysql)"),
        ("postgresql://eve:secret@db.example:port/cases", "cannot be read"),
        ("postgresql://eve:secret@db.example/cases?colour=red", "option colour"),
        ("~nobody-of-this-name/cases.db", "home folder"),
    ],
)
def test_what_names_no_database_is_refused_in_one_sentence_without_the_password(
    place: str, complaint: str
) -> None:
    with pytest.raises(StorageError) as refusal:
        locate(place)
    assert complaint in str(refusal.value)
    assert "secret" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_location_never_shows_its_password() -> None:
    location = locate("postgresql://eve:secret@db.example/cases")
    assert "secret" not in f"{location} {location!r}"
    assert "db.example/cases" in str(location)

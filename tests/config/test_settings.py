"""The settings: environment before file before default, and what is refused."""

from pathlib import Path

import pytest

from bot.arguments import read_settings
from bot.errors import BadInputError
from config.guild import GuildSettings
from config.settings import LogForm, Settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "evenhand.toml"


def refusal_of(file: Path | None) -> str:
    with pytest.raises(BadInputError) as refusal:
        read_settings(file)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('model = "original"\ndatabase = "cases.sqlite3"\n')
    monkeypatch.setenv("EVENHAND_MODEL", "unbiased")
    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    settings = read_settings(file)
    assert (settings.model, settings.database) == ("unbiased", "cases.sqlite3")
    assert settings.log_form is LogForm.AUTO
    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == "a.b.c"
    assert "a.b.c" not in repr(settings)


@pytest.mark.parametrize("name", ["discord_token", "DISCORD_TOKEN", "text_keys"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(file: Path, name: str) -> None:
    file.write_text(f'{name} = "hunter2"\n')
    sentence = refusal_of(file)
    assert sentence == f"{file}: {name} stands in it, expected it in the environment alone"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('colour = "red"', "colour is unknown, expected one of discord_token, text_keys, database"),
        ("archived_days = 91", "archived_days cannot be used: it should be less than or equal to"),
        ('log_level = "loud"', "log_level cannot be used: it should be 'debug', 'info', 'warning'"),
        ("model = ", "Invalid value"),
    ],
)
def test_a_wrong_line_is_told_with_the_file_and_the_key(file: Path, line: str, told: str) -> None:
    file.write_text(line + "\n")
    assert refusal_of(file).startswith(f"{file}: {told}")


def test_a_missing_file_is_told(file: Path) -> None:
    assert refusal_of(file) == (
        f"{file}: cannot be read (No such file or directory), expected a file of settings"
    )


def test_a_wrong_value_in_the_environment_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENHAND_ARCHIVED_DAYS", "many")
    assert refusal_of(None).startswith("the environment: archived_days cannot be used")


@pytest.mark.parametrize("model", [Settings, GuildSettings])
def test_every_key_is_explained(model: type[Settings] | type[GuildSettings]) -> None:
    for name, field in model.model_fields.items():
        assert (field.description or "").endswith("."), name

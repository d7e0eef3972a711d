"""What the machine's owner sets: token, database, model, logging. Every key with unit and range.

Not how a server moderates (`config.policy`, `config.guild`). Read by `load_settings`, which
composition roots call; nothing is read at import. Environment before file before default.
"""

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)


class LogForm(StrEnum):
    """How log lines are written."""

    AUTO = "auto"
    """For people on a terminal, JSON elsewhere."""
    CONSOLE = "console"
    JSON = "json"


class KeysAsked(StrEnum):
    """Whether the server on the Perspective wire asks for API keys."""

    AUTO = "auto"
    """Unless only this machine can reach it."""
    ALWAYS = "always"
    NEVER = "never"


class LogLevel(StrEnum):
    """The mildest event that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Settings(BaseSettings):
    """The settings of one running bot. A key KEY is EVENHAND_KEY in the environment."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="EVENHAND_", frozen=True, extra="forbid"
    )

    discord_token: Annotated[
        SecretStr | None,
        Field(
            description="The bot's token from Discord's developer portal. Environment only.",
            validation_alias="DISCORD_TOKEN",
        ),
    ] = None
    text_keys: Annotated[
        SecretStr | None,
        Field(
            description="Keys that encrypt message text in the database, the newest first, with"
            " commas between; made in a file beside the database where not given."
            " Environment only.",
        ),
    ] = None
    database: Annotated[
        str,
        Field(description="SQLite file, or postgresql:// URL with your own server.", min_length=1),
    ] = "evenhand.sqlite3"
    model: Annotated[
        str, Field(description="A model's name or path, as in docs/models.md.", min_length=1)
    ] = "compact"
    first_stage: Annotated[
        bool,
        Field(description="Spare what the model finds harmless half-way the rest of it."),
    ] = True
    policy: Annotated[
        str,
        Field(
            description="Preset or TOML file for a server that has set none. It starts in shadow.",
            min_length=1,
        ),
    ] = "balanced"
    archived_days: Annotated[
        int,
        Field(
            description="Days back in which archived posts are looked through after an absence.",
            ge=0,
            le=90,
        ),
    ] = 7
    log_form: Annotated[
        LogForm, Field(description="How log lines are written: auto, console or json.")
    ] = LogForm.AUTO
    log_level: Annotated[
        LogLevel, Field(description="The mildest event logged: debug, info, warning or error.")
    ] = LogLevel.INFO
    web_enabled: Annotated[
        bool, Field(description="Whether `run` also answers on the wire of the Perspective API.")
    ] = False
    web_host: Annotated[
        str, Field(description="Address the server listens on; 0.0.0.0 is every one.", min_length=1)
    ] = "127.0.0.1"
    web_port: Annotated[
        int, Field(description="Port the server listens on; 0 takes any free one.", ge=0, le=65535)
    ] = 8650
    web_public_url: Annotated[
        str | None,
        Field(
            description="Address clients are told, where a proxy stands before the server.",
            pattern="^https?://[^/]",
        ),
    ] = None
    web_keys: Annotated[
        KeysAsked,
        Field(
            description="Whether API keys are asked for: auto (unless on loopback), always, never."
        ),
    ] = KeysAsked.AUTO
    web_raw_scores: Annotated[
        bool, Field(description="Serve the model's own scores, not fitted to Perspective's.")
    ] = False
    web_calibration: Annotated[
        Path | None,
        Field(description="File made by `calibrate` for another model than the bundled one."),
    ] = None
    web_strict: Annotated[
        bool, Field(description="Refuse requests with fields that the wire does not know.")
    ] = False
    web_spans_when_asked: Annotated[
        bool, Field(description="Leave spanScores out of answers that did not ask for them.")
    ] = False
    web_answer_seconds: Annotated[
        float, Field(description="Seconds after which an answer is given up.", gt=0, le=300)
    ] = 10.0

    web_keep_suggestions_days: Annotated[
        int,
        Field(
            description="Days after which the words of suggested scores are erased.", ge=1, le=3650
        ),
    ] = 365

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file; no dotenv, no folder of secrets."""
        del dotenv_settings, file_secret_settings
        return (env_settings, init_settings)


def load_settings(file: Path | None = None) -> Settings:
    """Read the settings from the environment, then the TOML file where one is named.

    Raises:
        pydantic.ValidationError: a value is out of its range, or a key is unknown.
        tomllib.TOMLDecodeError, OSError: the file cannot be read.
        ValueError: a secret stands in the file.
    """
    if file is None:
        return Settings()
    with file.open("rb") as opened:
        table = tomllib.load(opened)
    for name in table:
        if name.lower() in _SECRETS:
            raise ValueError(f"{name} stands in it, expected it in the environment alone")
    return Settings(**table)


_SECRETS = frozenset({"discord_token", "text_keys"})
"""Keys that may stand in the environment alone: files get copied and committed."""

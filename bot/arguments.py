"""Arguments that several verbs share, so that they are called and explained alike.

Imports nothing heavy: `--help` stays quick. Called by the verbs' `add_arguments`.
"""

import argparse
from pathlib import Path

from pydantic import ValidationError

from bot.errors import BadInputError
from bot.scoring.scorer import EngineChoice
from config.settings import Settings, load_settings


def add_policy_argument(parser: argparse.ArgumentParser) -> None:
    """Declare `--policy`."""
    help_text = "a preset or a TOML file (%(default)s)"
    parser.add_argument("--policy", default="balanced", metavar="NAME", help=help_text)


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--model` and `--engine`; the engine parses to an `EngineChoice`."""
    help_text = "a model's name or path (%(default)s)"
    parser.add_argument(
        "--model", type=model_name, default="compact", metavar="NAME", help=help_text
    )
    parser.add_argument(
        "--engine",
        type=_engine,
        default=EngineChoice.AUTO,
        metavar="NAME",
        help="auto, eager, compiled or quick (%(default)s): see docs/models.md",
    )


def add_settings_argument(parser: argparse.ArgumentParser) -> None:
    """Declare `--settings`, which parses to a path or None."""
    help_text = "a TOML file of settings, see docs/settings.md; the environment goes before it"
    parser.add_argument("--settings", type=Path, metavar="FILE", help=help_text)


def read_settings(file: Path | None) -> Settings:
    """Read the settings of the environment and of the file, where one is named.

    Raises:
        BadInputError: names the file or the environment, the key and what was expected.
    """
    where = "the environment" if file is None else str(file)
    try:
        return load_settings(file)
    except ValidationError as error:
        raise BadInputError(*_first_complaint(error, where)) from error
    except OSError as error:
        what = f"cannot be read ({error.strerror}), expected a file of settings"
        raise BadInputError(where, what) from error
    except ValueError as error:  # TOML that cannot be parsed, or a secret in the file
        raise BadInputError(where, str(error)) from error


def _engine(name: str) -> EngineChoice:
    try:
        return EngineChoice(name)
    except ValueError as error:
        what = f"is unknown, expected one of {', '.join(EngineChoice)}"
        raise BadInputError(f"engine {name}", what) from error


def model_name(name_or_path: str) -> str:
    """Refuse a path that cannot even be looked at; whether a model is there is for its loader."""
    try:
        Path(name_or_path).expanduser().exists()
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        what = f"cannot be reached ({why}), expected a model's name or path"
        raise BadInputError(f"model {name_or_path}", what) from error
    return name_or_path


def _first_complaint(error: ValidationError, where: str) -> tuple[str, str]:
    detail = error.errors(include_url=False, include_input=False)[0]  # an input may be a secret
    name = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return where, f"{name} is unknown, expected one of {', '.join(Settings.model_fields)}"
    expected = detail["msg"].removeprefix("Input ").removeprefix("String ")
    return where, f"{name} cannot be used: it {expected}, expected a value as in docs/settings.md"

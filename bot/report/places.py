"""Places where files are to be written: looked at before the long work, so that none is in vain.

Opens and makes nothing, and what is true now may be otherwise later: `bot.report.whole_file` and
the database have the last word. Called by `bot.replay` and `bot.bench`.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from bot.errors import BadInputError


def require_places(
    outputs: Sequence[tuple[str, Path]], inputs: Mapping[str, Path] | None = None
) -> None:
    """Refuse places where nothing can be written, or where something would be written over.

    `outputs` are the files to be written, each with the option that asks for it; `inputs` are the
    files to be read, by what they are ("the discussion").

    Raises:
        BadInputError: names the first such place.
    """
    read = {_identity(path): what for what, path in (inputs or {}).items() if _look(path)}
    asked: dict[object, str] = {}
    for option, file in outputs:
        _require_place(file)
        identity = _identity(file)
        if identity in read:
            raise BadInputError(str(file), f"is {read[identity]} itself, expected another file")
        if identity in asked:
            both = f"is asked for by {asked[identity]} and by {option}"
            raise BadInputError(str(file), f"{both}, expected a place of its own for each")
        asked[identity] = option
    files = {_real(file): file for _, file in outputs}
    for folder in (folder for file in files for folder in file.parents if folder in files):
        raise BadInputError(str(files[folder]), "is asked for as a file and as a folder")


def _require_place(file: Path) -> None:
    found = _look(file)
    if found is not None and S_ISDIR(found.st_mode):
        raise BadInputError(str(file), "is a folder, expected a place for a file")
    if found is not None and not S_ISREG(found.st_mode):
        return  # a pipe or device is written to directly
    for folder in _real(file).parents:
        there = _look(folder)
        if there is None:
            continue
        if not S_ISDIR(there.st_mode):
            raise BadInputError(str(folder), "is a file, expected a folder to write in")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise BadInputError(str(folder), "cannot be written to, expected a folder of yours")
        return


def _look(path: Path) -> os.stat_result | None:
    """Look at what a path leads to; None where nothing is there.

    Raises:
        BadInputError: one may not look, or the path leads nowhere it could.
    """
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise BadInputError(
            str(path), f"cannot be reached ({why}), expected a place of yours"
        ) from error


def _identity(path: Path) -> object:
    """Tell files apart, whatever links lead to them."""
    found = _look(path)
    return _real(path) if found is None else (found.st_dev, found.st_ino)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))

"""Files that are there whole or not at all.

Own code, because the packages for it are unmaintained and it is ten lines. Called by whatever of
this package writes a file.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from secrets import token_hex

from bot.errors import BadInputError


def write_whole(path: Path, pieces: Iterable[str]) -> None:
    """Write text as UTF-8 so that `path` is either complete or untouched; makes its folder.

    A half surrogate, which UTF-8 cannot hold, is written as its JSON escape. A pipe or device is
    written to directly.

    Raises:
        BadInputError: the place cannot be written to.
    """
    try:
        _refuse_wrong_kind(path)
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", errors="backslashreplace") as pipe:
                pipe.writelines(pieces)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_beside_and_replace(path.resolve(), pieces)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise BadInputError(str(path), f"cannot be written: {why}") from error


def _refuse_wrong_kind(path: Path) -> None:
    if path.is_dir():
        raise BadInputError(str(path), "is a folder, expected a file")
    if path.parent.exists() and not path.parent.is_dir():
        raise BadInputError(str(path.parent), "is a file, expected a folder")


def _write_beside_and_replace(path: Path, pieces: Iterable[str]) -> None:
    # In the same folder, because only within one file system is a rename all or nothing.
    part = path.with_name(f".{token_hex(6)}.part")
    try:
        with part.open("x", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)

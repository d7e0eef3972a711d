"""The text of a saved file, and where in it something is wrong.

Opens, measures and decodes; knows no format. Called by `bot.intake.saved_thread`; the readers get a
`SourceText` and blame a line of it.
"""

import codecs
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.errors import BadThreadError

MAX_FILE_BYTES = 256 * 1024 * 1024
"""About half a million comments. A whole discussion is held in memory, several times over."""

MAX_COMMENT_CHARACTERS = 100_000
"""Three times the largest limit of a common forum (Discourse ships with 32,000 characters).

What is longer is no comment but a broken file, and scoring it would take minutes.
"""

MAX_NAME_CHARACTERS = 200
"""For names and ids. Discord allows 32 characters, Disqus 30."""

_MAX_QUOTED_CHARACTERS = 60

STANDARD_INPUT = "standard input"

_WANTED = "a saved page, JSON Lines, a DiscordChatExporter JSON or a Disqus XML export"

# Longest mark first: UTF-32's little-endian mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's text, its lines ended by line feeds. `name` is what people call the file."""

    name: str
    text: str

    def at(self, line: int | None) -> str:
        """Name a place for people; `line` counts from 1, None means the file as a whole."""
        return self.name if line is None else f"{self.name}, line {line}"

    def blame(self, line: int | None, what: str) -> BadThreadError:
        """Make the error that says what is wrong at `line` and what was expected."""
        return BadThreadError(self.at(line), what)

    def line_of(self, offset: int) -> int:
        """Count the line of a character offset; linear, so meant for errors alone."""
        return self.text.count("\n", 0, offset) + 1


def load(path: Path, *, stdin: BinaryIO | None = None) -> SourceText:
    """Read and decode a file; the path `-` means `stdin` (by default the process's own).

    Raises:
        BadThreadError: missing, unreadable, a directory, too large, empty, or not text.
    """
    name = STANDARD_INPUT if str(path) == "-" else str(path)
    try:
        if name is not STANDARD_INPUT:
            with path.open("rb") as opened:
                return decode(name, _read(name, opened))
        if stdin is None and sys.stdin is None:
            raise BadThreadError(name, f"is closed, expected {_WANTED}")
        return decode(name, _read(name, sys.stdin.buffer if stdin is None else stdin))
    except FileNotFoundError as error:
        raise BadThreadError(name, f"no such file, expected {_WANTED}") from error
    except IsADirectoryError as error:
        raise BadThreadError(name, f"is a directory, expected a file: {_WANTED}") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise BadThreadError(name, f"cannot be read ({why}), expected {_WANTED}") from error


def decode(name: str, content: bytes) -> SourceText:
    """Turn bytes into text: UTF-8 with or without a byte-order mark, or UTF-16/32 with one.

    Raises:
        BadThreadError: the bytes are no text, or nothing but white space.
    """
    encoding, mark = next(
        ((encoding, mark) for mark, encoding in _MARKS if content.startswith(mark)), ("utf-8", b"")
    )
    if encoding == "utf-8":
        content = content[len(mark) :]  # the other codecs take their mark off themselves
        _refuse_binary(name, content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _broken(name, content, error) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadThreadError(f"{name}, line {line}", "holds a NUL character, expected plain text")
    if not text.strip():
        what = "holds nothing but white space" if text else "is empty"
        raise BadThreadError(name, f"{what}, expected {_WANTED}")
    return SourceText(name, text.replace("\r\n", "\n").replace("\r", "\n"))


def quote(text: str) -> str:
    """Quote a piece of the file for a sentence, cut short."""
    # What steers a terminal or cannot be printed at all is written as \\uXXXX.
    quoted = "".join(
        sign if sign.isprintable() else json.dumps(sign)[1:-1]
        for sign in json.dumps(text, ensure_ascii=False)
    )
    cut = len(quoted) > _MAX_QUOTED_CHARACTERS
    return quoted[: _MAX_QUOTED_CHARACTERS - 2] + '…"' if cut else quoted


def _read(name: str, opened: BinaryIO) -> bytes:
    content = opened.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // (1024 * 1024)
        raise BadThreadError(
            name, f"is larger than {limit} MiB, expected less: split it and replay the parts"
        )
    return content


def _refuse_binary(name: str, content: bytes) -> None:
    at = content.find(b"\0")
    if at >= 0:
        line = content.count(b"\n", 0, at) + 1
        raise BadThreadError(
            f"{name}, line {line}",
            "holds NUL bytes, as pictures, archives and UTF-16 without its mark do, "
            "expected text in UTF-8",
        )


def _broken(name: str, content: bytes, error: UnicodeDecodeError) -> BadThreadError:
    if error.encoding != "utf-8":
        what = f"byte {error.start + 1} of the file breaks its {error.encoding.upper()} text"
        return BadThreadError(name, f"{what}, expected whole text, best saved as UTF-8")
    line = content.count(b"\n", 0, error.start) + 1
    byte = error.start - content.rfind(b"\n", 0, error.start)
    value = content[error.start]
    return BadThreadError(
        f"{name}, line {line}",
        f"byte {byte} of the line (0x{value:02X}) is not UTF-8, expected the file saved as UTF-8",
    )

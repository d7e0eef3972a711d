"""A saved discussion read from a file or standard input, in any format that is known.

Finds the format by content and calls that format's reader; parses nothing itself. Called by the
composition roots (replay and its like).
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from bot.domain.comment import Thread
from bot.errors import BadThreadError
from bot.intake import discord_export, disqus_export, json_lines, saved_page
from bot.intake.source_text import SourceText, load


class Format(StrEnum):
    """The formats of saved discussions, by the names people type."""

    PAGE = "page"
    JSON_LINES = "jsonl"
    DISCORD = "discord"
    DISQUS = "disqus"


_READERS: Mapping[Format, tuple[str, Callable[[SourceText], Thread]]] = {
    Format.PAGE: (saved_page.LABEL, saved_page.read_saved_page),
    Format.JSON_LINES: (json_lines.LABEL, json_lines.read_json_lines),
    Format.DISCORD: (discord_export.LABEL, discord_export.read_discord_export),
    Format.DISQUS: (disqus_export.LABEL, disqus_export.read_disqus_export),
}

_MARKUP = re.compile(r"<[?!a-zA-Z]")
_FIRST_ELEMENT = re.compile(r"<(?:\w+:)?([a-zA-Z]\w*)")
_JSON_LIST = re.compile(r"\[\s*[\[{\]]")
_DISCORD = re.compile(r'\{\s*"(?:(?:guild|channel|dateRange)"\s*:\s*\{|messages"\s*:\s*\[)')


def read_thread(
    path: Path, *, as_format: Format | None = None, stdin: BinaryIO | None = None
) -> Thread:
    """Read a saved discussion.

    Args:
        path: the file; `-` means standard input.
        as_format: how to read it; None finds the format by content.
        stdin: what `-` reads, if not the process's own standard input.

    Raises:
        BadThreadError: one sentence naming the file, the line and what was expected.
    """
    source = load(path, stdin=stdin)
    guess = _guess(source.text)
    if as_format is None:
        if not isinstance(guess, Format):
            raise source.blame(None, guess)
        return _READERS[guess][1](source)
    label, read = _READERS[as_format]
    try:
        return read(source)
    except BadThreadError as error:
        if not isinstance(guess, Format) or guess is as_format:
            raise
        raise BadThreadError(
            error.where, f"{error.what}; it was read as {label} and looks like {_READERS[guess][0]}"
        ) from error


def _guess(text: str) -> Format | str:
    """Guess the format by how the text begins; a clause for people where no reader fits.

    What is neither JSON nor markup is a page.
    """
    text = text.lstrip()
    if _MARKUP.match(text):
        element = _FIRST_ELEMENT.search(text)
        if element is not None and element[1] == "disqus":
            return Format.DISQUS
        return (
            "is HTML or XML but no Disqus export, expected <disqus> as its first element "
            "(a web page is read when saved as plain text)"
        )
    if _JSON_LIST.match(text):
        return (
            "is one JSON list, expected one JSON object a line "
            "(jq -c '.[]' turns a list into lines)"
        )
    if _DISCORD.match(text):
        return Format.DISCORD
    return Format.JSON_LINES if text.startswith("{") else Format.PAGE

"""Detoxify's published files, fetched when first asked for and checked before they are used.

They go where Detoxify itself keeps them (torch's hub folder and the Hugging Face cache), so what
it already fetched is found. Nothing is loaded here. Called by `bot.scoring.location`
and `bot.scoring.sources`.
"""

import hashlib
import http.client
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import huggingface_hub
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from bot.errors import ModelUnavailableError
from bot.scoring.location import VOCABULARIES, Tell
from bot.scoring.published import BUNDLED

INSTEAD = f"the model '{BUNDLED}' comes with Evenhand and needs no download"

HUB = huggingface_hub.constants.ENDPOINT

CONFIG_FILES = (
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
)
"""All that is ever fetched from the hub: settings and vocabularies, no weights and no code."""

TIMEOUT_S = 30.0
"""How long one silence of the server is borne."""

CHUNK_BYTES = 1 << 20


def open_url(url: str) -> http.client.HTTPResponse:
    """Open a web address for reading."""
    return urllib.request.urlopen(url, timeout=TIMEOUT_S)  # noqa: S310 (a constant of Detoxify's)


def fetch(
    url: str,
    path: Path,
    *,
    hash_prefix: str,
    tell: Tell | None = None,
    opener: Callable[[str], http.client.HTTPResponse] = open_url,
) -> None:
    """Fetch a file to `path`, which appears only when whole and when its sha256 begins right.

    Raises:
        ModelUnavailableError: it did not come, or is not the right one; nothing is left behind.
    """
    partial = path.with_name(f"{path.name}.{uuid4().hex}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with opener(url) as response, partial.open("xb") as file, _listener(tell) as listener:
            sha256 = _copy(response, file, path.name, listener)
        if not sha256.startswith(hash_prefix):
            raise ModelUnavailableError(
                f"{url} gave a file that is not the published one (its sha256 begins "
                f"{sha256[:8]}, expected {hash_prefix}), so it was thrown away; {INSTEAD}"
            )
        partial.replace(path)
    except (OSError, EOFError, http.client.HTTPException) as error:
        raise ModelUnavailableError(
            f"{path.name} was to be fetched from {url}, which failed ({_reason(error)}); {INSTEAD}"
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def hub_config(name: str) -> Path:
    """Find the settings and tokenizer of `name` in the hub's cache, fetching them if need be.

    Raises:
        ModelUnavailableError: they cannot be fetched.
    """
    try:
        return _cached(name) or _snapshot(name, is_offline=False)
    except Exception as error:  # the hub's client lets its HTTP library's errors through
        raise ModelUnavailableError(
            f"the settings and tokenizer of {name} were to be fetched from {HUB}/{name}, "
            f"which failed ({_reason(error)}); {INSTEAD}"
        ) from error


def _cached(name: str) -> Path | None:
    """Look in the cache alone; None when not all of it is there."""
    try:
        return _snapshot(name, is_offline=True)
    except OSError:
        return None


def _snapshot(name: str, *, is_offline: bool) -> Path:
    folder = Path(
        huggingface_hub.snapshot_download(  # pyright: ignore[reportUnknownMemberType]
            name, allow_patterns=list(CONFIG_FILES), local_files_only=is_offline, token=False
        )
    )
    if not (folder / "config.json").exists():
        raise FileNotFoundError(f"{folder} holds no config.json")
    if not any((folder / vocabulary).exists() for vocabulary in VOCABULARIES):
        raise FileNotFoundError(f"{folder} holds no vocabulary")
    return folder


def _copy(response: http.client.HTTPResponse, file: BinaryIO, name: str, tell: Tell) -> str:
    length = response.headers.get("Content-Length")
    total = int(length) if length else None
    sha256 = hashlib.sha256()
    done = 0
    while chunk := response.read(CHUNK_BYTES):
        file.write(chunk)
        sha256.update(chunk)
        done += len(chunk)
        tell(name, done, total)
    if total is not None and done < total:
        raise EOFError(f"the connection ended after {done} of {total} bytes")
    return sha256.hexdigest()


@contextmanager
def _listener(tell: Tell | None) -> Generator[Tell]:
    """Give `tell` back, or a bar drawn on standard error where nobody listens."""
    if tell is not None:
        yield tell
        return
    columns = (TextColumn("Fetching {task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TransferSpeedColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(
            task, description=what, completed=done, total=total
        )


def _reason(error: Exception) -> str:
    """Find the line that says why: the innermost cause, without wrappers."""
    cause: BaseException = error
    while inner := (cause.__cause__ or getattr(cause, "reason", None)):
        if not isinstance(inner, BaseException):
            break
        cause = inner
    said = getattr(cause, "strerror", None) or str(cause).strip() or type(cause).__name__
    return str(said).splitlines()[0]

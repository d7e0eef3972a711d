"""From a model's name or path to the files that hold it. Reads no model and loads no library.

A published model's checkpoint is fetched if need be. Called by `bot.scoring.sources`, which reads
what is found, and by `bot.scoring.compiled_form`, which asks whether it is compiled already.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.errors import BadInputError
from bot.scoring.published import BUNDLED, CHECKPOINTS, MODEL_NAMES

Tell = Callable[[str, int, int | None], None]
"""Hears of a download: what is fetched, bytes so far, bytes in all (None when not known)."""

COMPACT = Path(__file__).with_name(BUNDLED)

WEIGHTS, SETTINGS = "model.safetensors", "config.json"
VOCABULARIES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "spiece.model",
    "sentencepiece.bpe.model",
)
"""One of these must stand beside the settings. Without words, every text would read as harmless."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a model is. `folder` is set for a model folder alone; `weights` is the one big file.

    `hash_prefix` is what the sha256 of a published file begins with.
    """

    name: str
    weights: Path
    folder: Path | None = None
    hash_prefix: str = ""

    @property
    def is_bundled(self) -> bool:
        """Say whether this is the model that ships inside the package."""
        return self.folder is not None and self.folder.resolve() == COMPACT.resolve()

    @property
    def settings_folder(self) -> Path | None:
        """The folder with the model's settings, as far as it is known without reading the model.

        None where the weights alone tell, by the name of a model on the hub.
        """
        if self.folder is not None:
            return self.folder
        if self.is_published:
            return None
        beside = (self.weights.with_suffix(""), self.weights.parent)
        return next((folder for folder in beside if (folder / SETTINGS).is_file()), None)

    @property
    def is_published(self) -> bool:
        """Say whether this is one of Detoxify's files, fetched by name."""
        return bool(self.hash_prefix)


def locate(name_or_path: str, tell: Tell | None = None) -> Location:
    """Find a model by name, or by the path of a checkpoint or a model folder.

    Raises:
        BadInputError: no model has that name.
        ModelUnavailableError: a published model cannot be fetched.
    """
    if name_or_path == BUNDLED:
        return Location(BUNDLED, COMPACT / WEIGHTS, COMPACT)
    if name_or_path in CHECKPOINTS:
        return _locate_published(name_or_path, tell)
    path = Path(name_or_path).expanduser()
    if name_or_path and path.is_dir():
        return Location(path.resolve().name, path / WEIGHTS, path)
    if not name_or_path or (not path.exists() and os.sep not in name_or_path):
        known = ", ".join(MODEL_NAMES)
        what = f"is no model, expected {known}, or the path of a checkpoint or a model folder"
        raise BadInputError(f"model {name_or_path!r}", what)
    return Location(path.stem, path)


def _locate_published(name: str, tell: Tell | None) -> Location:
    """Find a published checkpoint where Detoxify keeps it: in PyTorch's hub folder.

    One that was there before is not checked here: its reader does that, with the prefix.
    """
    url = CHECKPOINTS[name]
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = Path(os.environ.get("TORCH_HOME") or Path(cache) / "torch").expanduser()
    path = home / "hub" / "checkpoints" / url.rpartition("/")[2]
    prefix = path.stem.rpartition("-")[2]
    if not path.exists():
        from bot.scoring.downloads import fetch

        fetch(url, path, hash_prefix=prefix, tell=tell)
    return Location(name, path, hash_prefix=prefix)

"""A model's compiled form on disk: int8 graph, tokenizer, and a manifest that vouches for both.

The bundled model's stands beside its weights, all others in the model cache. It is used only if
every hash in the manifest fits, and if the graph carries the mark of just these weights, labels and
tokenizer: that keeps out damage and mix-ups, not somebody who may write there. Read by
`bot.scoring.scorer`, made by `bot.scoring.compiling`; run by `bot.scoring.onnx_engine`. Loads
neither torch nor ONNX Runtime.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import ModelUnavailableError, ModerationError, UnfitFormError
from bot.scoring.first_stage import FIRST_STAGE
from bot.scoring.location import SETTINGS, VOCABULARIES, Location
from bot.scoring.scratch import scratch_folder, sweep
from config.labels import Label

GRAPH, MANIFEST, TOKENIZER = "model.int8.onnx", "compiled.json", "tokenizer.json"
SCRATCH = ".compiled-"
"""What a folder begins with that a form is written in before it is moved to its place."""

MADE_FROM = (
    *(SETTINGS, *VOCABULARIES, "merges.txt", "tokenizer_config.json", "special_tokens_map.json"),
    FIRST_STAGE,
)
"""What a compiled form is made from, beside the weights."""

CACHE_VARIABLE = "EVENHAND_CACHE"
MARK = "evenhand"
"""The key of a graph's metadata under which it carries `mark_of` what it was made for."""


class Figures(BaseModel):
    """How far the compiled scores were from the eager ones on the sample, when it was compiled.

    Deviations are absolute differences over all texts and labels; `changed_verdicts` counts the
    texts on which `policy` decides otherwise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    texts: int
    mean_deviation: float
    largest_deviation: float
    policy: str
    changed_verdicts: int


class Layout(BaseModel):
    """What must be known to feed the graph and to read its answer.

    `capacity` is the most tokens that the network reads at once; with a first stage the graph
    takes one more input (`bot.scoring.int8_graph`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: tuple[Label, ...] = Field(min_length=1)
    capacity: int = Field(gt=2)
    pad_id: int = Field(ge=0)
    unknown_id: int = Field(ge=0)
    has_first_stage: bool = False


class Manifest(BaseModel):
    """What a compiled form is: made of which weights, by which tools, and how true to them.

    A new `format` means that older programs cannot run the graph, nor newer ones an older graph.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[2] = 2
    model: str
    weights_sha256: str
    graph_sha256: str
    tokenizer_sha256: str
    layout: Layout
    versions: Mapping[str, str]
    figures: Figures


@dataclass(frozen=True, slots=True)
class CompiledForm:
    """A compiled form's content. `graph` is ONNX, `tokenizer` is JSON; `origin` is for people."""

    origin: str
    weights_sha256: str
    layout: Layout
    graph: bytes
    tokenizer: bytes

    @property
    def mark(self) -> str:
        """Say what the graph must carry."""
        return mark_of(self.weights_sha256, self.layout, self.tokenizer)


def mark_of(weights_sha256: str, layout: Layout, tokenizer: bytes) -> str:
    """Put into words what a graph is made for: it would mean nothing beside anything else."""
    made_for = {
        "weights_sha256": weights_sha256,
        "tokenizer_sha256": hashlib.sha256(tokenizer).hexdigest(),
        "layout": layout.model_dump(mode="json"),
    }
    return json.dumps(made_for, sort_keys=True)


def form_folder(location: Location, weights_sha256: str) -> Path:
    """Say where a model's compiled form belongs: beside the bundled weights, or in the cache.

    The same weights mean something else with other labels, another tokenizer or first stage, so
    all of these are in the name.

    Raises:
        ModelUnavailableError: one of these files cannot be read.
    """
    if location.folder is not None and location.is_bundled:
        return location.folder
    digest = hashlib.sha256(weights_sha256.encode())
    if location.settings_folder is not None:
        files = [location.settings_folder / name for name in MADE_FROM]
        for file in filter(Path.is_file, files):
            digest.update(f"{file.name} {_sha256(file)}".encode())
    return cache_folder() / digest.hexdigest()


def cache_folder() -> Path:
    """Say where compiled forms are kept, one folder each; see `form_folder` for the names."""
    chosen = os.environ.get(CACHE_VARIABLE)
    shared = os.environ.get("XDG_CACHE_HOME")
    root = Path(chosen) if chosen else Path(shared or "~/.cache") / "evenhand"
    return root.expanduser() / "compiled"


def find_form(location: Location) -> CompiledForm | None:
    """Read a model's compiled form; None where it was never compiled.

    Raises:
        ModelUnavailableError: the model's weights or the model cache cannot be read.
        UnfitFormError: there is a form, but it is damaged, or was made from other weights.
    """
    if not location.is_bundled and not _is_there(cache_folder()):
        return None  # saves reading a gigabyte of weights for nothing
    weights_sha256 = _sha256(location.weights)
    folder = form_folder(location, weights_sha256)
    traces = (folder / MANIFEST, folder / GRAPH)
    if not any(map(_is_there, traces)) and not folder.is_file() and not folder.is_symlink():
        return None
    return read_form(folder, weights_sha256)


def read_form(folder: Path, weights_sha256: str) -> CompiledForm:
    """Read a compiled form, and check that it is whole and made from these very weights.

    Raises:
        UnfitFormError: it is not.
    """
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
        graph = (folder / GRAPH).read_bytes()
        tokenizer = (folder / TOKENIZER).read_bytes()
    except OSError as error:
        raise _refused(
            folder / Path(error.filename).name, f"cannot be read ({error.strerror})"
        ) from error
    except ValidationError as error:
        found = error.errors()[0]
        key = ".".join(str(part) for part in found["loc"])
        raise _refused(
            folder / MANIFEST, f"is no manifest of this version ({key}: {found['msg']})"
        ) from error
    if manifest.weights_sha256 != weights_sha256:
        raise _refused(folder / MANIFEST, "was made from other weights than the model has now")
    for name, content, sha256 in (
        (GRAPH, graph, manifest.graph_sha256),
        (TOKENIZER, tokenizer, manifest.tokenizer_sha256),
    ):
        if hashlib.sha256(content).hexdigest() != sha256:
            raise _refused(folder / name, f"is not the file that {MANIFEST} vouches for")
    return CompiledForm(str(folder), weights_sha256, manifest.layout, graph, tokenizer)


def write_form(folder: Path, form: CompiledForm, manifest: Manifest) -> None:
    """Write a compiled form, whole or not at all.

    Raises:
        ModerationError: nothing can be written there.
    """
    try:
        if folder.is_file():
            folder.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder.parent, f"*/{SCRATCH}*")
        try:
            _write_files(folder, form, manifest)
        finally:
            if not any(folder.iterdir()):
                folder.rmdir()
    except OSError as error:
        raise ModerationError(
            f"{folder}: the compiled model cannot be written there ({error.strerror})"
        ) from error


def _write_files(folder: Path, form: CompiledForm, manifest: Manifest) -> None:
    with scratch_folder(folder, SCRATCH) as fresh:
        (fresh / GRAPH).write_bytes(form.graph)
        (fresh / TOKENIZER).write_bytes(form.tokenizer)
        (fresh / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
        for each in (MANIFEST, GRAPH, TOKENIZER):
            if (folder / each).is_dir():
                shutil.rmtree(folder / each)
        # Without a manifest there is no compiled form: it goes first and comes back last.
        (folder / MANIFEST).unlink(missing_ok=True)
        for each in (GRAPH, TOKENIZER, MANIFEST):
            (fresh / each).replace(folder / each)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailableError(f"{path}: cannot be read ({error.strerror})") from error


def _is_there(path: Path) -> bool:
    """Say whether something in the model cache is there.

    Raises:
        ModelUnavailableError: it cannot be seen.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise ModelUnavailableError(
            f"{path}: the model cache cannot be read ({error.strerror}), "
            f"expected a folder of yours; choose one with {CACHE_VARIABLE}"
        ) from error
    return True


def _refused(path: Path, what: str) -> UnfitFormError:
    return UnfitFormError(f"{path}: {what}, so it is not used")

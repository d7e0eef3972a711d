"""A model's compiled form on disk: int8 graph, tokenizer, and a manifest that vouches for both.

The bundled model's stands beside its weights, all others in the model cache. It is used only if
every hash in the manifest fits. Read by `bot.scoring.scorer`, made by `bot.scoring.compiling`;
run by `bot.scoring.onnx_engine`. Loads neither torch nor ONNX Runtime.
"""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import ModelUnavailableError, ModerationError, ScoringError
from bot.scoring.location import Location
from config.labels import Label

GRAPH, MANIFEST, TOKENIZER = "model.int8.onnx", "compiled.json", "tokenizer.json"

CACHE_VARIABLE = "EVENHAND_CACHE"


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

    format: Literal[1] = 1
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


def form_folder(location: Location, weights_sha256: str) -> Path:
    """Say where a model's compiled form belongs: beside the bundled weights, or in the cache."""
    if location.folder is not None and location.is_bundled:
        return location.folder
    return cache_folder() / weights_sha256


def cache_folder() -> Path:
    """Say where compiled forms are kept, one folder each, named by the hash of the weights."""
    chosen = os.environ.get(CACHE_VARIABLE)
    shared = os.environ.get("XDG_CACHE_HOME")
    root = Path(chosen) if chosen else Path(shared or "~/.cache") / "evenhand"
    return root.expanduser() / "compiled"


def find_form(location: Location) -> CompiledForm | None:
    """Read a model's compiled form; None where it was never compiled.

    Raises:
        ModelUnavailableError: the model's weights cannot be read.
        ScoringError: there is a form, but it is damaged, or was made from other weights.
    """
    if not location.is_bundled and not cache_folder().is_dir():
        return None  # saves reading a gigabyte of weights for nothing
    try:
        with location.weights.open("rb") as file:
            weights_sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailableError(
            f"{location.weights}: cannot be read ({error.strerror})"
        ) from error
    folder = form_folder(location, weights_sha256)
    if not (folder / MANIFEST).exists():
        return None
    return read_form(folder, weights_sha256)


def read_form(folder: Path, weights_sha256: str) -> CompiledForm:
    """Read a compiled form, and check that it is whole and made from these very weights.

    Raises:
        ScoringError: it is not.
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
        folder.mkdir(parents=True, exist_ok=True)
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
    with tempfile.TemporaryDirectory(dir=folder, prefix=".compiled-") as name:
        fresh = Path(name)
        (fresh / GRAPH).write_bytes(form.graph)
        (fresh / TOKENIZER).write_bytes(form.tokenizer)
        (fresh / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
        # Without a manifest there is no compiled form: it goes first and comes back last.
        (folder / MANIFEST).unlink(missing_ok=True)
        for each in (GRAPH, TOKENIZER, MANIFEST):
            (fresh / each).replace(folder / each)


def _refused(path: Path, what: str) -> ScoringError:
    return ScoringError(
        f"{path}: {what}, so it is not used; "
        "make it again with 'python bot.py compile', or choose --engine eager"
    )

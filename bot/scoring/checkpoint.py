"""Model files, read without running code from them: Detoxify's checkpoints and model folders.

A checkpoint is a pickle, and Detoxify itself runs whatever code is in one; here torch's
weights-only reader is used, with nothing added to what it allows (the published files need
nothing more: Detoxify's `convert_weights.py` stores plain settings and tensors). It builds no
model: `bot.scoring.detoxify_engine` does. Called by `bot.scoring.sources`.
"""

import hashlib
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import safetensors.torch
import torch
from pydantic import BaseModel, Field, ValidationError, model_validator

from bot.errors import ModelUnavailableError, ScoringError
from bot.scoring.location import SETTINGS, WEIGHTS

TOKENIZERS = {
    "BertForSequenceClassification": "BertTokenizer",
    "AlbertForSequenceClassification": "AlbertTokenizer",
    "RobertaForSequenceClassification": "RobertaTokenizer",
    "XLMRobertaForSequenceClassification": "XLMRobertaTokenizer",
}
"""The model classes that a file may name, and each one's tokenizer. No other name is followed."""

ZIP, PICKLE = b"PK\x03\x04", b"\x80"
"""What files of torch.save begin with, new ones and those from before 2020."""


class Architecture(BaseModel, frozen=True):
    """What a checkpoint says of the model it belongs to (Detoxify's `config["arch"]["args"]`)."""

    model_type: str
    model_name: str
    tokenizer_name: str
    num_classes: int = Field(gt=0)

    @model_validator(mode="after")
    def _is_known(self) -> "Architecture":
        if self.model_name not in TOKENIZERS:
            raise ValueError(f"unknown model class {self.model_name}")
        if self.tokenizer_name.removesuffix("Fast") != TOKENIZERS[self.model_name]:
            raise ValueError(f"{self.tokenizer_name} is no tokenizer for {self.model_name}")
        return self


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model file's content. `origin` names the file for people.

    `classes` names the model's first outputs; outputs beyond them (the identity classes of
    `unbiased`) served its training alone. `weights` are float32. `sha256` is that of the file.
    """

    origin: str
    architecture: Architecture
    classes: tuple[str, ...]
    weights: Mapping[str, torch.Tensor]
    sha256: str


def read_checkpoint(path: Path, *, hash_prefix: str = "") -> Checkpoint:
    """Read a checkpoint in Detoxify's format.

    Raises:
        ModelUnavailableError: there is no such file, or its sha256 does not begin as it should.
        ScoringError: it asks for code to be run, or is no whole checkpoint of Detoxify's.
    """
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            if not sha256.startswith(hash_prefix):
                raise ModelUnavailableError(
                    f"{path}: this is not the published file (its sha256 begins {sha256[:8]}, "
                    f"expected {hash_prefix}); delete it, and it will be fetched again"
                )
            file.seek(0)
            content = _unpickle(file, str(path))
    except OSError as error:
        raise ModelUnavailableError(f"{path}: cannot be read ({error.strerror})") from error
    return _checked(content, str(path), sha256)


def read_folder(folder: Path) -> Checkpoint:
    """Read a model folder: config.json with the labels, a tokenizer, model.safetensors.

    Raises:
        ModelUnavailableError: the folder lacks a file.
        ScoringError: a file in it cannot be used.
    """
    try:
        content = (folder / WEIGHTS).read_bytes()
        settings = _FolderSettings.model_validate_json((folder / SETTINGS).read_bytes())
        weights = safetensors.torch.load(content)
    except OSError as error:
        raise ModelUnavailableError(
            f"{error.filename}: cannot be read ({error.strerror}), "
            f"expected a model folder with {SETTINGS}, a tokenizer and {WEIGHTS}"
        ) from error
    except ValidationError as error:
        raise ScoringError(f"{folder / SETTINGS}: {_first(error)}") from error
    except safetensors.SafetensorError as error:
        raise ScoringError(f"{folder / WEIGHTS}: is not a safetensors file ({error})") from error
    return Checkpoint(
        origin=str(folder),
        architecture=settings.architecture(str(folder)),
        classes=tuple(settings.id2label[at] for at in sorted(settings.id2label)),
        weights=_float32(weights, str(folder / WEIGHTS)),
        sha256=hashlib.sha256(content).hexdigest(),
    )


class _FolderSettings(BaseModel):
    """The part of a model folder's config.json that is read here."""

    architectures: tuple[str, ...] = Field(min_length=1)
    id2label: dict[int, str] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_usable(self) -> "_FolderSettings":
        if self.architectures[0] not in TOKENIZERS:
            raise ValueError(
                f"unknown model class {self.architectures[0]}, expected {' or '.join(TOKENIZERS)}"
            )
        if sorted(self.id2label) != list(range(len(self.id2label))):
            raise ValueError("id2label must number the labels from 0 without a gap")
        return self

    def architecture(self, folder: str) -> Architecture:
        """Say in a checkpoint's words which model this is."""
        return Architecture(
            model_type=folder,
            model_name=self.architectures[0],
            tokenizer_name=TOKENIZERS[self.architectures[0]],
            num_classes=len(self.id2label),
        )


class _Dataset(BaseModel):
    classes: tuple[str, ...] = Field(min_length=1)


class _DatasetArgs(BaseModel):
    args: _Dataset


class _ArchitectureArgs(BaseModel):
    args: Architecture


class _Config(BaseModel):
    """The part of a checkpoint's `config` that is read here."""

    arch: _ArchitectureArgs
    dataset: _DatasetArgs

    @model_validator(mode="after")
    def _fits(self) -> "_Config":
        if len(self.dataset.args.classes) > self.arch.args.num_classes:
            raise ValueError("names more classes than the model has outputs")
        return self


def _unpickle(file: Any, origin: str) -> object:
    try:
        with warnings.catch_warnings():
            # Torch warns of pickle protocols that it then refuses: the refusal says enough.
            warnings.simplefilter("ignore", UserWarning)
            return cast("object", torch.load(file, map_location="cpu", weights_only=True))
    except Exception as error:  # a crafted file can make the reader raise anything at all
        file.seek(0)
        raise ScoringError(f"{origin}: {_refusal(error, file.read(4))}") from error


def _refusal(error: Exception, beginning: bytes) -> str:
    """Say in one clause why torch's weights-only reader refused a file.

    Its own reasons are its insides ("Unsupported operand 149"); what the file is tells people more.
    """
    asked_for = re.search(r"GLOBAL ([\w.]+)", str(error))
    if asked_for:
        return (
            f"refused, because it asks for {asked_for[1]} to be run; "
            "a checkpoint may hold weights and settings alone"
        )
    if not beginning:
        what = "is empty"
    elif beginning == ZIP:
        what = "is damaged or cut short"
    elif beginning.startswith(PICKLE):
        what = "is a pickle that is damaged or cannot be read without running it"
    else:
        what = "is no file of PyTorch's"
    return f"{what}, expected a checkpoint in Detoxify's format, as torch.save writes it"


def _checked(content: object, origin: str, sha256: str) -> Checkpoint:
    table = cast("dict[object, object]", content) if isinstance(content, dict) else {}
    weights = table.get("state_dict")
    if "config" not in table or not isinstance(weights, dict):
        raise ScoringError(
            f"{origin}: is no checkpoint in Detoxify's format, "
            "expected a table with 'config' and 'state_dict'"
        )
    try:
        known = _Config.model_validate(table["config"])
    except ValidationError as error:
        raise ScoringError(f"{origin}: config: {_first(error)}") from error
    tensors = _float32(cast("dict[object, object]", weights), origin)
    return Checkpoint(origin, known.arch.args, known.dataset.args.classes, tensors, sha256)


def _float32(weights: Mapping[Any, object], origin: str) -> dict[str, torch.Tensor]:
    """Check that a table holds named tensors alone, and widen half precision."""
    tensors: dict[str, torch.Tensor] = {}
    for name, tensor in weights.items():
        if not isinstance(name, str) or not isinstance(tensor, torch.Tensor):
            raise ScoringError(f"{origin}: {name!r} among its weights is no named tensor")
        tensors[name] = tensor.float() if tensor.is_floating_point() else tensor
    return tensors


def _first(error: ValidationError) -> str:
    """Put a validation error's first finding into words: which key, and what is wrong."""
    found = error.errors()[0]
    key = ".".join(str(part) for part in found["loc"])
    what = found["msg"].removeprefix("Value error, ")
    return f"{key}: {what}" if key else what

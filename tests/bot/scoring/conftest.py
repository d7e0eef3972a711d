"""Tiny random models in Detoxify's format, made here and without network, and a blocked network."""

import json
import shutil
import socket
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
import safetensors.torch
import torch
import transformers

ORIGINAL = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
UNBIASED = (
    "toxicity",
    "severe_toxicity",
    "obscene",
    "identity_attack",
    "insult",
    "threat",
    "sexual_explicit",
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = ("you", "are", "an", "idiot", "the", "harvest", "was", "good", "this", "year")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    # Far wider than a real start, so that scores spread over [0, 1] and differ between texts.
    "initializer_range": 0.6,
}


@dataclass(frozen=True)
class TinyModel:
    """A checkpoint as Detoxify publishes them, and beside it the settings and tokenizer."""

    checkpoint: Path
    settings: Path
    content: dict[str, Any]


def _bert_tokenizer() -> Any:
    pieces = [*SPECIAL, *WORDS, *LETTERS, *(f"##{letter}" for letter in LETTERS), ".", "[", "]"]
    return transformers.BertTokenizer(vocab={piece: at for at, piece in enumerate(pieces)})


def _roberta_tokenizer() -> Any:
    from tokenizers.pre_tokenizers import ByteLevel

    pieces = ["<s>", "<pad>", "</s>", "<unk>", *sorted(ByteLevel.alphabet()), "<mask>"]
    return transformers.RobertaTokenizer(
        vocab={piece: at for at, piece in enumerate(pieces)}, merges=[]
    )


def _albert_tokenizer() -> Any:
    special = [("<pad>", 0.0), ("<unk>", 0.0), ("[CLS]", 0.0), ("[SEP]", 0.0), ("[MASK]", 0.0)]
    return transformers.AlbertTokenizer(vocab=[*special, *_unigrams()])


def _xlm_roberta_tokenizer() -> Any:
    special = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    return transformers.XLMRobertaTokenizer(vocab=[*special, *_unigrams(), ("<mask>", 0.0)])


def _unigrams() -> list[tuple[str, float]]:
    words = [(f"▁{word}", -2.0) for word in WORDS]
    return [("▁", -3.0), *words, *((letter, -5.0) for letter in LETTERS)]


FAMILIES = {
    "bert": ("Bert", _bert_tokenizer, ORIGINAL, 6, {}),
    "albert": ("Albert", _albert_tokenizer, ORIGINAL, 6, {"embedding_size": 8}),
    # 7 labels and 9 identity classes, which served training alone, as in Detoxify's `unbiased`.
    "roberta": ("Roberta", _roberta_tokenizer, UNBIASED, 16, {}),
    "xlm-roberta": ("XLMRoberta", _xlm_roberta_tokenizer, UNBIASED, 16, {}),
}


def make_model(family: str, folder: Path) -> TinyModel:
    """Write a tiny model of one family into `folder`."""
    name, make_tokenizer, classes, outputs, extra = FAMILIES[family]
    tokenizer = make_tokenizer()
    positions = 514 if "roberta" in family else 512
    config = getattr(transformers, f"{name}Config")(
        vocab_size=len(tokenizer),
        max_position_embeddings=positions,
        pad_token_id=tokenizer.pad_token_id,
        **SMALL,
        **extra,
    )
    settings = folder / "settings"
    config.save_pretrained(settings)  # a bare language model: it knows nothing of our labels
    tokenizer.save_pretrained(settings)
    torch.manual_seed(20)
    config.num_labels = outputs
    network = getattr(transformers, f"{name}ForSequenceClassification")(config)
    weights = OrderedDict(network.state_dict())
    prefix = "roberta" if "roberta" in family else family
    # The published files hold this buffer; transformers has since stopped to keep it.
    weights[f"{prefix}.embeddings.position_ids"] = torch.arange(positions)[None, :]
    content = {
        "config": {
            "name": "Tiny",
            "arch": {
                "type": name,
                "args": {
                    "num_classes": outputs,
                    "model_type": "settings",
                    "model_name": f"{name}ForSequenceClassification",
                    "tokenizer_name": f"{name}Tokenizer",
                },
            },
            "dataset": {"type": "Jigsaw", "args": {"classes": list(classes), "val_fraction": None}},
        },
        "state_dict": weights,
    }
    torch.save(content, folder / "tiny.ckpt")
    return TinyModel(folder / "tiny.ckpt", settings, content)


def make_folder(model: TinyModel, folder: Path) -> Path:
    """Write the same model as a folder like the bundled one: labels in config.json, safetensors."""
    args = model.content["config"]["arch"]["args"]
    settings = json.loads((model.settings / "config.json").read_text())
    classes = model.content["config"]["dataset"]["args"]["classes"]
    names = [*classes, *(f"identity_{at}" for at in range(args["num_classes"] - len(classes)))]
    settings["architectures"] = [args["model_name"]]
    settings["id2label"] = {str(at): name for at, name in enumerate(names)}
    settings["label2id"] = {name: at for at, name in enumerate(names)}
    folder.mkdir()
    for file in model.settings.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "config.json").write_text(json.dumps(settings))
    half = {
        name: tensor.half().contiguous()
        for name, tensor in model.content["state_dict"].items()
        if tensor.is_floating_point()
    }
    safetensors.torch.save_file(half, folder / "model.safetensors")
    return folder


@pytest.fixture(scope="session", params=list(FAMILIES))
def any_model(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> TinyModel:
    """One tiny model of each family Detoxify publishes."""
    return make_model(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> TinyModel:
    return make_model("bert", tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="session")
def bert_folder(bert: TinyModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(bert, tmp_path_factory.mktemp("folder") / "tiny")


@pytest.fixture
def calm(bert: TinyModel, tmp_path: Path) -> Path:
    """A checkpoint that int8 spoils little: its logits are a tenth as large as those of `bert`."""
    shutil.copytree(bert.settings, tmp_path / "settings")
    weights = dict(bert.content["state_dict"])
    weights["classifier.weight"] = weights["classifier.weight"] / 10
    torch.save({**bert.content, "state_dict": weights}, tmp_path / "calm.ckpt")
    return tmp_path / "calm.ckpt"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Refuse every connection, and list what was asked for."""
    asked: list[str] = []

    def refuse(*args: object, **_: object) -> NoReturn:
        asked.append(str(args))
        raise OSError("the network is unreachable")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return asked

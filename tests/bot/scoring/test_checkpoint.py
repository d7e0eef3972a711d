"""Model files are read without running code: hostile files, broken files, and what they answer."""

import builtins
import io
import json
import os
import pickle
import runpy
import subprocess
import tarfile
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch

from bot.errors import ModelUnavailableError, ScoringError
from bot.scoring.checkpoint import read_checkpoint, read_folder


class Payload:
    """Pickles as a call of `function` with `args`: the classic hostile object."""

    def __init__(self, function, *args) -> None:
        self.call = (function, args)

    def __reduce__(self):
        return self.call


class Builder:
    """Runs its call while the object's state is put back, not while it is made."""

    def __init__(self, payload: Payload) -> None:
        self.payload = payload

    def __reduce__(self):
        return OrderedDict, (), {"inner": self.payload}


CALLS = {
    "os.system": lambda mark: Payload(os.system, f"touch {mark}"),
    "eval": lambda mark: Payload(builtins.eval, f"open({str(mark)!r}, 'w').close()"),
    "exec": lambda mark: Payload(builtins.exec, f"open({str(mark)!r}, 'w').close()"),
    "subprocess": lambda mark: Payload(subprocess.check_call, ["touch", str(mark)]),
    "mkdir": lambda mark: Payload(os.mkdir, str(mark)),
    "runpy": lambda mark: Payload(runpy.run_path, str(mark) + ".py"),
    "state": lambda mark: Builder(Payload(os.system, f"touch {mark}")),
    "pickle in pickle": lambda mark: Payload(
        pickle.loads, pickle.dumps(Payload(os.system, f"touch {mark}"))
    ),
}
PLACES = {
    "alone": lambda good, bad: bad,
    "beside": lambda good, bad: {**good, "epoch": bad},
    "in the settings": lambda good, bad: {**good, "config": {**good["config"], "name": [bad]}},
    "among the weights": lambda good, bad: {
        **good,
        "state_dict": OrderedDict({**good["state_dict"], "classifier.bias": bad}),
    },
}


def write_zip(content, path: Path) -> None:
    torch.save(content, path)


def write_newer_zip(content, path: Path) -> None:
    torch.save(content, path, pickle_protocol=4)


def write_legacy(content, path: Path) -> None:
    torch.save(content, path, _use_new_zipfile_serialization=False)


def write_pickle(content, path: Path) -> None:
    path.write_bytes(pickle.dumps(content, protocol=4))


FORMATS = {
    "zip": write_zip,
    "newer zip": write_newer_zip,
    "legacy": write_legacy,
    "pickle": write_pickle,
}


@pytest.fixture(params=CALLS)
def hostile(request, tmp_path):
    """A live payload: what makes it, and the file that exists once it has run."""
    mark = tmp_path / "it-ran"
    Path(f"{mark}.py").write_text(f"open({str(mark)!r}, 'w').close()")
    return CALLS[request.param](mark), mark


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("place", PLACES)
def test_code_in_a_checkpoint_is_refused_and_not_run(bert, tmp_path, hostile, place, form):
    payload, mark = hostile
    path = tmp_path / "hostile.ckpt"
    FORMATS[form](PLACES[place](bert.content, payload), path)

    with pytest.raises(ScoringError) as caught:
        read_checkpoint(path)

    assert not mark.exists()
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_these_payloads_do_run_where_nothing_stops_them(tmp_path, hostile):
    payload, mark = hostile
    path = tmp_path / "hostile.ckpt"
    write_zip(payload, path)

    torch.load(path, weights_only=False)

    assert mark.exists()


def test_the_refusal_names_what_was_to_be_run(tmp_path):
    path = tmp_path / "hostile.ckpt"
    write_zip({"config": Payload(os.system, "true"), "state_dict": {}}, path)

    with pytest.raises(
        ScoringError, match=r"refused, because it asks for (posix|nt)\.system to be run"
    ):
        read_checkpoint(path)


def test_code_named_by_the_settings_is_not_followed(bert, tmp_path):
    for key, value in {
        "model_name": "pipeline",
        "tokenizer_name": "AutoTokenizer",
        "num_classes": 0,
        "model_type": 7,
    }.items():
        config = json.loads(json.dumps(bert.content["config"]))
        config["arch"]["args"][key] = value
        torch.save({**bert.content, "config": config}, tmp_path / "odd.ckpt")

        with pytest.raises(ScoringError, match=r"config: arch\.args"):
            read_checkpoint(tmp_path / "odd.ckpt")


def test_a_published_checkpoint_is_read_as_it_is(bert):
    checkpoint = read_checkpoint(bert.checkpoint)

    assert checkpoint.classes[0] == "toxic"
    assert checkpoint.architecture.model_name == "BertForSequenceClassification"
    assert checkpoint.weights.keys() == bert.content["state_dict"].keys()
    assert len(checkpoint.sha256) == 64


def test_an_old_file_format_and_half_precision_are_read_too(bert, tmp_path):
    half = {name: tensor.half() for name, tensor in bert.content["state_dict"].items()}
    write_legacy({**bert.content, "state_dict": half}, tmp_path / "old.ckpt")

    weights = read_checkpoint(tmp_path / "old.ckpt").weights

    assert {tensor.dtype for tensor in weights.values()} == {torch.float32}


def broken_files(good: bytes) -> dict[str, tuple[bytes, str]]:
    """Give broken files by name, each with what is said of it."""
    tar, empty_zip = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("pickle"), io.BytesIO())
    with zipfile.ZipFile(empty_zip, "w") as archive:
        archive.writestr("nothing", "")
    none, cut = "is no file of PyTorch's", "is damaged or cut short"
    odd = "is a pickle that is damaged or cannot be read without running it"
    return {
        "empty": (b"", "is empty"),
        "text": (b"this is no model\n", none),
        "html": (b"<!DOCTYPE html><html>Not found</html>", none),
        "nearly whole": (good[:-1], cut),
        "half": (good[: len(good) // 2], cut),
        "torn": (good[:200] + bytes(200) + good[400:], cut),
        "tar": (tar.getvalue(), none),
        "zip of nothing": (empty_zip.getvalue(), cut),
        "newer pickle": (pickle.dumps({"config": 7}, protocol=4), odd),
        "endless stack": (b"\x80\x02" + b"(" * 5000 + b".", odd),
        "one byte": (b"\x80", odd),
    }


@pytest.mark.parametrize("broken", broken_files(b""))
def test_a_broken_checkpoint_is_one_sentence_that_says_what_it_is(bert, tmp_path, broken):
    path = tmp_path / "broken.ckpt"
    content, said = broken_files(bert.checkpoint.read_bytes())[broken]
    path.write_bytes(content)

    with pytest.raises(ScoringError) as caught:
        read_checkpoint(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}: {said}")
    assert sentence.endswith(
        ", expected a checkpoint in Detoxify's format, as torch.save writes it"
    )


@pytest.mark.parametrize(
    "content",
    [
        {"state_dict": {}},
        {"config": {}, "state_dict": {}},
        {"config": {"arch": {"args": {}}, "dataset": {"args": {"classes": []}}}, "state_dict": {}},
        {"config": {}, "state_dict": [1]},
        [1, 2],
    ],
)
def test_content_that_is_no_checkpoint_of_detoxifys_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "other.ckpt")

    with pytest.raises(ScoringError, match=r"other\.ckpt: (is no checkpoint|config: )"):
        read_checkpoint(tmp_path / "other.ckpt")


def test_more_classes_than_outputs_and_weights_that_are_none_are_refused(bert, tmp_path):
    config = json.loads(json.dumps(bert.content["config"]))
    config["dataset"]["args"]["classes"].append("seventh")
    torch.save({**bert.content, "config": config}, tmp_path / "more.ckpt")
    torch.save({**bert.content, "state_dict": {"classifier.bias": 1.0}}, tmp_path / "none.ckpt")

    with pytest.raises(ScoringError, match="more classes than the model has outputs"):
        read_checkpoint(tmp_path / "more.ckpt")
    with pytest.raises(
        ScoringError, match=r"'classifier\.bias' among its weights is no named tensor"
    ):
        read_checkpoint(tmp_path / "none.ckpt")


def test_a_file_with_another_hash_is_not_even_opened(bert, tmp_path):
    mark = tmp_path / "it-ran"
    path = tmp_path / "published-c1212f89.ckpt"
    write_pickle(Payload(os.system, f"touch {mark}"), path)

    with pytest.raises(ModelUnavailableError, match="expected c1212f89"):
        read_checkpoint(path, hash_prefix="c1212f89")
    assert not mark.exists()


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelUnavailableError, match=r"absent\.ckpt: cannot be read"):
        read_checkpoint(tmp_path / "absent.ckpt")


@pytest.mark.parametrize("absent", ["config.json", "model.safetensors"])
def test_a_folder_that_lacks_a_file_says_which(bert_folder, tmp_path, absent):
    for file in bert_folder.iterdir():
        if file.name != absent:
            (tmp_path / file.name).write_bytes(file.read_bytes())

    with pytest.raises(ModelUnavailableError, match=f"{absent}: cannot be read"):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("model.safetensors", "hello", "is not a safetensors file"),
        ("config.json", "{", "config.json: Invalid JSON"),
        (
            "config.json",
            '{"architectures": ["BertModel"], "id2label": {"0": "a"}}',
            "unknown model",
        ),
        (
            "config.json",
            '{"architectures": ["BertForSequenceClassification"], "id2label": {"1": "a"}}',
            "without a gap",
        ),
        ("config.json", '{"architectures": ["BertForSequenceClassification"]}', "id2label"),
    ],
)
def test_a_folder_with_a_broken_file_is_one_sentence(bert_folder, tmp_path, name, content, said):
    for file in bert_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / name).write_text(content)

    with pytest.raises(ScoringError, match=said) as caught:
        read_folder(tmp_path)
    assert "\n" not in str(caught.value)

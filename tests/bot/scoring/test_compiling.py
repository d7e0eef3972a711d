"""Compiling: what is kept, what is refused, and that half a compiled model is none."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from bot.errors import ModelUnavailableError, ModerationError, ScoringError, UnfitFormError
from bot.scoring import compiling, location, scorer
from bot.scoring.compiled_form import (
    CACHE_VARIABLE,
    GRAPH,
    MANIFEST,
    TOKENIZER,
    Manifest,
    cache_folder,
    find_form,
)
from bot.scoring.compiling import WATCHED, Compiled, Limits, compile_model, sample_texts
from bot.scoring.location import locate
from bot.scoring.scorer import load_scorer
from bot.scoring.watching import watch
from tests.bot.scoring.conftest import make_folder

ANY = Limits(mean_deviation=1, largest_deviation=1, changed_verdicts=1000)


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """A model cache in which nothing is made again by itself."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(scorer, "rebuild", lambda *_: False)
    return tmp_path / "cache" / "compiled"


def rewrite(path: Path, change: Callable[[Any], Any]) -> None:
    """Change a JSON file."""
    path.write_text(json.dumps(change(json.loads(path.read_text()))))


def replace(folder: Path, name: str, key: str, content: bytes) -> None:
    """Put another file into a form, and let the manifest vouch for it."""
    assert content != (folder / name).read_bytes()
    (folder / name).write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    rewrite(folder / MANIFEST, lambda manifest: {**manifest, key: sha256})


async def compiled(path: Path, limits: Limits = ANY) -> Compiled:
    return await compile_model(str(path), lambda *_: None, limits)


def all_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


async def test_the_manifest_says_from_what_by_what_and_how_true(bert, cache):
    made = await compiled(bert.checkpoint)

    manifest = Manifest.model_validate_json((made.folder / MANIFEST).read_bytes())
    assert made.folder.parent == cache
    assert manifest == made.manifest
    assert manifest.model == "tiny"
    assert manifest.weights_sha256 == load_scorer(str(bert.checkpoint)).model.sha256
    assert set(manifest.versions) == {"numpy", "onnx", "onnxruntime", "torch", "transformers"}
    assert manifest.figures.texts == len(sample_texts())
    assert 0 < manifest.figures.mean_deviation < manifest.figures.largest_deviation < 0.5
    assert {path.name for path in made.folder.iterdir()} == {GRAPH, MANIFEST, TOKENIZER}


async def test_the_same_weights_with_other_labels_are_another_model(bert, cache, tmp_path):
    folder = make_folder(bert, tmp_path / "folder")
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    await compiled(folder)
    assert find_form(locate(str(copy))) is not None
    rewrite(copy / "config.json", lambda config: {**config, "id2label": {"0": "threat"}})
    assert find_form(locate(str(copy))) is None


async def test_the_graph_takes_any_number_of_texts_of_any_length_and_holds_bytes(bert, cache):
    made = await compiled(bert.checkpoint)

    graph = onnx.load(made.folder / GRAPH).graph

    shapes = {
        each.name: [axis.dim_param or axis.dim_value for axis in each.type.tensor_type.shape.dim]
        for each in [*graph.input, *graph.output]
    }
    assert shapes == {"ids": ["texts", "tokens"], "lengths": ["texts"], "scores": ["texts", 6]}
    matrices = [each for each in graph.initializer if len(each.dims) == 2]
    int8 = sum(np.prod(each.dims) for each in matrices if each.data_type == onnx.TensorProto.INT8)
    # 2 layers of 4 * 16 * 16 for attention and 2 * 16 * 32 behind it, and 74 words of 16.
    vocabulary = len(json.loads((made.folder / TOKENIZER).read_bytes())["model"]["vocab"])
    assert int8 == 2 * (4 * 16 * 16 + 2 * 16 * 32) + vocabulary * 16


async def test_compiling_twice_makes_the_same_graph(bert, cache):
    first = await compiled(bert.checkpoint)
    content = (first.folder / GRAPH).read_bytes()

    again = await compiled(bert.checkpoint)

    assert (again.folder / GRAPH).read_bytes() == content


async def test_the_bundled_model_is_compiled_beside_its_weights(
    bert_folder, tmp_path, cache, monkeypatch
):
    bundled = tmp_path / "compact"
    shutil.copytree(bert_folder, bundled)
    monkeypatch.setattr(location, "COMPACT", bundled)
    before = {path.name: path.read_bytes() for path in bundled.iterdir()}

    made = await compile_model("compact", lambda *_: None, ANY)

    assert made.folder == bundled
    after = {path.name: path.read_bytes() for path in bundled.iterdir()}
    assert after.keys() - before.keys() == {GRAPH, MANIFEST}
    assert {name: after[name] for name in before} == before
    assert not cache.exists()
    assert load_scorer().model.name == "compact int8"


async def test_a_model_whose_scores_would_differ_too_much_is_not_kept(bert, cache):
    with pytest.raises(ScoringError, match=r"^tiny: compiled, its scores differ .* nothing was"):
        await compiled(bert.checkpoint, Limits(mean_deviation=1e-6))

    assert not cache.exists()


async def test_a_model_whose_verdicts_would_change_too_often_is_not_kept(bert, cache, monkeypatch):
    monkeypatch.setattr(compiling, "watch", lambda *_: None)  # every token has its own scale
    made = await compiled(bert.checkpoint)
    changed = made.manifest.figures.changed_verdicts
    assert changed > 0
    shutil.rmtree(cache)

    said = (
        rf"^tiny: compiled, it changes {changed} of \d+ verdicts .* at most {changed - 1}; nothing"
    )
    with pytest.raises(ScoringError, match=said):
        await compiled(bert.checkpoint, Limits(1, 1, changed_verdicts=changed - 1))
    assert not cache.exists()

    await compiled(bert.checkpoint, Limits(1, 1, changed_verdicts=changed))
    assert cache.exists()


async def test_where_no_scale_can_be_fixed_each_token_has_its_own(bert, cache, monkeypatch):
    steady = (await compiled(bert.checkpoint)).manifest.figures

    def much_too_far(*given: Any) -> dict[str, Any]:
        return {name: 1000 * farthest for name, farthest in watch(*given).items()}

    monkeypatch.setattr(compiling, "watch", much_too_far)
    strayed = (await compiled(bert.checkpoint)).manifest.figures
    kept = (await compiled(bert.checkpoint, Limits(0.1, 1, 1000))).manifest.figures

    assert strayed.mean_deviation > 0.1 > kept.mean_deviation
    assert kept != steady


async def test_no_scale_is_fixed_on_a_text_that_the_model_is_compared_on():
    assert not set(sample_texts()) & set(sample_texts(WATCHED))


@pytest.mark.parametrize(
    "step", ["Reading the model", "Watching", "Writing the graph", "Comparing"]
)
async def test_an_interrupted_compile_leaves_nothing(bert, cache, step):
    def interrupt(what: str, done: int, of: int) -> None:
        if what.startswith(step):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await compile_model(str(bert.checkpoint), interrupt, ANY)

    assert not cache.exists()


@pytest.mark.parametrize("broken_at", [1, 2, 3])
async def test_a_compile_that_breaks_while_writing_leaves_nothing_that_is_used(
    bert, cache, monkeypatch, broken_at
):
    moves = []
    replace = Path.replace

    def break_off(self: Path, target: Path) -> Path:
        moves.append(target)
        if len(moves) == broken_at:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", break_off)

    with pytest.raises(ModerationError, match=r"cannot be written there \(No space left"):
        await compiled(bert.checkpoint)

    assert not [path for path in all_files(cache) if path.name == MANIFEST]
    if broken_at == 1:
        assert not all_files(cache)
        assert find_form(locate(str(bert.checkpoint))) is None
    else:
        with pytest.raises(UnfitFormError, match=r"compiled\.json: cannot be read"):
            find_form(locate(str(bert.checkpoint)))


async def test_a_form_that_was_there_is_replaced_or_gone_but_never_mixed(bert, cache, monkeypatch):
    made = await compiled(bert.checkpoint)
    (made.folder / GRAPH).write_bytes(b"tampered with")

    await compiled(bert.checkpoint)

    assert load_scorer(str(bert.checkpoint)).model.name == "tiny int8"


@pytest.mark.parametrize("name", [GRAPH, TOKENIZER])
async def test_a_file_that_the_manifest_does_not_vouch_for_is_refused(bert, cache, name):
    made = await compiled(bert.checkpoint)
    content = bytearray((made.folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (made.folder / name).write_bytes(content)

    with pytest.raises(
        ScoringError, match=rf"{name}: is not the file that compiled\.json"
    ) as caught:
        load_scorer(str(bert.checkpoint))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [GRAPH, TOKENIZER])
async def test_a_form_that_lacks_a_file_is_refused(bert, cache, name):
    made = await compiled(bert.checkpoint)
    (made.folder / name).unlink()

    with pytest.raises(ScoringError, match=rf"{name}: cannot be read \(No such file"):
        load_scorer(str(bert.checkpoint))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 1}, r"no manifest of this version \(format"),
        ({"layout": {}}, r"\(layout\.labels: Field required"),
        ({"more": 1}, r"\(more: Extra inputs"),
        ({"weights_sha256": "0" * 64}, "made from other weights"),
    ],
)
async def test_a_manifest_that_does_not_fit_is_refused(bert, cache, change, said):
    made = await compiled(bert.checkpoint)
    path = made.folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    with pytest.raises(UnfitFormError, match=said):
        load_scorer(str(bert.checkpoint))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("labels", lambda labels: [labels[3], *labels[1:3], labels[0], *labels[4:]]),
        ("capacity", lambda capacity: capacity // 2),
        ("unknown_id", lambda unknown_id: unknown_id + 1),
        ("pad_id", lambda pad_id: pad_id + 1),
    ],
)
async def test_a_layout_that_the_graph_was_not_made_for_is_refused(bert, cache, field, value):
    made = await compiled(bert.checkpoint)

    def swap(manifest: Any) -> Any:
        layout = manifest["layout"]
        return {**manifest, "layout": {**layout, field: value(layout[field])}}

    rewrite(made.folder / MANIFEST, swap)

    with pytest.raises(UnfitFormError, match="its graph was made for other weights, another"):
        load_scorer(str(bert.checkpoint))


async def test_a_graph_of_another_model_is_refused_even_where_the_manifest_names_it(
    bert, bert_folder, cache
):
    mine, other = await compiled(bert.checkpoint), await compiled(bert_folder)
    replace(mine.folder, GRAPH, "graph_sha256", (other.folder / GRAPH).read_bytes())

    with pytest.raises(UnfitFormError, match="its graph was made for other weights, another"):
        load_scorer(str(bert.checkpoint))


async def test_another_tokenizer_is_refused_even_where_the_manifest_names_it(bert, cache):
    made = await compiled(bert.checkpoint)
    words = (made.folder / TOKENIZER).read_bytes().replace(b'"idiot"', b'"saint"')
    replace(made.folder, TOKENIZER, "tokenizer_sha256", words)

    with pytest.raises(UnfitFormError, match="its graph was made for other weights, another"):
        load_scorer(str(bert.checkpoint))


async def test_the_refusal_says_how_to_make_that_model_s_form_again(bert, cache):
    made = await compiled(bert.checkpoint)
    (made.folder / GRAPH).unlink()

    with pytest.raises(UnfitFormError) as caught:
        load_scorer(str(bert.checkpoint))
    assert str(caught.value).endswith(
        f"so it is not used; make it again with: python bot.py compile {bert.checkpoint}"
    )


@pytest.mark.parametrize(
    "stands_there", ["a file", "a folder for a manifest", "a folder for a graph"]
)
async def test_whatever_stands_in_its_place_a_form_can_be_compiled_again(bert, cache, stands_there):
    made = await compiled(bert.checkpoint)
    if stands_there == "a file":
        shutil.rmtree(made.folder)
        made.folder.touch()
    else:
        name = MANIFEST if "manifest" in stands_there else GRAPH
        (made.folder / name).unlink()
        (made.folder / name / "inner").mkdir(parents=True)
    with pytest.raises(UnfitFormError):
        load_scorer(str(bert.checkpoint))

    await compiled(bert.checkpoint)

    assert load_scorer(str(bert.checkpoint)).model.name == "tiny int8"


async def test_a_cache_that_cannot_be_read_is_one_sentence(bert, cache, monkeypatch):
    made = await compiled(bert.checkpoint)
    stat = Path.stat

    def forbid(self: Path, **how: Any) -> os.stat_result:
        if self in (cache, made.folder / MANIFEST):
            raise PermissionError(13, "Permission denied", str(self))
        return stat(self, **how)

    monkeypatch.setattr(Path, "stat", forbid)
    with pytest.raises(ModelUnavailableError) as caught:
        load_scorer(str(bert.checkpoint))
    assert str(caught.value) == (
        f"{cache}: the model cache cannot be read (Permission denied), "
        "expected a folder of yours; choose one with EVENHAND_CACHE"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="a kill as Unix has it")
def test_what_a_killed_compile_left_is_swept_by_the_next(bert, cache):
    other = cache / ("0" * 64)
    other.mkdir(parents=True)
    killed = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from bot.scoring.compiled_form import SCRATCH\n"
        "from bot.scoring.scratch import scratch_folder\n"
        "with scratch_folder(Path(sys.argv[1]), SCRATCH):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", killed, str(other)], cwd=Path(__file__).parents[3], check=False
    )
    assert done.returncode != 0
    assert len(list(other.iterdir())) == 1

    asyncio.run(compiled(bert.checkpoint))

    assert list(other.iterdir()) == []


async def test_other_weights_under_the_same_path_are_another_model(bert, tmp_path, cache):
    path = tmp_path / "tiny.ckpt"
    shutil.copytree(bert.settings, tmp_path / "settings")
    shutil.copy(bert.checkpoint, path)
    await compiled(path)
    assert load_scorer(str(path)).model.name == "tiny int8"

    weights = {**bert.content["state_dict"], "classifier.bias": torch.ones(6)}
    torch.save({**bert.content, "state_dict": weights}, path)

    assert load_scorer(str(path)).model.name == "tiny"


async def test_new_bundled_weights_beside_an_old_form_are_noticed(
    bert_folder, tmp_path, cache, monkeypatch
):
    bundled = tmp_path / "compact"
    shutil.copytree(bert_folder, bundled)
    monkeypatch.setattr(location, "COMPACT", bundled)
    await compile_model("compact", lambda *_: None, ANY)
    with (bundled / "model.safetensors").open("ab") as file:
        file.write(b" ")

    with pytest.raises(ScoringError, match="made from other weights than the model has now"):
        load_scorer()


async def test_a_form_of_another_model_under_this_ones_hash_is_refused(bert, bert_folder, cache):
    mine = await compiled(bert.checkpoint)
    other = await compiled(bert_folder)
    shutil.rmtree(mine.folder)
    shutil.copytree(other.folder, mine.folder)

    with pytest.raises(ScoringError, match="made from other weights"):
        load_scorer(str(bert.checkpoint))


async def test_an_activation_that_is_not_known_is_named(bert, tmp_path, cache):
    path = tmp_path / "tiny.ckpt"
    shutil.copytree(bert.settings, tmp_path / "settings")
    shutil.copy(bert.checkpoint, path)
    settings = json.loads((tmp_path / "settings" / "config.json").read_text())
    (tmp_path / "settings" / "config.json").write_text(
        json.dumps({**settings, "hidden_act": "silu"})
    )

    with pytest.raises(ScoringError, match="activation 'silu' cannot be compiled, expected gelu"):
        await compiled(path)


async def test_weights_that_are_no_numbers_are_refused(bert, tmp_path, cache):
    path = tmp_path / "tiny.ckpt"
    shutil.copytree(bert.settings, tmp_path / "settings")
    weights = {**bert.content["state_dict"], "classifier.bias": torch.full((6,), float("nan"))}
    torch.save({**bert.content, "state_dict": weights}, path)

    with pytest.raises(ScoringError, match="weights that are no numbers"):
        await compiled(path)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({CACHE_VARIABLE: "/a", "XDG_CACHE_HOME": "/b"}, "/a/compiled"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/evenhand/compiled"),
        ({"HOME": "/c"}, "/c/.cache/evenhand/compiled"),
    ],
)
def test_the_cache_is_where_the_environment_says(monkeypatch, variables, expected):
    for name in (CACHE_VARIABLE, "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert cache_folder() == Path(expected)


def test_the_sample_has_all_lengths_and_no_text_twice():
    texts = sample_texts()
    words = [len(text.split()) for text in texts]

    assert len(set(texts)) == len(texts) > 140
    assert min(words) == 1
    assert max(words) == 700

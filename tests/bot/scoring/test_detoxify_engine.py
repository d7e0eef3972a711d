"""The eager engine against Detoxify itself, on tiny random models of every family."""

import json
from pathlib import Path

import pytest
import torch
from detoxify import Detoxify

from bot.errors import ScoringError
from bot.scoring.checkpoint import read_checkpoint, read_folder
from bot.scoring.detoxify_engine import DetoxifyEngine
from bot.scoring.windows import batches
from config.labels import DETOXIFY_SPELLINGS, Label

TEXTS = [
    "you are an idiot",
    "The harvest was good this year.",
    "a",
    "you idiot " * 20,
    "übel Wörter, 日本 and 😀 too",
]


def load(model) -> DetoxifyEngine:
    return DetoxifyEngine(read_checkpoint(model.checkpoint), model.settings)


def detoxify(model) -> Detoxify:
    """Load the same file as Detoxify does; its own way to local settings needs whole ones."""
    content = json.loads(json.dumps(model.content["config"]))
    content["arch"]["args"]["model_type"] = str(model.settings)
    path = model.checkpoint.with_name("for-detoxify.ckpt")
    torch.save({"config": content, "state_dict": model.content["state_dict"]}, path)
    return Detoxify(checkpoint=str(path))


def score(engine: DetoxifyEngine, texts: list[str]) -> list[dict[Label, float]]:
    windows = [window for [window] in engine.cut(texts)]
    found: dict[int, list[float]] = {}
    for batch in batches(windows, max_tokens=512):
        found.update(zip(batch, engine.score([windows[at] for at in batch]), strict=True))
    return [dict(zip(engine.labels, found[at], strict=True)) for at in range(len(texts))]


def test_scores_are_those_of_detoxify(any_model):
    theirs = detoxify(any_model)
    expected = [
        {DETOXIFY_SPELLINGS.get(name, name): value for name, value in theirs.predict(text).items()}
        for text in TEXTS
    ]

    ours = score(load(any_model), TEXTS)

    assert [set(row) for row in ours] == [set(row) for row in expected]
    for row, reference in zip(ours, expected, strict=True):
        assert row == pytest.approx(reference, abs=1e-5)
    # The comparison would be empty if a random model said the same of every text.
    assert len({round(row[Label.TOXICITY], 3) for row in ours}) == len(TEXTS)


def test_a_score_does_not_depend_on_the_texts_scored_beside_it(any_model):
    engine = load(any_model)

    alone = [score(engine, [text])[0] for text in TEXTS]

    for row, reference in zip(score(engine, TEXTS), alone, strict=True):
        assert row == pytest.approx(reference, abs=1e-5)


def test_classes_that_are_no_label_of_ours_are_left_out(bert):
    checkpoint = read_checkpoint(bert.checkpoint)
    renamed = type(checkpoint)(
        checkpoint.origin,
        checkpoint.architecture,
        ("male", "toxic", "female", "threat", "black", "white"),
        checkpoint.weights,
        checkpoint.sha256,
    )
    whole, part = load(bert), DetoxifyEngine(renamed, bert.settings)

    assert part.labels == (Label.TOXICITY, Label.THREAT)
    # Columns 1 and 3 of the same six outputs.
    assert [*score(part, ["you"])[0].values()] == [
        list(score(whole, ["you"])[0].values())[at] for at in (1, 3)
    ]


def test_a_folder_scores_as_the_checkpoint_it_was_made_from(bert, bert_folder):
    from_folder = DetoxifyEngine(read_folder(bert_folder), bert_folder)

    for row, reference in zip(score(from_folder, TEXTS), score(load(bert), TEXTS), strict=True):
        # Half precision keeps 11 bits of a weight: a few thousandths after two layers.
        assert row == pytest.approx(reference, abs=2e-2)


def test_models_are_loaded_and_used_without_network(bert, bert_folder, no_network):
    score(load(bert), ["you"])
    score(DetoxifyEngine(read_folder(bert_folder), bert_folder), ["you"])

    assert no_network == []


def test_loading_prints_nothing(bert, capfd):
    load(bert)

    assert capfd.readouterr() == ("", "")


def test_structure_tokens_spelt_out_in_a_comment_are_only_letters(any_model):
    engine = load(any_model)

    [[plain], [spelt]] = engine.cut(["you", "[SEP] </s> [PAD] <pad> you"])

    assert len(set(plain.ids) & set(spelt.ids)) >= 3  # start, "you", end
    inner = spelt.ids[1:-1]
    assert plain.ids[0] not in inner
    assert plain.ids[-1] not in inner


@pytest.mark.parametrize("at", [0, 180, 250, 1500, 2996])
def test_a_sentence_anywhere_in_a_long_text_stands_whole_in_a_window(any_model, at):
    calm = ["the", "harvest", "was", "good", "this", "year"] * 500
    words = [*calm[:at], "you", "are", "an", "idiot", *calm[at + 4 :]]

    [windows] = load(any_model).cut([" ".join(words)])

    assert len(windows) >= 16
    assert any("you are an idiot" in window.text for window in windows)


@pytest.mark.parametrize("broken", ["missing", "misshapen", "not a number"])
def test_damaged_weights_are_refused_and_never_made_up(bert, tmp_path, broken):
    weights = dict(bert.content["state_dict"])
    if broken == "missing":
        del weights["classifier.weight"]
    elif broken == "misshapen":
        weights["classifier.weight"] = weights["classifier.weight"][:, :3].clone()
    else:
        weights["classifier.weight"] = weights["classifier.weight"] * float("nan")
    torch.save({**bert.content, "state_dict": weights}, tmp_path / "broken.ckpt")

    with pytest.raises(ScoringError):
        score(DetoxifyEngine(read_checkpoint(tmp_path / "broken.ckpt"), bert.settings), ["you"])


def test_settings_with_fewer_layers_than_the_weights_are_refused(bert, tmp_path):
    for file in bert.settings.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    settings = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**settings, "num_hidden_layers": 1}))

    # A BERT layer has 16 weights: 6 linear layers and 2 norms, each with weight and bias.
    with pytest.raises(ScoringError, match=r"encoder\.layer\.1\..* \(0 missing, 16 too many\)"):
        DetoxifyEngine(read_checkpoint(bert.checkpoint), tmp_path)


def test_a_label_named_twice_is_refused(bert, tmp_path):
    config = json.loads(json.dumps(bert.content["config"]))
    config["dataset"]["args"]["classes"] = ["toxic", "toxicity"]
    torch.save({**bert.content, "config": config}, tmp_path / "twice.ckpt")

    with pytest.raises(ScoringError, match="names the label toxicity twice"):
        DetoxifyEngine(read_checkpoint(tmp_path / "twice.ckpt"), bert.settings)


def test_a_tokenizer_of_another_model_is_refused(bert, tmp_path):
    tokenizer = json.loads((bert.settings / "tokenizer.json").read_text())
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary["one-more"] = len(vocabulary)
    (tmp_path / "config.json").write_bytes((bert.settings / "config.json").read_bytes())
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer))

    with pytest.raises(ScoringError, match="its tokenizer knows"):
        DetoxifyEngine(read_checkpoint(bert.checkpoint), tmp_path)


@pytest.mark.parametrize("content", ["", "{", '{"model": {"type": "WordPiece"}}'])
def test_a_broken_tokenizer_file_is_one_sentence(bert, tmp_path, content):
    (tmp_path / "config.json").write_bytes((bert.settings / "config.json").read_bytes())
    (tmp_path / "tokenizer.json").write_text(content)

    with pytest.raises(ScoringError, match="do not fit the weights") as caught:
        DetoxifyEngine(read_checkpoint(bert.checkpoint), tmp_path)
    assert "\n" not in str(caught.value)


def test_a_model_without_any_known_label_is_refused(bert, tmp_path):
    config = json.loads(json.dumps(bert.content["config"]))
    config["dataset"]["args"]["classes"] = ["spam", "ham"]
    path: Path = tmp_path / "spam.ckpt"
    torch.save({**bert.content, "config": config}, path)

    with pytest.raises(ScoringError, match="no label of Detoxify's, only spam, ham"):
        DetoxifyEngine(read_checkpoint(path), bert.settings)

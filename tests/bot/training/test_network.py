"""The files of the network: what is saved loads in Detoxify's own code and scores the same."""

from pathlib import Path

import numpy as np
import pytest
import torch
from detoxify.detoxify import get_model_and_tokenizer
from safetensors.torch import load_file

from bot.errors import BadInputError
from bot.training.measure import Calibration
from bot.training.network import (
    MAX_TOKENS,
    RatersHead,
    build_network,
    encode,
    fold_in,
    load_tokenizer,
    logits_of,
    raters_index,
    save_network,
    start_from,
    token_lengths,
)
from bot.training.sources import LABELS, SHARES, Raters
from config.labels import Label

PLAIN = Calibration(np.ones(6), np.zeros(6))
TEXTS = ["you are a fool", "nice day", "the good friend and the bad day"]


def test_padding_and_mask_fit_the_longest_text(base: Path) -> None:
    ids, mask = encode(load_tokenizer(base), ["nice day", "nice"])
    # [CLS] nice day [SEP] against [CLS] nice [SEP] [PAD].
    assert ids.shape == (2, 4)
    assert mask.tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]


def test_long_texts_are_cut(base: Path) -> None:
    assert token_lengths(load_tokenizer(base), ["day " * 500, "day"]).tolist() == [MAX_TOKENS, 3]


def test_texts_score_alike_alone_and_in_company(base: Path) -> None:
    network, tokenizer = build_network(base, 1), load_tokenizer(base)
    together = logits_of(network, tokenizer, TEXTS)
    alone = np.concatenate([logits_of(network, tokenizer, [text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=0.02)  # bfloat16 keeps three digits


def test_calibration_folded_in_is_the_same_as_applied_after(base: Path) -> None:
    network, tokenizer = build_network(base, 1), load_tokenizer(base)
    before = logits_of(network, tokenizer, TEXTS)
    scale, shift = np.linspace(0.5, 1.5, 6), np.linspace(-1, 1, 6)
    fold_in(network, Calibration(scale, shift))
    after = logits_of(network, tokenizer, TEXTS)
    np.testing.assert_allclose(after, before * scale + shift, atol=0.02)


def test_saved_files_load_in_detoxify_s_own_code(base: Path, tmp_path: Path) -> None:
    network = build_network(base, 1).eval()
    fold_in(network, PLAIN)
    save_network(network, base, tmp_path)
    state = {
        name: value.float() for name, value in load_file(tmp_path / "model.safetensors").items()
    }
    loaded, tokenizer = get_model_and_tokenizer(
        model_type=str(tmp_path),
        model_name="BertForSequenceClassification",
        tokenizer_name="BertTokenizer",
        num_classes=len(LABELS),
        state_dict=state,
    )
    assert [loaded.config.id2label[n] for n in range(6)] == [str(label) for label in LABELS]
    ids, mask = encode(load_tokenizer(base), TEXTS)
    inputs = tokenizer(TEXTS, return_tensors="pt", truncation=True, padding=True)
    assert inputs["input_ids"].tolist() == ids.tolist()
    with torch.no_grad():
        ours = network(input_ids=ids, attention_mask=mask).logits
        theirs = loaded.eval()(**inputs).logits
    # Weights went through half precision: eleven bits of mantissa.
    torch.testing.assert_close(theirs, ours, atol=5e-3, rtol=5e-3)


def test_weights_are_stored_in_half_precision(base: Path, tmp_path: Path) -> None:
    network = build_network(base, 1)
    fold_in(network, PLAIN)
    save_network(network, base, tmp_path)
    assert {value.dtype for value in load_file(tmp_path / "model.safetensors").values()} == {
        torch.float16
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_the_head_depends_on_the_seed_alone(base: Path, seed: int) -> None:
    first, again = build_network(base, seed), build_network(base, seed)
    torch.testing.assert_close(first.classifier.weight, again.classifier.weight)
    assert not torch.equal(first.classifier.weight, build_network(base, 9).classifier.weight)


def a_head() -> RatersHead:
    """Two inputs, six labels; the raters differ: WIKIPEDIA says 1, CROWD 2 and HATE 3 times x."""
    head = RatersHead(torch.ones(6, 2), torch.zeros(6))
    with torch.no_grad():
        for number in range(3):
            head.weight[number] *= number + 1
    return head


def test_each_text_gets_its_own_raters_outputs_or_the_mixture() -> None:
    pooled = torch.tensor([[0.5, 0.5]] * 4)
    raters = raters_index([Raters.WIKIPEDIA, Raters.HATE, None, Raters.CROWD])
    given = a_head().by_raters(pooled, raters)
    assert given[:, 0].tolist() == pytest.approx(
        # toxicity: .7 of one, .15 of two, .15 of three are 1.45
        [1.0, 3.0, 1.45, 2.0]
    )
    torch.testing.assert_close(given[2:3], a_head()(pooled[2:3]))


def test_one_kind_of_raters_is_not_taught_by_another() -> None:
    head = a_head()
    head.by_raters(torch.ones(1, 2), raters_index([Raters.CROWD])).sum().backward()
    assert head.weight.grad is not None
    assert head.weight.grad.abs().sum((1, 2)).tolist() == [0.0, 12.0, 0.0]


@pytest.mark.parametrize("label", LABELS)
def test_the_shares_of_a_label_make_a_whole(label: Label) -> None:
    assert sum(shares.get(label, 0.0) for shares in SHARES.values()) == pytest.approx(1.0)


def test_what_is_folded_in_is_the_mixture(base: Path) -> None:
    network, tokenizer = build_network(base, 1), load_tokenizer(base)
    with torch.no_grad():
        network.classifier.weight[1] += 0.5
    before = logits_of(network, tokenizer, TEXTS)
    fold_in(network, PLAIN)
    np.testing.assert_allclose(logits_of(network, tokenizer, TEXTS), before, atol=0.02)


def test_a_start_from_models_is_their_average(base: Path, tmp_path: Path) -> None:
    for seed in (1, 2):
        network = build_network(base, seed)
        fold_in(network, PLAIN)
        save_network(network, base, tmp_path / str(seed))
    begun = build_network(base, 3)
    start_from(begun, [tmp_path / "1", tmp_path / "2"])
    heads = [load_file(tmp_path / f"{n}/model.safetensors")["classifier.weight"] for n in (1, 2)]
    wanted = (heads[0].float() + heads[1].float()) / 2
    for raters in range(len(Raters)):
        torch.testing.assert_close(begun.classifier.weight[raters], wanted)


def test_a_start_from_no_model_is_refused(base: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="model that train has written"):
        start_from(build_network(base, 1), [tmp_path])

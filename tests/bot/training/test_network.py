"""The files of the network: what is saved loads in Detoxify's own code and scores the same."""

from pathlib import Path

import numpy as np
import pytest
import torch
from detoxify.detoxify import get_model_and_tokenizer
from safetensors.torch import load_file

from bot.training.measure import Calibration
from bot.training.network import (
    MAX_TOKENS,
    build_network,
    encode,
    fold_in,
    load_tokenizer,
    logits_of,
    save_network,
    token_lengths,
)
from bot.training.sources import LABELS

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
    save_network(build_network(base, 1), base, tmp_path)
    assert {value.dtype for value in load_file(tmp_path / "model.safetensors").values()} == {
        torch.float16
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_the_head_depends_on_the_seed_alone(base: Path, seed: int) -> None:
    first, again = build_network(base, seed), build_network(base, seed)
    torch.testing.assert_close(first.classifier.weight, again.classifier.weight)
    assert not torch.equal(first.classifier.weight, build_network(base, 9).classifier.weight)

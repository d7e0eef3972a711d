"""The bundled model as it ships: complete, truly Detoxify's, offline, and not fooled by length."""

import hashlib

import pytest
import safetensors.torch
import torch
from detoxify import Detoxify

from bot.domain.reading import Reading
from bot.scoring.location import COMPACT
from bot.scoring.scorer import DetoxifyScorer, EngineChoice, load_scorer
from config.labels import Label

TEXTS = [
    "What a lovely photograph, thank you for sharing it!",
    "You are a worthless idiot and nobody wants you here.",
    "I will find out where you live and hurt you.",
    "the meeting is at 10:30 in room 4b",
    "ünïcödé, 日本語 and 😀😀😀",
    "no",
]
CALM = (
    "The committee met on Tuesday to talk about the new timetable for the village bus, "
    "and most people were glad that the morning service will run every half hour again. "
)
ABUSE = "You are a worthless idiot and nobody wants you here."


@pytest.fixture(scope="module")
def eager() -> DetoxifyScorer:
    return load_scorer(engine=EngineChoice.EAGER)


def same(text: str) -> Reading:
    return Reading(text, text)


def test_it_has_the_labels_of_detoxifys_original_in_the_same_order(compact):
    assert compact.labels == tuple(Label)[:6]


def test_it_names_itself_by_the_hash_of_its_weights(eager):
    content = (COMPACT / "model.safetensors").read_bytes()

    assert eager.model.name == "compact"
    assert eager.model.sha256 == hashlib.sha256(content).hexdigest()


def test_it_is_small_enough_to_ship():
    assert sum(file.stat().st_size for file in COMPACT.iterdir()) <= 75_000_000


async def test_it_loads_and_scores_without_network(no_network):
    await load_scorer("compact").score([same("hello there")])

    assert no_network == []


async def test_detoxify_itself_loads_it_and_says_the_same(eager, tmp_path):
    args = {
        "model_type": str(COMPACT),
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizer",
        "num_classes": 6,
    }
    classes = [label.value for label in eager.labels]
    weights = safetensors.torch.load_file(COMPACT / "model.safetensors")
    content = {
        "config": {"arch": {"args": args}, "dataset": {"args": {"classes": classes}}},
        "state_dict": {name: tensor.float() for name, tensor in weights.items()},
    }
    torch.save(content, tmp_path / "compact.ckpt")
    theirs = Detoxify(checkpoint=tmp_path / "compact.ckpt", huggingface_config_path=str(COMPACT))

    ours = await eager.score([same(text) for text in TEXTS])

    for text, scores in zip(TEXTS, ours, strict=True):
        values = {label.value: score.value for label, score in scores.by_label.items()}
        assert values == pytest.approx(theirs.predict(text), abs=1e-4)


@pytest.mark.parametrize("before", [0, 5, 50, 94, 100])
async def test_abuse_anywhere_in_3000_words_is_found_and_named(compact, before):
    # 30 words a time: 100 times are 3,000 words.
    calm = CALM * 100
    text = CALM * before + ABUSE + " " + CALM * (100 - before)

    [without, found] = await compact.score([same(calm), same(text)])

    insult = found.by_label[Label.INSULT]
    assert ABUSE in insult.passage.text
    assert insult.passage.windows > 10
    assert insult.value > 3 * without.by_label[Label.INSULT].value

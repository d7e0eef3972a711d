"""The scorer: the worst over spellings and windows, named; its errors; and how models are found."""

import asyncio
import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import huggingface_hub
import pytest
import torch

from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Passage, Score, Spelling
from bot.errors import BadInputError, ModelUnavailableError, ScoringError
from bot.moderation.ports import Scorer
from bot.scoring import location
from bot.scoring.scorer import DetoxifyScorer, load_scorer
from bot.scoring.windows import Window
from config.labels import Label

MODEL = ModelId("words", "0" * 64)
INSULT, THREAT = Label.INSULT, Label.THREAT


class WordEngine:
    """Windows of two words; a window's scores are the highest of its words' own."""

    labels = (INSULT, THREAT)

    def __init__(self) -> None:
        self.scores = {"idiot": (0.9, 0.1), "fool": (0.6, 0.1), "die": (0.3, 0.8)}
        self.cut_texts: list[str] = []
        self.scored: list[list[str]] = []

    def cut(self, texts: Sequence[str]) -> list[list[Window]]:
        self.cut_texts += texts
        return [self._windows(text.split()) for text in texts]

    def score(self, windows: Sequence[Window]) -> list[list[float]]:
        self.scored.append([window.text for window in windows])
        return [self._row(window.text) for window in windows]

    def _windows(self, words: list[str]) -> list[Window]:
        pieces = [" ".join(words[at : at + 2]) for at in range(0, len(words), 2)]
        return [
            Window([0] * len(piece.split()), piece, number, len(pieces))
            for number, piece in enumerate(pieces, start=1)
        ]

    def _row(self, text: str) -> list[float]:
        rows = [self.scores.get(word, (0.01, 0.02)) for word in text.split()]
        return [max(column) for column in zip(*rows, strict=True)]


def same(text: str) -> Reading:
    return Reading(text, text)


async def test_each_label_has_its_worst_window_and_names_it():
    scorer: Scorer = DetoxifyScorer(WordEngine(), MODEL)

    [scores] = await scorer.score([same("hello there you idiot go die")])

    assert scores.model == MODEL
    assert scores.by_label == {
        INSULT: Score(0.9, Passage("you idiot", Spelling.PLAIN, 2, 3)),
        THREAT: Score(0.8, Passage("go die", Spelling.PLAIN, 3, 3)),
    }


async def test_the_folded_spelling_counts_where_it_is_worse():
    [scores] = await DetoxifyScorer(WordEngine(), MODEL).score([Reading("1d10t die", "idiot die")])

    assert scores.by_label == {
        INSULT: Score(0.9, Passage("idiot die", Spelling.FOLDED)),
        # Equal in both: what people see is named.
        THREAT: Score(0.8, Passage("1d10t die", Spelling.PLAIN)),
    }


async def test_of_equal_windows_the_first_is_named():
    [scores] = await DetoxifyScorer(WordEngine(), MODEL).score([same("a fool is a fool")])

    assert scores.by_label[INSULT].passage == Passage("a fool", Spelling.PLAIN, 1, 3)


async def test_order_is_kept_and_equal_texts_are_scored_once():
    engine = WordEngine()
    readings = [same("die"), same("idiot"), Reading("die", "idiot"), same("idiot"), same("fool")]

    scores = await DetoxifyScorer(engine, MODEL).score(readings)

    assert [each.value(INSULT) for each in scores] == [0.3, 0.9, 0.9, 0.9, 0.6]
    assert engine.cut_texts == ["die", "idiot", "fool"]
    assert sorted(text for batch in engine.scored for text in batch) == ["die", "fool", "idiot"]


@pytest.mark.parametrize("reading", [Reading("", ""), Reading("  \n", ""), Reading("", "idiot")])
async def test_a_comment_without_words_has_no_scores(reading):
    engine = WordEngine()

    [scores] = await DetoxifyScorer(engine, MODEL).score([reading])

    assert scores.by_label == {}
    assert scores.value(INSULT) is None
    assert engine.cut_texts == []


async def test_an_empty_folding_is_not_scored():
    engine = WordEngine()

    await DetoxifyScorer(engine, MODEL).score([Reading("idiot", " ")])

    assert engine.cut_texts == ["idiot"]


async def test_no_readings_are_no_scores():
    assert await DetoxifyScorer(WordEngine(), MODEL).score([]) == []


class BrokenEngine(WordEngine):
    """Fails in the ways libraries do."""

    def __init__(self, failure: Exception | None) -> None:
        super().__init__()
        self.failure = failure

    def score(self, windows: Sequence[Window]) -> list[list[float]]:
        if self.failure is None:
            return super().score(windows)[1:]
        raise self.failure


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (RuntimeError("out of memory\nlong trace"), r"words failed on 1 texts \(out of memory\)"),
        (Exception("bare"), r"words failed on 1 texts \(bare\)"),
        (ScoringError("damaged"), "damaged"),
        (None, "answered 0 of 1 texts"),
    ],
)
async def test_a_failing_engine_is_a_scoring_error(failure, said):
    with pytest.raises(ScoringError, match=said):
        await DetoxifyScorer(BrokenEngine(failure), MODEL).score([same("idiot")])


async def test_a_failure_does_not_keep_the_next_call_from_being_scored():
    engine = BrokenEngine(RuntimeError("once"))
    scorer = DetoxifyScorer(engine, MODEL)
    with pytest.raises(ScoringError):
        await scorer.score([same("idiot")])

    engine.failure = ValueError("twice")
    with pytest.raises(ScoringError, match="twice"):
        await scorer.score([same("idiot")])


async def test_calls_at_the_same_time_each_get_their_own_scores():
    scorer = DetoxifyScorer(WordEngine(), MODEL)

    found = await asyncio.gather(*(scorer.score([same(word)]) for word in ("die", "idiot", "fool")))

    assert [scores.value(INSULT) for [scores] in found] == [0.3, 0.9, 0.6]


# Loading


def test_importing_the_scorer_loads_no_model_library():
    code = (
        "import sys, bot.scoring.scorer, bot.scoring.published\n"
        "print({'torch', 'transformers', 'detoxify', 'huggingface_hub'} & sys.modules.keys())"
    )
    root = Path(__file__).parents[3]

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )

    assert done.stdout.strip() == "set()"


async def test_a_checkpoint_is_loaded_by_its_path(bert):
    scorer = load_scorer(str(bert.checkpoint))

    [scores] = await scorer.score([same("you are an idiot")])

    assert scorer.model.name == "tiny"
    assert scorer.labels == tuple(scores.by_label) == tuple(Label)[:6]
    assert all(0 <= score.value <= 1 for score in scores.by_label.values())


async def test_a_folder_is_loaded_by_its_path(bert_folder):
    scorer = load_scorer(str(bert_folder))

    assert scorer.model.name == "tiny"
    assert len((await scorer.score([same("you")]))[0].by_label) == 6


def lay_out(model, folder: Path, settings: str) -> Path:
    """Put a checkpoint into `folder`, its settings under the name `settings` beside it."""
    path = folder / "mine.ckpt"
    path.write_bytes(model.checkpoint.read_bytes())
    (folder / settings).mkdir(exist_ok=True)
    for file in model.settings.iterdir():
        (folder / settings / file.name).write_bytes(file.read_bytes())
    return path


@pytest.mark.parametrize("settings", [".", "mine", "settings"])
def test_a_checkpoints_settings_are_found_beside_it(bert, tmp_path, settings, no_network):
    assert load_scorer(str(lay_out(bert, tmp_path, settings))).model.name == "mine"
    assert no_network == []


def test_a_checkpoint_whose_settings_are_nowhere_says_so(bert, tmp_path, no_network):
    path = lay_out(bert, tmp_path, "elsewhere")

    with pytest.raises(ModelUnavailableError, match="its settings 'settings' are not here"):
        load_scorer(str(path))
    assert no_network == []  # "settings" is no name to look up on a hub


def test_a_name_nobody_knows_is_answered_with_those_that_are_known():
    with pytest.raises(BadInputError, match="'orignal': is no model, expected compact, original,"):
        load_scorer("orignal")


def test_no_name_at_all_is_not_the_folder_one_is_in(bert_folder, monkeypatch):
    monkeypatch.chdir(bert_folder)
    with pytest.raises(BadInputError, match="model '': is no model, expected compact, original,"):
        load_scorer("")


def test_a_path_to_nothing_is_named():
    with pytest.raises(ModelUnavailableError, match=r"models/absent\.ckpt: cannot be read"):
        load_scorer("models/absent.ckpt")


async def test_a_published_model_is_loaded_from_both_caches(
    any_model, tmp_path, monkeypatch, no_network
):
    """As after a first use: checkpoint in torch's cache, settings in the hub's."""
    content = any_model.content
    args = {**content["config"]["arch"]["args"], "model_type": "roberta-base"}
    config = {**content["config"], "arch": {"type": "any", "args": args}}
    cache = tmp_path / "torch" / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    torch.save({**content, "config": config}, cache / "new.ckpt")
    prefix = hashlib.sha256((cache / "new.ckpt").read_bytes()).hexdigest()[:8]
    (cache / "new.ckpt").rename(cache / f"toxic-{prefix}.ckpt")
    hub = tmp_path / "hub" / "models--roberta-base"
    folder = hub / "snapshots" / ("0" * 40)
    folder.mkdir(parents=True)
    (hub / "refs").mkdir()
    (hub / "refs" / "main").write_text("0" * 40)
    for file in any_model.settings.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    address = f"https://example.org/toxic-{prefix}.ckpt"
    monkeypatch.setattr(location, "CHECKPOINTS", {"unbiased": address})

    scorer = load_scorer("unbiased")

    assert scorer.model.name == "unbiased"
    assert scorer.model.sha256.startswith(prefix)
    [scores] = await scorer.score([same("you are an idiot")])
    assert set(scores.by_label) == set(scorer.labels)
    assert no_network == []


async def test_a_long_comment_is_scored_as_the_worst_of_its_passages(bert):
    scorer = load_scorer(str(bert.checkpoint))
    words = ["the", "harvest", "was", "good", "this", "year"] * 500
    words[1700:1704] = ["you", "are", "an", "idiot"]
    # Each word is one token, 254 stand in a window and the next repeats 64 of them: windows begin
    # 190 words apart, and (3000 - 254) / 190 rounded up follow the first.
    passages = [" ".join(words[at * 190 : at * 190 + 254]) for at in range(16)]

    [long] = await scorer.score([same(" ".join(words))])
    alone = await scorer.score([same(passage) for passage in passages])

    for label, score in long.by_label.items():
        values = [scores.by_label[label].value for scores in alone]
        assert score.value == pytest.approx(max(values), abs=1e-5)
        assert score.passage.windows == len(passages)
        assert score.passage.text == passages[score.passage.window - 1]
        assert values[score.passage.window - 1] == pytest.approx(score.value, abs=1e-5)


def test_a_folder_without_a_vocabulary_is_refused(bert_folder, tmp_path):
    # Its weights would load, and every word would be unknown: all would seem harmless.
    copy = tmp_path / "mute"
    copy.mkdir()
    for file in bert_folder.iterdir():
        if file.name in {"config.json", "model.safetensors"}:
            (copy / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ModelUnavailableError, match="vocabulary is missing"):
        load_scorer(str(copy))

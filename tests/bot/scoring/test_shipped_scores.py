"""The shipped files still give the shipped scores, on a small frozen sample.

When the model is replaced on purpose, write the sample anew with `make golden`.
"""

import json
import os
from pathlib import Path

import pytest

from bot.scoring.scorer import DetoxifyScorer
from bot.text import read

FROZEN = Path(__file__).parents[2] / "golden" / "compact-scores.json"
TEXTS = [
    "What a lovely photograph, thank you for sharing it!",
    "You are a worthless idiot and nobody wants you here.",
    "you w0rthless id1ot",
    "I will find out where you live and break your legs.",
    "How do I kill a process that ignores signals?",
    "As a gay man I feel welcome in this town.",
    "People like them are vermin and should be driven out.",
    "That was a damn good match!",
    "The council is a joke, and the budget is a disgrace.",
    "go away you 🤡",
    "The meeting is at 10:30 in room 4b.",
    "no",
]
OTHER_PROCESSORS = 0.02
"""Scores differ a little between processors: sums are added up in another order."""


async def test_the_shipped_files_give_the_shipped_scores(compact: DetoxifyScorer) -> None:
    scores = await compact.score([read(text) for text in TEXTS])
    found = {
        text: {label: round(score.value, 4) for label, score in one.by_label.items()}
        for text, one in zip(TEXTS, scores, strict=True)
    }
    if os.environ.get("EVENHAND_GOLDEN") == "write":
        FROZEN.parent.mkdir(exist_ok=True)
        FROZEN.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    frozen = json.loads(FROZEN.read_text())
    assert found.keys() == frozen.keys()
    for text, by_label in frozen.items():
        assert found[text] == pytest.approx(by_label, abs=OTHER_PROCESSORS), text

import json
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bot.domain.reading import Reading
from bot.domain.scores import Scores
from bot.errors import BadInputError, BadPolicyError, ScoringError
from bot.evaluation.labelled_table import LabelledComment
from bot.evaluation.run import Request, evaluate, score_rows
from bot.moderation.ports import Scorer
from bot.policy.policy_file import find_policy


class Page(HTMLParser):
    """Collects what a page would load or run, and which words wait behind a click."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.hidden: list[str] = []
        self.shown: list[str] = []
        self._depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._depth += tag == "details"
        self.loads += [v for name, v in attrs if name in {"src", "href"} and v and v[0] != "#"]

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "details"

    def handle_data(self, data: str) -> None:
        (self.hidden if self._depth else self.shown).append(data)


@pytest.fixture
def asked(labelled_csv: Path, tmp_path: Path) -> Request:
    return Request(
        labelled_csv, "words", "balanced", tmp_path / "out" / "figures.json", tmp_path / "report"
    )


def run(request: Request, scorer: Scorer) -> dict[str, Any]:
    evaluate(request, load=lambda _: scorer)
    assert request.json is not None
    return json.loads(request.json.read_text(encoding="utf-8"))


def test_figures_have_the_documented_keys_first(asked: Request, scorer: Scorer) -> None:
    figures = run(asked, scorer)
    assert list(figures)[:3] == ["model", "rows", "policy"]
    assert figures["model"] == "words"
    assert list(figures["rows"][0])[:8] == [
        "source",
        "label",
        "n",
        "positives",
        "roc_auc",
        "roc_auc_low",
        "roc_auc_high",
        "average_precision",
    ]
    assert list(figures["policy"][0])[:5] == ["source", "n", "flagged", "recall", "false_alarms"]


def test_figures_are_those_of_the_rows(asked: Request, scorer: Scorer) -> None:
    figures = run(asked, scorer)
    rows = {(row["source"], row["label"]): row for row in figures["rows"]}
    assert [*rows] == [
        ("forum", "toxicity"),
        ("forum", "threat"),
        ("forum", "insult"),
        ("chat", "insult"),
    ]
    # Toxic: two vile, one calm. Not toxic: two calm, one vile. A vile beats both calm and ties the
    # vile (2.5 of 3), twice; the calm ties two calm (1 of 3): 6 of 9 pairs.
    toxicity = rows["forum", "toxicity"]
    assert (toxicity["n"], toxicity["positives"]) == (6, 3)
    assert toxicity["roc_auc"] == pytest.approx(6 / 9, abs=1e-6)
    assert toxicity["roc_auc_low"] < toxicity["roc_auc"] < toxicity["roc_auc_high"]
    # Nobody was threatened, so nothing can be ranked.
    threat = rows["forum", "threat"]
    assert (threat["n"], threat["positives"]) == (4, 0)
    assert threat["roc_auc"] is threat["roc_auc_low"] is threat["average_precision"] is None
    # "..." has no words: it counts, below all others.
    assert rows["chat", "insult"]["n"] == 3
    assert figures["measured"]["rows_without_words"] == 1


def test_policy_figures_follow_the_verdicts_of_the_policy(asked: Request, scorer: Scorer) -> None:
    forum, chat = run(asked, scorer)["policy"]
    # Balanced flags 0.9 and allows 0.1. Positive: vile one, vile two, calm four. Negative: calm
    # one, calm two, vile three.
    assert (forum["source"], forum["n"], forum["flagged"]) == ("forum", 6, 0.5)
    assert forum["recall"] == pytest.approx(2 / 3, abs=1e-6)
    assert forum["false_alarms"] == pytest.approx(1 / 3, abs=1e-6)
    assert forum["recall_low"] < forum["recall"] < forum["recall_high"]
    # In chat only insult is known: one positive, and no row that is surely harmless.
    assert (chat["n"], chat["positives"], chat["negatives"]) == (3, 1, 0)
    assert (chat["recall"], chat["false_alarms"]) == (1, None)


def test_the_same_rows_and_model_give_the_same_figures(asked: Request, scorer: Scorer) -> None:
    first, second = run(asked, scorer), run(asked, scorer)
    for figures in (first, second):
        del figures["measured"]["at"]
    assert first == second


def test_a_limit_is_per_source_and_said(
    asked: Request, scorer: Scorer, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = run(replace(asked, limit=2), scorer)
    assert [(p["source"], p["n"]) for p in figures["policy"]] == [("forum", 2), ("chat", 2)]
    assert (figures["measured"]["rows"], figures["measured"]["rows_in_file"]) == (4, 9)
    assert "Measured on 4 of the file's 9 rows" in capsys.readouterr().out


def test_tables_fit_eighty_columns_and_name_every_source(
    asked: Request, scorer: Scorer, capsys: pytest.CaptureFixture[str]
) -> None:
    run(asked, scorer)
    out = capsys.readouterr().out
    assert max(len(line) for line in out.splitlines()) <= 80
    assert out.index("forum") < out.index("chat")
    # Insult ranks worse than nothing here: worst first, and what cannot be ranked last.
    assert out.index("toxicity") < out.index("threat")
    assert "none positive" in out


def test_page_loads_nothing_runs_nothing_and_hides_what_was_written(
    asked: Request, scorer: Scorer
) -> None:
    run(asked, scorer)
    assert asked.report is not None
    page = Page((asked.report / "index.html").read_text(encoding="utf-8"))
    assert page.loads == []
    assert "script" not in page.tags
    assert "svg" in page.tags
    hidden, shown = "".join(page.hidden), "".join(page.shown)
    assert "calm <script>four</script> & more" in hidden  # missed
    assert "vile three" in hidden  # a false alarm
    assert "vile" not in shown
    assert "script" not in shown


def test_page_of_a_source_that_no_curve_can_be_drawn_for(
    asked: Request, scorer: Scorer, labelled_csv: Path
) -> None:
    labelled_csv.write_text("text,source,toxicity\nvile,a & b,1\n", encoding="utf-8")
    figures = run(asked, scorer)
    assert figures["rows"][0]["roc_auc"] is None
    assert asked.report is not None
    html = (asked.report / "index.html").read_text(encoding="utf-8")
    assert "a &amp; b" in html
    assert "none can be ranked" in html


async def test_rows_are_scored_in_order_in_batches(scorer: Scorer) -> None:
    rows = [LabelledComment(n, "vile" if n % 3 else "calm", "s", {}) for n in range(1, 301)]
    batches = [batch async for batch in score_rows(rows, scorer, find_policy("balanced"))]
    assert [len(batch) for batch in batches] == [64, 64, 64, 64, 44]
    scored = [comment for batch in batches for comment in batch]
    assert [comment.row for comment in scored] == rows
    assert all((c.decision == "allow") == (c.row.text == "calm") for c in scored)


def test_a_place_that_cannot_be_written_is_refused_before_the_model_is_loaded(
    asked: Request, labelled_csv: Path
) -> None:
    def load(name: str) -> Scorer:
        raise AssertionError(name)

    for bad in (
        replace(asked, json=labelled_csv.parent),
        replace(asked, json=labelled_csv / "figures.json"),
        replace(asked, report=labelled_csv),
        replace(asked, report=labelled_csv / "deeper" / "still"),
    ):
        with pytest.raises(BadInputError, match="expected a f"):
            evaluate(bad, load=load)


def test_an_unknown_policy_is_refused_before_the_model_is_loaded(asked: Request) -> None:
    def load(name: str) -> Scorer:
        raise AssertionError(name)

    with pytest.raises(BadPolicyError):
        evaluate(replace(asked, policy="no-such-policy"), load=load)


def test_a_model_that_fails_leaves_nothing_written(asked: Request, scorer: Scorer) -> None:
    class Failing:
        labels, model = scorer.labels, scorer.model

        async def score(self, readings: Sequence[Reading]) -> list[Scores]:
            raise ScoringError(f"the model words failed on {len(readings)} texts")

    with pytest.raises(ScoringError):
        evaluate(asked, load=lambda _: Failing())
    assert asked.json is not None
    assert asked.report is not None
    assert not asked.json.exists()
    assert not asked.report.exists()

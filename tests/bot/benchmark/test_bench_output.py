"""What is shown of a contest: the table, the page and the JSON."""

import json
from io import StringIO
from pathlib import Path

from rich.console import Console

from bot.benchmark.figures import Figures
from bot.benchmark.page import render_page, write_page
from bot.benchmark.table import print_tables


def printed(figures: Figures) -> str:
    console = Console(file=StringIO(), width=130, highlight=False)
    print_tables(console, figures)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_table_names_everybody_and_the_machine(figures: Figures) -> None:
    text = printed(figures)
    assert "A <b>quick</b> one, 2 cores" in text
    for row in figures.rows:
        assert row.name in text
    assert "37.5" in text
    assert "67 %" in text


def test_the_table_says_the_rest_in_words(figures: Figures) -> None:
    text = " ".join(printed(figures).split())
    assert "One comment alone, through the batcher: 3.0 ms (2.0 to 4.0)." in text
    assert "0.0010 apart on average and 0.020 at most" in text
    assert "verdicts under the policy balanced changed: 1." in text
    assert (
        "The first stage settled 6 of these comments; the whole model decides otherwise on 0."
        in text
    )
    assert (
        "A request to the server takes 0.9 ms more than the model alone (0.8 to 1.0), "
        "and one that asks for nothing 0.4 ms (0.3 to 0.5) in all" in text
    )


def test_the_table_says_what_became_of_requests(figures: Figures) -> None:
    [row] = [line.split() for line in printed(figures).splitlines() if "150 %" in line]
    # Of 181: 70 asked and 35 answered a second, three times 800 ms, and then the counts.
    assert " ".join(row) == "150 % 70 35 800.0 800.0 800.0 110 68 2 1"


def test_the_page_stands_alone_and_runs_nothing(figures: Figures, tmp_path: Path) -> None:
    page = write_page(tmp_path / "report", figures).read_text("utf-8")
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "A &lt;b&gt;quick&lt;/b&gt; one" in page
    assert page.count('<th scope="row">') == len(figures.rows) + len(figures.server.load)
    assert page == render_page(figures)


def test_the_page_draws_what_the_server_can_bear_and_lists_the_rest(figures: Figures) -> None:
    page = render_page(figures)
    # Three points for each: two loads of the batcher, and one of the server's two.
    assert page.count("<circle") == 9
    assert '<th scope="row">150 %</th><td>70</td><td>35</td><td>800.0 ms</td>' in page


def test_the_json_has_a_machine_and_a_row_for_each(figures: Figures) -> None:
    written = json.loads(json.dumps(figures.model_dump()))
    assert written["machine"]["cores"] == 2
    assert {
        "name",
        "model",
        "engine",
        "comments_per_second",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "peak_rss_mb",
        "ratio_to_detoxify_one_by_one",
    } <= set(written["rows"][0])
    assert len(written["rows"]) == 10
    assert written["server"]["overhead_ms"] == {"median": 0.9, "low": 0.8, "high": 1.0}
    assert [load["refused"] for load in written["server"]["load"]] == [0, 68]

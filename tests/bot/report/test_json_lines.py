import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.comment import Comment
from bot.domain.ids import PlaceId
from bot.domain.judgement import Judgement
from bot.errors import BadInputError
from bot.intake.saved_thread import read_thread
from bot.report.json_lines import line, write_json_lines
from bot.report.whole_file import write_whole
from config.labels import Label
from config.policy import Category

REQUIRED = [
    "id",
    "parent_id",
    "author",
    "text",
    "created_at",
    "scores",
    "categories",
    "verdict",
    "breaches",
    "action",
    "points",
    "case",
    "reason",
]


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(each) for each in path.read_text("utf-8").split("\n")[:-1]]


def test_each_comment_is_one_object_with_the_promised_keys_first(
    tmp_path: Path, small_talk: list[Judgement]
) -> None:
    write_json_lines(tmp_path / "out.jsonl", small_talk, has_times=True)
    records = read(tmp_path / "out.jsonl")
    assert [list(record)[: len(REQUIRED)] for record in records] == [REQUIRED] * 4
    assert len({tuple(record) for record in records}) == 1


def test_an_acted_on_comment_carries_all_that_led_to_it(small_talk: list[Judgement]) -> None:
    record = json.loads(line(small_talk[3]))
    assert record["id"] == "k4"
    assert record["parent_id"] == "k1"
    assert record["author"] == "rat77"
    assert record["created_at"] == "2024-03-11T18:03:00Z"
    assert record["scores"] == {"toxicity": 0.95, "insult": 0.88}
    assert record["categories"] == {"slur": 0.0, "harassment": 0.88, "incitement": 0.0}
    assert record["verdict"] == "act"
    assert record["breaches"] == [
        {"category": "harassment", "label": "insult", "score": 0.88, "threshold": 0.85}
    ]
    assert record["action"] == {"kind": "timeout", "until": "2024-03-11T19:03:00Z"}
    assert (record["points_before"], record["points"], record["case"]) == (1.7, 4.1, 3)
    assert (record["position"], record["depth"], record["state"]) == (4, 1, "applied")
    assert record["capped_from"] == "ban"
    assert record["addressee"] == {"id": "Marta", "name": "Marta", "how": "a reply with 'you'"}
    assert record["passage"] == {
        "label": "insult",
        "text": "you fool, get lost",
        "spelling": "folded",
        "window": 2,
        "windows": 3,
    }


def test_what_is_absent_is_null_and_never_left_out(
    comment: Callable[..., Comment], judge: Callable[..., Judgement]
) -> None:
    record = json.loads(line(judge(comment(1, "Marta", ""), {})))
    assert [record[key] for key in ("parent_id", "action", "case", "state")] == [None] * 4
    assert [record[key] for key in ("addressee", "passage", "capped_from")] == [None] * 3
    assert record["scores"] == {}
    assert record["breaches"] == []
    assert record["points"] == 0


def test_an_action_without_an_end_has_null_until(small_talk: list[Judgement]) -> None:
    assert json.loads(line(small_talk[1]))["action"] == {"kind": "warn", "until": None}


def test_times_are_written_in_utc(
    comment: Callable[..., Comment], judge: Callable[..., Judgement]
) -> None:
    berlin = timezone(timedelta(hours=2))
    summer = replace(comment(1, "M", "x"), created_at=datetime(2024, 7, 1, 0, 30, tzinfo=berlin))
    assert json.loads(line(judge(summer)))["created_at"] == "2024-06-30T22:30:00Z"
    precise = replace(summer, created_at=datetime(2024, 7, 1, 1, 2, 3, 40_000, tzinfo=UTC))
    assert json.loads(line(judge(precise)))["created_at"] == "2024-07-01T01:02:03.040000Z"


@given(text=st.text(alphabet=st.characters(codec=None)), name=st.text())
def test_any_text_survives_the_round_trip_on_one_line(
    comment: Callable[..., Comment],
    judge: Callable[..., Judgement],
    tmp_path_factory: pytest.TempPathFactory,
    text: str,
    name: str,
) -> None:
    path = tmp_path_factory.mktemp("round") / "out.jsonl"
    write_json_lines(path, [judge(comment(1, name, text), {Label.INSULT: 0.5})] * 2, has_times=True)
    assert len(path.read_text("utf-8").splitlines()) == 2
    assert [(r["author"], r["text"]) for r in read(path)] == [(name, text)] * 2


def test_half_a_surrogate_is_written_as_its_escape(
    tmp_path: Path, comment: Callable[..., Comment], judge: Callable[..., Judgement]
) -> None:
    write_json_lines(tmp_path / "out.jsonl", [judge(comment(1, "M", "a\ud83d"))], has_times=True)
    assert read(tmp_path / "out.jsonl")[0]["text"] == "a\ud83d"


def test_every_category_of_the_policy_is_there(small_talk: list[Judgement]) -> None:
    assert set(json.loads(line(small_talk[0]))["categories"]) == set(Category)


def test_a_failure_half_way_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("before")

    def breaks() -> Iterator[str]:
        yield "half"
        raise RuntimeError("lost")

    with pytest.raises(RuntimeError, match="lost"):
        write_whole(path, breaks())
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="is a folder, expected a file"):
        write_whole(tmp_path, ["x"])
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BadInputError, match="file: is a file, expected a folder"):
        write_whole(tmp_path / "file" / "out.jsonl", ["x"])
    with pytest.raises(BadInputError, match="cannot be written: file name too long"):
        write_whole(tmp_path / ("x" * 300), ["x"])
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_link_keeps_pointing_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "out.jsonl"
    link.symlink_to(tmp_path / "real" / "out.jsonl")
    write_whole(link, ["new"])
    assert link.is_symlink()
    assert (tmp_path / "real" / "out.jsonl").read_text() == "new"


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, ["one\n", "two\n"])
        assert os.read(reader, 100) == b"one\ntwo\n"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_time_that_only_stands_for_the_order_says_so(
    tmp_path: Path, small_talk: list[Judgement]
) -> None:
    path = tmp_path / "out.jsonl"
    write_json_lines(path, small_talk, has_times=False)
    assert {json.loads(line)["has_time"] for line in path.read_text().splitlines()} == {False}


def test_a_discord_export_is_the_same_when_what_was_written_of_it_is_read_again(
    tmp_path: Path, judge: Callable[..., Judgement]
) -> None:
    sample = Path(__file__).parents[1] / "intake" / "samples" / "discord.json"
    thread = read_thread(sample)
    path = tmp_path / "out.jsonl"

    write_json_lines(path, [judge(c, {Label.INSULT: 0.5}) for c in thread.comments], has_times=True)
    again = read_thread(path)

    assert again.comments == thread.comments
    assert again.has_times
    # The sample has all there is to lose, so that the line above can fail.
    assert {c.revision for c in thread.comments} > {0}
    assert {c.author.is_bot for c in thread.comments} == {True, False}
    assert {bool(c.author.roles) for c in thread.comments} == {True, False}
    assert {bool(c.mentions) for c in thread.comments} == {True, False}
    assert {c.place.forum for c in thread.comments} == {"300000000000000003"}
    assert {c.depth for c in thread.comments} == {0, 1, 2}


def test_the_category_of_the_place_is_not_mixed_up_with_the_scores_of_categories(
    tmp_path: Path, comment: Callable[..., Comment], judge: Callable[..., Judgement]
) -> None:
    plain = comment(1, "Marta", "x")
    placed = replace(plain, place=replace(plain.place, category=PlaceId("c"), forum=PlaceId("f")))
    path = tmp_path / "out.jsonl"
    write_json_lines(path, [judge(placed, {Label.INSULT: 0.5})], has_times=True)

    [record] = read(path)
    assert (record["category"], set(record["categories"])) == ("c", set(Category))
    assert read_thread(path).comments == (placed,)

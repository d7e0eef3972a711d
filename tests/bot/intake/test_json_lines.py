import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.comment import Author, Thread
from bot.domain.ids import MemberId
from bot.errors import BadThreadError
from bot.intake.json_lines import read_json_lines
from bot.intake.source_text import SourceText


def comment(number: int | str, **more: Any) -> dict[str, Any]:
    return {"id": number, "author": "Ada", "text": "Hello"} | more


def read(*lines: dict[str, Any] | str) -> Thread:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return read_json_lines(SourceText("talk.jsonl", "\n".join(texts)))


def refusal(*lines: dict[str, Any] | str) -> str:
    with pytest.raises(BadThreadError) as caught:
        read(*lines)
    return str(caught.value)


def test_every_key_finds_its_place():
    (only,) = read(
        comment(
            7, author_id=99, author=" Ada \n Brook ", roles=["mods", 5],
            created_at="2024-03-01T12:00+02:00", thread="t", forum="f", category="c",
            guild="g", title="Pool", is_bot=True, revision=1709294520250,
            mentions=[{"id": 98, "name": "Ben"}],
        )
    ).comments  # fmt: skip
    assert (only.id, only.author.id, only.author.name) == ("7", "99", "Ada Brook")
    assert only.author.roles == {"mods", "5"}
    assert (only.author.is_bot, only.revision) == (True, 1_709_294_520_250)
    assert only.mentions == (Author(MemberId("98"), "Ben"),)
    assert only.created_at == datetime(2024, 3, 1, 10, tzinfo=UTC)
    place = only.place
    assert (place.guild, place.category, place.forum, place.thread) == ("g", "c", "f", "t")


def test_three_keys_are_enough():
    thread = read(comment(1))
    (only,) = thread.comments
    assert (only.author.id, only.parent_id, only.depth) == ("Ada", None, 0)
    assert only.created_at == datetime(2000, 1, 1, 0, 1, tzinfo=UTC)
    assert (thread.title, thread.has_times) == ("Untitled discussion", False)


def test_a_parent_may_come_after_its_reply_and_order_is_the_files():
    thread = read(comment("c", parent_id="b"), comment("b", parent_id=1), comment(1))
    assert [(c.id, c.depth, c.position) for c in thread.comments] == [
        ("c", 2, 1), ("b", 1, 2), ("1", 0, 3),
    ]  # fmt: skip


def test_empty_lines_and_line_separators_inside_texts_are_no_line_ends():
    thread = read("", json.dumps(comment(1, text="a\u2028b\x85c"), ensure_ascii=False), " ", "")
    assert thread.comments[0].text == "a\u2028b\x85c"


def test_what_replay_writes_can_be_read_back():
    written = {
        "id": "f4dca73a4cec8c4d", "parent_id": None, "author": "Ada", "text": "",
        "created_at": "2000-01-01T00:01:00+00:00", "scores": {"toxicity": 0.5},
        "categories": {"slur": 0.1, "harassment": 0.2, "incitement": 0.0}, "verdict": "act",
        "breaches": [{"category": "slur", "label": "toxicity", "score": 0.5, "threshold": 0.4}],
        "action": {"kind": "warn", "until": None}, "points": 1.5, "case": 3, "reason": "because",
    }  # fmt: skip
    thread = read(written, written | {"id": "2", "parent_id": "f4dca73a4cec8c4d"})
    assert [(c.id, c.parent_id, c.depth, c.text) for c in thread.comments] == [
        ("f4dca73a4cec8c4d", None, 0, ""), ("2", "f4dca73a4cec8c4d", 1, ""),
    ]  # fmt: skip


def test_a_file_that_grows_keeps_its_guild_and_another_file_has_another():
    first, second = comment(1), comment(2, author="Ben")
    guild = read(first).comments[0].place.guild
    assert {c.place.guild for c in read(first, second).comments} == {guild}
    assert read(second, first).comments[0].place.guild != guild
    titled = read(comment(1, title="Pool")).comments[0].place.guild
    assert read(comment(8, title="Pool")).comments[0].place.guild == titled


def test_a_key_that_means_nothing_to_us_is_left_out():
    assert len(read(comment(1, upvotes=3, avatar={"deep": [1]}, x="y" * 1000)).comments) == 1


def test_another_word_beside_ours_is_left_out():
    assert read(comment(2, parent="x", parent_id=1), comment(1)).comments[0].parent_id == "1"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ({"id": 1, "author": "A"}, '"text" is missing, expected a value for it'),
        (comment(1, parent=2), 'the key "parent" is not read, expected "parent_id"'),
        (comment(1, parentId=2), 'the key "parentId" is not read, expected "parent_id"'),
        ({"id": 1, "auther": "A", "text": ""}, 'the key "auther" is not read, expected "author"'),
        ({"id": 1, "author": "A", "body": ""}, 'the key "body" is not read, expected "text"'),
        (comment(1, rolls=[]), 'the key "rolls" is not read, expected "roles"'),
        (comment(True), '"id" is true, expected a text that is not blank or a whole number'),
        (comment(" "), '"id" is " ", expected a text that is not blank or a whole number'),
        (comment(1.5), '"id" is a number, expected'),  # type: ignore[arg-type]
        (comment(1, text=None), '"text" is null, expected a valid string'),
        (comment(1, text=5), '"text" is a number, expected a valid string'),
        (comment(1, author=" \n"), '"author" is blank, expected a name'),
        (comment(1, author="x" * 201), '"author" is 201 characters long, expected at most 200'),
        (comment("x" * 201), '"id" is 201 characters long, expected at most 200'),
        (
            comment(1, text="x" * 10_000_000),
            '"text" is 10,000,000 characters long, expected at most 100,000',
        ),
        (comment(1, text="a\0b"), '"text" holds a NUL character, expected plain text'),
        (comment(1, text="\ud800"), '"text" holds \\ud800, half of a character'),
        (comment(1, roles="mod"), '"roles" is "mod", expected a valid list'),
        (comment(1, roles=[{}]), '"roles.0" is an object, expected'),
        (comment(1, created_at="yesterday"), '"created_at" is "yesterday", expected a time of'),
        (comment(1, created_at="2024-03-01T12:00:00"), "which has no offset, expected a time"),
        (comment(1, created_at="2024-02-30T12:00:00Z"), "day is out of range for month"),
        (comment(1, created_at="0001-01-01T00:00+14:00"), "expected a time of the years 1970 to"),
        (comment(1, created_at="9999-12-31T00:00Z"), '"9999-12-31T00:00Z", expected a time of the'),
        (comment(1, created_at="1970-01-01T00:59+01:00"), "expected a time of the years 1970 to"),
        (comment(1, created_at="2100-12-31T23:30-01:00"), "expected a time of the years 1970 to"),
        (comment(1, created_at=1700000000), '"created_at" is a number, expected a time of'),
        (comment(1, is_bot="yes"), '"is_bot" is "yes", expected a valid boolean'),
        (comment(1, bot=True), 'the key "bot" is not read, expected "is_bot"'),
        (comment(1, revision=-1), '"revision" is a number, expected greater than or equal to 0'),
        (comment(1, revision=10**19), '"revision" is a number, expected less than or equal to'),
        (comment(1, mentions=["Ben"]), '"mentions.0" is "Ben", expected'),
        (comment(1, mentions=[{"id": 2}]), '"mentions.0.name" is missing, expected a value for it'),
        ('{"id": 1, "author": "A', "is not JSON at column 21 (unterminated string)"),
        ("hello", "is not JSON at column 1 (expecting value)"),
        ("[1]", "is JSON but no object, expected a JSON object with one comment"),
        ('{"id": 1, "author": "A", "text": "x", "text": "y"}', 'has the key "text" twice in one'),
        ('{"id": 1, "x": [{"\\u001b": 1, "\\u001b": 2}]}', r'has the key "\u001b" twice in one'),
        ('{"a": ' + "[" * 100_000, "brackets are nested too deep"),
        ('{"id": ' + "9" * 5000 + "}", "a number has too many digits"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_with_its_reason(line: dict[str, Any] | str, what: str):
    message = refusal(comment("fine"), "", line)
    assert message.startswith("talk.jsonl, line 3: ")
    assert what in message


def test_an_id_used_twice_names_both_lines():
    assert refusal(comment(1), comment("1")) == (
        'talk.jsonl, line 2: "id" is "1" as on line 1, expected every id once'
    )


def test_an_unknown_parent_is_named():
    assert refusal(comment(1), comment(2, parent_id=3)) == (
        'talk.jsonl, line 2: "parent_id" is "3", which no comment has as its id, '
        "expected a comment of this file or null"
    )


def test_an_id_in_an_error_cannot_steer_the_terminal():
    escape = "\x1b[31m\x9b"
    messages = [
        refusal(comment(escape), comment(escape)),
        refusal(comment(1), comment(2, parent_id=escape)),
        refusal(comment(escape, parent_id=escape)),
        refusal(comment(escape, parent_id=2), comment(2, parent_id=escape)),
    ]
    for message in messages:
        assert message.isprintable()
        assert r'"\u001b[31m\u009b"' in message


def test_a_circle_of_replies_is_named():
    message = refusal(comment(0), comment(1, parent_id=3), comment(2, parent_id=1),
                      comment(3, parent_id=2))  # fmt: skip
    assert message.startswith('talk.jsonl, line 2: comment "1" answers "3", which answers it')
    assert refusal(comment(1, parent_id=1)).startswith(
        'talk.jsonl, line 1: comment "1" answers itself, expected'
    )


@pytest.mark.parametrize(
    ("times", "clause"),
    [
        ((None, "2024-03-01T12:00Z"), "this comment has one and line 1 has none"),
        (("2024-03-01T12:00Z", None), "this comment has none and line 1 has one"),
    ],
)
def test_times_on_some_lines_only_are_refused(times: tuple[str | None, str | None], clause: str):
    message = refusal(*(comment(n, created_at=time) for n, time in enumerate(times)))
    assert message.startswith("talk.jsonl, line 2: ")
    assert clause in message


def test_the_first_and_the_last_moment_are_read():
    times = ["1970-01-01T00:00Z", "2100-12-31T23:59:59.999999Z"]
    read_times = [c.created_at for c in read(*(comment(t, created_at=t) for t in times)).comments]
    assert read_times == [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2100, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ]


@pytest.mark.parametrize("step", [1, -1])
def test_ten_thousand_levels_are_read_in_either_order(step: int):
    lines = [comment(n, parent_id=n - 1 if n else None) for n in range(10_000)]
    depths = [c.depth for c in read(*lines[::step]).comments]
    assert depths == list(range(10_000))[::step]


def test_a_time_marked_as_a_stand_in_is_no_time() -> None:
    first = {"id": 1, "author": "ann", "text": "a", "created_at": "2000-01-01T00:01:00Z"}
    lines = [first | {"has_time": False}, {"id": 2, "author": "ben", "text": "b"}]
    thread = read("\n".join(json.dumps(one) for one in lines))
    assert not thread.has_times

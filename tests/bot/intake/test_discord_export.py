import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.comment import Comment, Thread
from bot.domain.verdict import Breach, Decision, Verdict
from bot.errors import BadThreadError
from bot.intake.discord_export import read_discord_export
from bot.intake.source_text import SourceText
from bot.policy.place import effective
from bot.policy.policy_file import parse_policy
from bot.policy.weigh import weigh
from config.labels import Label
from config.policy import Category, Mode

SAMPLE = Path(__file__).parent / "samples" / "discord.json"
FIRST, REPLY, THIRD, FORWARD, THANKS = (f"20000000000000000{n}" for n in (2, 4, 5, 6, 7))


def document() -> dict[str, Any]:
    return json.loads(SAMPLE.read_text(encoding="utf-8"))


def read(value: object, *, indent: int | None = 2) -> Thread:
    return read_discord_export(SourceText("pool.json", json.dumps(value, indent=indent)))


def refusal(text: str) -> str:
    with pytest.raises(BadThreadError) as caught:
        read_discord_export(SourceText("pool.json", text))
    return str(caught.value)


def test_messages_become_comments_and_notices_do_not():
    thread = read(document())
    # Six messages, one of them the notice that something was pinned.
    assert [c.id for c in thread.comments] == [FIRST, REPLY, THIRD, FORWARD, THANKS]
    assert [c.position for c in thread.comments] == [1, 2, 3, 4, 5]
    assert (thread.title, thread.article) == ("Opening hours", "When may we swim?")
    assert thread.has_times


def test_a_reply_knows_whom_it_answers_where_the_export_has_it():
    comments = read(document()).comments
    # The third answers a message from before the export; a forward answers nobody.
    assert [c.parent_id for c in comments] == [None, FIRST, None, None, REPLY]
    assert [c.depth for c in comments] == [0, 1, 0, 0, 2]


def test_times_are_utc_and_an_edit_gives_the_revision():
    comments = read(document()).comments
    assert comments[1].created_at == datetime(2024, 3, 1, 12, 1, 0, 250_000, tzinfo=UTC)
    # 2024-03-01T12:02:00.25Z is 1,709,294,520.25 seconds after 1970 began.
    assert [c.revision for c in comments] == [0, 1_709_294_520_250, 0, 0, 0]


def test_authors_bring_their_shown_name_roles_and_mentions():
    first, reply, by_bot, *_ = read(document()).comments
    assert (first.author.id, first.author.name) == ("11", "Ada Brook")
    assert first.author.roles == {"71", "Moderator"}
    assert (reply.author.name, reply.author.roles) == ("ben", frozenset())
    assert [(mention.id, mention.name) for mention in reply.mentions] == [("11", "Ada Brook")]
    assert [c.author.is_bot for c in (first, reply, by_bot)] == [False, False, True]


def test_a_role_without_a_name_is_known_by_its_id():
    export = document()
    export["messages"][0]["author"]["roles"] = [{"id": "71"}, {"id": "72", "name": " "}]
    assert read(export).comments[0].author.roles == {"71", "72"}


@pytest.mark.parametrize("role", ["Moderator", "moderator", "71"])
def test_a_role_is_exempt_and_overridden_by_name_or_id(role: str):
    policy = parse_policy(
        f'exempt_roles = ["{role}"]\n[[overrides]]\nrole = "{role}"\nmode = "shadow"\n',
        where="my.toml",
        name="my",
    )
    staff, member, *_ = read(document()).comments
    breach = Breach(Category.SLUR, Label.INSULT, 0.9, 0.85, Decision.ACT)
    verdict = Verdict(Decision.ACT, {Category.SLUR: 0.9}, (breach,), "because")

    def outcome(comment: Comment) -> tuple[Mode, bool]:
        here = effective(policy, comment.place, comment.author.roles)
        weighed = weigh(verdict, comment, [], here, comment.created_at)
        return here.mode, weighed.strike is None and weighed.action is None

    assert outcome(staff) == (Mode.SHADOW, True)
    assert outcome(member) == (Mode.ENFORCE, False)


def test_names_of_attached_files_and_forwarded_words_are_read_too():
    comments = read(document()).comments
    assert comments[1].text == "At nine, @Ada Brook\nplan.png\nrude name.png"
    assert comments[3].text == "Forwarded words\nf.txt"


def test_a_forum_post_stands_in_its_forum():
    place = read(document()).comments[0].place
    assert (place.guild, place.thread) == ("100000000000000001", "200000000000000002")
    assert (place.forum, place.category) == ("300000000000000003", None)


def test_a_text_channel_stands_in_its_category():
    export = document()
    export["channel"]["type"] = "GuildTextChat"
    place = read(export).comments[0].place
    assert (place.forum, place.category) == (None, "300000000000000003")


def test_an_export_newest_first_reads_the_same():
    export = document()
    export["messages"].reverse()
    assert read(export).comments == read(document()).comments


def test_a_nameless_author_is_called_by_id():
    export = document()
    export["messages"][0]["author"] |= {"name": "", "nickname": " "}
    assert read(export).comments[0].author.name == "11"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            {"timestamp": "2024-03-01T12:00:00"},
            '"timestamp" is "2024-03-01T12:00:00", which has no',
        ),
        ({"timestamp": "2024-13-01T12:00:00Z"}, "month must be in 1..12"),
        ({"timestamp": "9999-12-31T23:59:00Z"}, "expected a time of the years 1970 to 2100"),
        (
            {"timestampEdited": "1969-12-31T23:59:59Z"},
            '"timestampEdited" is "1969-12-31T23:59:59Z",',
        ),
        ({"content": None}, '"content" is null, expected a valid string'),
        ({"content": "x" * 100_001}, '"content" is 100,001 characters long, expected at most'),
        ({"author": {"id": "1"}}, '"author.name" is missing'),
        ({"author": []}, '"author" is a list, expected'),
        ({"id": FIRST}, f'the message id "{FIRST}" is here a second time'),
        ({"attachments": [{"fileName": ""}]}, '"attachments.0.fileName" is blank'),
        (
            {"reference": {"messageId": THANKS}},
            f'comment "{REPLY}" answers "{THANKS}", which answers it in turn',
        ),
    ],
)
def test_a_message_that_cannot_be_read_is_named_by_its_line(change: dict[str, Any], what: str):
    export = document()
    export["messages"][2] |= change
    # A text that looks like the list of messages must not lead the search for the line astray.
    export["channel"]["topic"] = 'see "messages": [ 1, 2'
    text = json.dumps(export, indent=2)
    message = refusal(text)
    # The object of the third message opens on the line above its id.
    opened = [n for n, line in enumerate(text.split("\n"), start=1) if line == "    {"][2]
    assert message.startswith(f"pool.json, line {opened}: ")
    assert what in message


def test_a_limit_of_ours_is_not_put_down_to_the_exporter():
    export = document()
    export["messages"][0]["content"] = "x" * 100_001
    assert refusal(json.dumps(export)).endswith("characters long, expected at most 100,000")


def test_a_key_that_stands_twice_is_refused_with_its_line():
    lines = SAMPLE.read_text(encoding="utf-8").split("\n")
    number = next(n for n, line in enumerate(lines, start=1) if '"content"' in line)
    lines.insert(number, '"content": "something else \\"content\\": {",')
    assert refusal("\n".join(lines)) == (
        f'pool.json, line {number + 1}: has the key "content" twice in one object, '
        "expected a whole DiscordChatExporter JSON file"
    )


def test_a_message_that_is_no_object_is_named():
    export = document()
    export["messages"][0] = 5
    assert '"message" is a number, expected' in refusal(json.dumps(export))


def test_other_objects_lists_and_broken_files_are_refused():
    whole = SAMPLE.read_text(encoding="utf-8")
    cut = whole[: len(whole) // 2]
    last_line = cut.count("\n") + 1
    assert refusal(cut).startswith(f"pool.json, line {last_line}: is not JSON at column ")
    assert "expected a whole DiscordChatExporter JSON file" in refusal(cut)
    assert '"guild" is missing, expected a value for it, as Disc' in refusal('{"messages": []}')
    assert "is JSON but no object" in refusal("[]")
    assert "brackets are nested too deep" in refusal('{"a":' + "[" * 100_000)


def test_an_export_of_notices_alone_is_refused():
    export = document()
    export["messages"] = export["messages"][1:2]
    assert refusal(json.dumps(export)) == (
        "pool.json: holds no message that somebody wrote, expected at least one"
    )


def test_ten_thousand_replies_in_a_row_are_read():
    export = document()
    first = export["messages"][0]
    export["messages"] = [
        first | {"id": str(n), "type": "Reply", "reference": {"messageId": str(n - 1)}}
        for n in range(10_000)
    ]
    assert read(export, indent=None).comments[-1].depth == 9_999


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=5,
)


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Name every place in a document."""
    match value:
        case dict():
            inner = list(value.items())
        case list():
            inner = list(enumerate(value))
        case _:
            inner = []
    return [path, *(p for key, each in inner for p in paths(each, (*path, key)))]


PATHS = paths(document())


@given(st.sampled_from(PATHS), json_values)
def test_any_value_in_any_place_is_read_or_refused(path: tuple[str | int, ...], value: object):
    changed: Any = {"": copy.deepcopy(document())}
    at = changed
    for key in ("", *path)[:-1]:
        at = at[key]
    at[("", *path)[-1]] = value
    try:
        comments, refused = read(changed[""]).comments, None
    except BadThreadError as error:
        comments, refused = None, str(error)
    assert comments or refused
    if refused is not None:
        assert "expected" in refused
        assert "\n" not in refused

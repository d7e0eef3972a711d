"""The judge of requests itself: it takes what Discord takes and refuses what it does not."""

import pytest
from simcord import HttpLogEntry

from tests.behaviour.oracle import DOCUMENT, Oracle


@pytest.fixture
def judge(oracle: Oracle | None) -> Oracle:
    if oracle is None:
        pytest.skip(f"Discord's own document, {DOCUMENT}, is not beside this checkout")
    return oracle


def test_an_ordinary_message_is_taken(judge: Oracle) -> None:
    sent = HttpLogEntry(
        "POST", "/channels/1/messages", {}, {"content": "hello", "tts": False}, None
    )

    assert judge.complaints([sent]) == []


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        (("POST", "/channels/1/messages", {}, {"contents": "hello"}), "body.contents"),
        (("POST", "/channels/1/messages", {}, {"content": 7}), "body.content"),
        (("GET", "/channels/1/messages", {"limit": 500}, None), "query.limit"),
        (("GET", "/channels/1/messages", {"since": 1}, None), "query.since"),
        (("PATCH", "/channels/1/messages", {}, {}), "no such operation"),
        (("GET", "/channels/1/notes", {}, None), "no such operation"),
    ],
)
def test_what_discord_would_not_take_is_complained_of(
    judge: Oracle, request_: tuple[str, str, dict, object], complaint: str
) -> None:
    [found] = judge.complaints([HttpLogEntry(*request_, None)])

    assert complaint in found

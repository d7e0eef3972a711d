"""The `fields` parameter, by Google's rules for it."""

import pytest

from bot.web.partial import select
from bot.web.refusals import WireError

ANSWER = {
    "a": {"x": {"v": 1, "t": "P"}, "y": {"v": 2, "t": "P"}},
    "list": [{"v": 1, "t": "P"}, {"v": 2, "t": "P"}],
    "b": "B",
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("b", {"b": "B"}),
        ("*", ANSWER),
        ("a/x", {"a": {"x": {"v": 1, "t": "P"}}}),
        ("a/*/v", {"a": {"x": {"v": 1}, "y": {"v": 2}}}),
        ("a(x/v,y/t),b", {"a": {"x": {"v": 1}, "y": {"t": "P"}}, "b": "B"}),
        ("list/v", {"list": [{"v": 1}, {"v": 2}]}),
        ("a/x/v,a/x", {"a": {"x": {"v": 1, "t": "P"}}}),
        ("a/x,a/x/v", {"a": {"x": {"v": 1, "t": "P"}}}),
        ("a/x/v,a/y/v", {"a": {"x": {"v": 1}, "y": {"v": 2}}}),
        ("nothing", {}),
        (" b , a / x ", {"b": "B", "a": {"x": {"v": 1, "t": "P"}}}),
    ],
)
def test_what_is_selected(fields: str, expected: object) -> None:
    assert select(ANSWER, fields) == expected


@pytest.mark.parametrize(
    "fields", [",", "a(", "a)", "a(b", "a//b", "/a", "a,", "()", "a/" * 99 + "a"]
)
def test_what_cannot_be_read_is_refused(fields: str) -> None:
    with pytest.raises(WireError, match="Invalid field selection"):
        select(ANSWER, fields)

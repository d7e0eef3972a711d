"""Each error of Discord, and of the way there, means one thing."""

import json
from datetime import timedelta

import aiohttp
import discord
import pytest

from bot.enforcement.answers import Gone, Refused, Unclear, translate
from tests.bot.enforcement.troubles import refusal


@pytest.mark.parametrize("code", [10003, 10004, 10007, 10008, 10013, 10026])
def test_what_is_unknown_is_gone(code: int) -> None:
    answer = translate(refusal(404, {"code": code, "message": "Unknown"}), None)
    assert isinstance(answer, Gone)
    assert answer.code == code


def test_a_member_who_is_unknown_has_left() -> None:
    assert translate(refusal(404, {"code": 10007}), None) == Gone(
        "The member has left the server.", 10007
    )


@pytest.mark.parametrize("code", [50001, 50013, 0])
def test_a_forbidden_request_names_the_permission_it_needs(code: int) -> None:
    answer = translate(refusal(403, {"code": code}), "manage_messages")
    assert isinstance(answer, Refused)
    assert answer.lacks == "manage_messages"
    assert "Manage Messages" in answer.why


@pytest.mark.parametrize("code", [50007, 50278])
def test_closed_direct_messages_are_no_missing_permission(code: int) -> None:
    answer = translate(refusal(403, {"code": code}), None)
    assert answer == Refused("The member takes no direct messages from this bot.")


def test_an_archived_post_is_told_apart() -> None:
    answer = translate(refusal(400, {"code": 50083}), "manage_messages")
    assert isinstance(answer, Refused)
    assert answer.is_archived


def test_a_wall_without_via_is_a_ban_of_ten_minutes() -> None:
    answer = translate(refusal(429, "<html>"), None)
    assert answer == Unclear("shut out for a while", wait=timedelta(minutes=10), is_banned=True)


def test_a_rate_limit_with_via_is_no_ban() -> None:
    answer = translate(refusal(429, {"retry_after": 1}, Via="1.1 google"), None)
    assert isinstance(answer, Unclear)
    assert not answer.is_banned


@pytest.mark.parametrize(
    "trouble",
    [
        refusal(500),
        refusal(503),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientPayloadError("cut short"),
        ConnectionResetError(),
        TimeoutError(),
        json.JSONDecodeError("cut short", "{", 1),
    ],
)
def test_nobody_knows_what_became_of_a_broken_request(trouble: Exception) -> None:
    answer = translate(trouble, None)
    assert isinstance(answer, Unclear)
    assert not answer.wait


def test_a_rate_limit_that_is_too_long_says_how_long() -> None:
    answer = translate(discord.RateLimited(90.0), None)
    assert isinstance(answer, Unclear)
    assert answer.wait == timedelta(seconds=90)


def test_any_other_refusal_gives_discords_own_words_on_one_line() -> None:
    body = {"code": 50035, "message": "Invalid Form Body", "errors": {"x": {"_errors": []}}}
    assert translate(refusal(400, body), None) == Refused("Discord refused: Invalid Form Body.")

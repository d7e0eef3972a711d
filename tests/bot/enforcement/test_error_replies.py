"""What people read when something went wrong: a sentence for each kind, and never a traceback."""

from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.enforcement.error_replies import LONGEST, answer_error, sentence_of
from bot.errors import (
    BadPolicyError,
    RefusedError,
    ScoringError,
    StaleCaseError,
    StorageError,
    UnreachableError,
)

COMMAND: Any = SimpleNamespace(name="undo", qualified_name="case undo")
FORBIDDEN = discord.Forbidden(
    SimpleNamespace(status=403, reason="Forbidden"),  # type: ignore[arg-type]
    {"code": 50013, "message": "Missing Permissions"},
)


def invoked(error: Exception) -> app_commands.CommandInvokeError:
    return app_commands.CommandInvokeError(COMMAND, error)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RefusedError("There is no case 7."), "There is no case 7."),
        (StaleCaseError("Somebody was quicker."), "Somebody was quicker."),
        (BadPolicyError("the file, line 3", "act is 1.5"), "the file, line 3: act is 1.5"),
        (ScoringError("it has stopped"), "The model cannot judge just now: it has stopped"),
        (UnreachableError("Discord is silent"), "please try again in a few minutes"),
        (StorageError("disk full"), "nothing was done"),
        (FORBIDDEN, "I lack a permission here (Missing Permissions)"),
        (app_commands.CommandNotFound("old", []), "please restart Discord"),
        (app_commands.NoPrivateMessage(), "on a server only"),
        (app_commands.CheckFailure(), "You may not use this here."),
    ],
)
def test_every_expected_error_has_a_sentence_also_inside_a_command(
    error: Exception, words: str
) -> None:
    assert words in (sentence_of(error) or "")
    assert words in (sentence_of(invoked(error)) or "")


def test_what_cannot_be_read_is_named_and_its_reason_given() -> None:
    class Span(app_commands.Transformer):
        pass

    bare = app_commands.TransformerError("soon", discord.AppCommandOptionType.string, Span())
    assert "“soon” is not something I can use there" in (sentence_of(bare) or "")

    bare.__cause__ = RefusedError("Write it like 30m.")
    assert sentence_of(bare) == "Write it like 30m."


def test_a_mistake_of_ours_has_no_sentence() -> None:
    assert sentence_of(KeyError("x")) is None
    assert sentence_of(invoked(KeyError("x"))) is None


class Answered:
    """An interaction that notes what it is answered; `is_done` when something was sent before."""

    def __init__(self, *, is_done: bool) -> None:
        self.command, self.guild_id = None, 1
        self.sent: list[tuple[str, str, bool]] = []

        async def first(text: str, *, ephemeral: bool) -> None:
            self.sent.append(("first", text, ephemeral))

        async def further(text: str, *, ephemeral: bool) -> None:
            self.sent.append(("further", text, ephemeral))

        self.response = SimpleNamespace(is_done=lambda: is_done, send_message=first)
        self.followup = SimpleNamespace(send=further)


@pytest.mark.parametrize(("is_done", "way"), [(False, "first"), (True, "further")])
async def test_who_asked_reads_it_alone_and_in_the_way_that_is_left(
    is_done: bool, way: str
) -> None:
    asked: Any = Answered(is_done=is_done)

    await answer_error(asked, RefusedError("x" * 5000))

    [(used, text, is_private)] = asked.sent
    assert (used, is_private) == (way, True)
    assert len(text) == LONGEST


async def test_a_mistake_of_ours_is_owned_up_to_without_its_details() -> None:
    asked: Any = Answered(is_done=False)

    await answer_error(asked, KeyError("a secret"))

    [(_, text, _)] = asked.sent
    assert "Something went wrong on my side" in text
    assert "secret" not in text

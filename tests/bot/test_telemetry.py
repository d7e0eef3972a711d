"""Log lines: one event is one line, and no secret ever stands in one."""

import io
import json
import logging
from collections.abc import Generator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.telemetry import MASK, set_up_logging
from config.settings import LogForm, LogLevel

TOKEN = "MTA1NzY4NTI5MjgxODI1MTc3Ng.GxKq1v.3vTJmYQ5fWc0m1zv8eKq2bLw9rXh7uNp4sDoAi"
SECRET = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _as_before() -> Generator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, _ = handlers, root.setLevel(level)
    structlog.reset_defaults()


def logged(form: LogForm = LogForm.JSON, level: LogLevel = LogLevel.DEBUG) -> io.StringIO:
    stream = io.StringIO()
    set_up_logging(form, level, secrets=[SECRET], to=stream)
    return stream


def fail_with(words: str) -> None:
    raise RuntimeError(words)


@pytest.mark.parametrize("form", [LogForm.JSON, LogForm.CONSOLE])
@pytest.mark.parametrize(
    "leak", [TOKEN, SECRET, f"https://discord.com/api/webhooks/12345/{'x' * 68}"]
)
def test_a_secret_is_masked_in_fields_and_in_tracebacks(form: LogForm, leak: str) -> None:
    stream = logged(form)
    log = structlog.stdlib.get_logger("bot.test")
    log.warning("login_failed", detail=leak)
    try:
        fail_with(leak)
    except RuntimeError:
        log.exception("request_failed")
        logging.getLogger("discord.http").exception("with %s", leak)
    written = stream.getvalue()
    assert leak not in written
    assert leak[-40:] not in written
    assert written.count(MASK) >= 3


def test_a_databases_password_is_masked_and_its_host_is_not() -> None:
    stream = logged()
    structlog.stdlib.get_logger("bot").info("opened", url="postgresql://eve:pa55@db.example/cases")
    assert json.loads(stream.getvalue())["url"] == f"postgresql://{MASK}@db.example/cases"


@given(st.text())
def test_one_event_is_one_line_whatever_a_member_wrote(name: str) -> None:
    stream = logged()
    structlog.stdlib.get_logger("bot").info("case_opened", member=name)
    assert len(stream.getvalue().splitlines()) == 1
    assert json.loads(stream.getvalue())["event"] == "case_opened"


def test_discords_own_debug_lines_which_hold_messages_stay_out() -> None:
    stream = logged()
    logging.getLogger("discord.gateway").debug("received %s", "what a member wrote")
    assert stream.getvalue() == ""


def test_the_level_holds_for_our_events() -> None:
    stream = logged(level=LogLevel.WARNING)
    structlog.stdlib.get_logger("bot").info("case_opened")
    assert stream.getvalue() == ""

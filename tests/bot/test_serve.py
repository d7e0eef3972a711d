"""`bot.py serve` as it is run: a process of its own, the bundled model, a stop in order."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.bot.test_cli import run

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


@pytest.fixture
def process(tmp_path: Path) -> Generator["subprocess.Popen[str]"]:
    environment = {**os.environ, "EVENHAND_DATABASE": str(tmp_path / "kept.sqlite3")}
    command = [sys.executable, "bot.py", "serve", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_answers_keeps_suggestions_and_stops_in_order(
    process: "subprocess.Popen[str]",
) -> None:
    assert process.stderr is not None
    lines = iter(process.stderr.readline, "")
    address = next(found[1] for line in lines if (found := re.search(r"Answering on (\S+)", line)))

    def post(method: str, body: object) -> dict[str, object]:
        request = Request(
            address.replace("comments:analyze", method), data=json.dumps(body).encode()
        )
        with urlopen(request, timeout=PATIENCE_S) as response:
            return json.load(response)

    comment = {"text": "you are a stupid fucking idiot and nobody likes you"}
    answer = post("comments:analyze", {"comment": comment, "requestedAttributes": {"TOXICITY": {}}})
    scores = answer["attributeScores"]
    assert isinstance(scores, dict)
    assert scores["TOXICITY"]["summaryScore"]["value"] > 0.5
    suggested = {"TOXICITY": {"summaryScore": {"value": 1}}}
    kept = post("comments:suggestscore", {"comment": comment, "attributeScores": suggested})
    assert kept == {"detectedLanguages": ["en"]}

    process.send_signal(signal.SIGTERM)
    rest = "".join(lines)
    assert process.wait(PATIENCE_S) == 0
    assert "Stopping" in rest
    assert "stupid" not in rest


def test_an_empty_host_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("serve", "--host", "") == 2
    assert "is empty, expected an address" in capsys.readouterr().err


def test_a_port_that_is_no_port_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("serve", "--port", "99999") == 2
    assert "is 99999, expected a whole number from 0 to 65535" in capsys.readouterr().err


def test_an_address_that_is_not_this_machines_is_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("serve", "--host", "192.0.2.1", "--port", "0") == 2
    said = capsys.readouterr().err
    assert "192.0.2.1:0: cannot be listened on (cannot assign requested address)" in said


def test_a_public_address_that_is_none_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EVENHAND_WEB_PUBLIC_URL", "scores.example")
    assert run("serve", "--port", "0") == 2
    said = capsys.readouterr().err
    assert "web_public_url cannot be used: it should match pattern '^https?://" in said

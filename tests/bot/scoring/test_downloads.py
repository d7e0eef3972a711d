"""Fetching: only the whole and right file ever appears, and a failure is one helpful sentence."""

import hashlib
import http.client
import io
import subprocess
import sys
from email.message import Message
from pathlib import Path

import huggingface_hub
import pytest
from detoxify import detoxify

from bot.errors import ModelUnavailableError
from bot.scoring.compiled_form import CACHE_VARIABLE
from bot.scoring.downloads import fetch, hub_config
from bot.scoring.location import locate
from bot.scoring.own_process import environment
from bot.scoring.published import CHECKPOINTS, MODEL_NAMES, PUBLISHED

CONTENT = b"weights" * 300_000
PREFIX = hashlib.sha256(CONTENT).hexdigest()[:8]
URL = "https://example.org/toxic-12345678.ckpt"


class Response(io.BytesIO):
    """What a server sends: a body, and how long it said it would be."""

    def __init__(self, body: bytes, *, length: int | None = None) -> None:
        super().__init__(body)
        self.headers = Message()
        self.headers["Content-Length"] = str(len(body) if length is None else length)


def test_a_fetched_file_is_the_published_one_and_progress_is_told(tmp_path):
    told: list[tuple[str, int, int | None]] = []
    path = tmp_path / "cache" / "toxic.ckpt"

    fetch(
        URL,
        path,
        hash_prefix=PREFIX,
        tell=lambda *heard: told.append(heard),
        opener=lambda _: Response(CONTENT),
    )

    assert path.read_bytes() == CONTENT
    # 2,100,000 bytes in pieces of 2^20 = 1,048,576.
    assert told == [("toxic.ckpt", done, 2_100_000) for done in (1_048_576, 2_097_152, 2_100_000)]
    assert list(path.parent.iterdir()) == [path]


def test_without_a_listener_a_bar_is_drawn_on_standard_error(tmp_path, capsys):
    fetch(URL, tmp_path / "toxic.ckpt", hash_prefix=PREFIX, opener=lambda _: Response(CONTENT))

    drawn = capsys.readouterr()
    assert drawn.out == ""
    assert "toxic.ckpt" in drawn.err


def torn(_: str) -> Response:
    return Response(CONTENT[:1000], length=len(CONTENT))


def reset(_: str) -> Response:
    raise ConnectionResetError(104, "Connection reset by peer")


def nonsense(_: str) -> Response:
    raise http.client.BadStatusLine("nonsense")


@pytest.mark.parametrize(
    ("opener", "said"),
    [
        (lambda _: Response(b"<html>log in first</html>"), "expected " + PREFIX),
        (torn, "ended after 1000 of 2100000 bytes"),
        (reset, "Connection reset by peer"),
        (nonsense, "nonsense"),
    ],
)
def test_anything_but_the_right_file_leaves_nothing_behind(tmp_path, opener, said):
    with pytest.raises(ModelUnavailableError, match=said) as caught:
        fetch(URL, tmp_path / "toxic.ckpt", hash_prefix=PREFIX, opener=opener)

    assert list(tmp_path.iterdir()) == []
    assert URL in str(caught.value)
    assert "'compact'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_network_each_published_model_says_what_where_from_and_what_instead(
    tmp_path, monkeypatch, no_network
):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    for name in PUBLISHED:
        with pytest.raises(ModelUnavailableError) as caught:
            locate(name, lambda *_: None)
        sentence = str(caught.value)
        assert CHECKPOINTS[name] in sentence
        assert "the network is unreachable" in sentence
        assert "'compact' comes with Evenhand" in sentence
    assert len(no_network) == len(PUBLISHED)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_that_detoxify_fetched_is_found(tmp_path, monkeypatch, no_network):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    there = tmp_path / "hub" / "checkpoints" / "toxic_original-c1212f89.ckpt"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"")

    location = locate("original")
    assert (location.weights, location.hash_prefix) == (there, "c1212f89")
    assert no_network == []


def test_where_a_published_model_is_can_be_told_without_pytorch(tmp_path):
    there = tmp_path / "hub" / "checkpoints" / "toxic_original-c1212f89.ckpt"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"")
    program = (
        "import sys; from bot.scoring.compiled_form import find_form;"
        "from bot.scoring.location import locate; print(find_form(locate('original')));"
        "sys.exit(not sys.modules.keys().isdisjoint({'torch', 'transformers', 'detoxify'}))"
    )
    cache = {"TORCH_HOME": str(tmp_path), CACHE_VARIABLE: str(tmp_path / "forms")}
    subprocess.run([sys.executable, "-c", program], env={**environment(), **cache}, check=True)


def test_the_table_names_all_that_detoxify_publishes():
    assert detoxify.MODEL_URLS == CHECKPOINTS
    assert set(PUBLISHED) == set(CHECKPOINTS)
    assert MODEL_NAMES[0] == "compact"


@pytest.fixture
def hub_cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    return tmp_path


def put_in_cache(cache: Path, name: str, *files: str) -> Path:
    """Lay files out as the hub's client does."""
    revision = "0" * 40
    home = cache / f"models--{name}"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "main").write_text(revision)
    folder = home / "snapshots" / revision
    folder.mkdir(parents=True)
    for file in files:
        (folder / file).write_text("{}")
    return folder


def test_settings_already_in_the_hubs_cache_need_no_network(hub_cache, no_network):
    folder = put_in_cache(hub_cache, "roberta-base", "config.json", "vocab.json", "merges.txt")

    assert hub_config("roberta-base") == folder
    assert no_network == []


@pytest.mark.parametrize("files", [(), ("config.json",), ("vocab.txt",)])
def test_settings_that_cannot_be_fetched_are_one_sentence(hub_cache, no_network, files):
    if files:
        put_in_cache(hub_cache, "bert-base-uncased", *files)

    with pytest.raises(ModelUnavailableError) as caught:
        hub_config("bert-base-uncased")

    assert "/bert-base-uncased, which failed (" in str(caught.value)
    assert "'compact' comes with Evenhand" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert no_network != []

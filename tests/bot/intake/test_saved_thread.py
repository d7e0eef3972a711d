import io
import json
import os
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import BadThreadError
from bot.intake import source_text
from bot.intake.saved_thread import Format, read_thread

SAMPLES = Path(__file__).parent / "samples"
FORMATS = Path(__file__).parents[3] / "docs" / "formats.md"
PAGE = "Pool\n\n\n  • Ada\n\n    Hi, Bén.\n"
LINE = '{"id": 1, "author": "Ada", "text": "Hi"}'


def read(content: bytes | str, as_format: Format | None = None):
    raw = content.encode() if isinstance(content, str) else content
    return read_thread(Path("-"), as_format=as_format, stdin=io.BytesIO(raw))


def refusal(content: bytes | str, as_format: Format | None = None) -> str:
    with pytest.raises(BadThreadError) as caught:
        read(content, as_format)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "found", "count"),
    [
        ("page.txt", "saved page", 9),
        ("discord.json", "DiscordChatExporter JSON", 5),
        ("disqus.xml", "Disqus XML", 4),
    ],
)
def test_the_format_of_a_file_is_found_by_its_content(name: str, found: str, count: int):
    thread = read_thread(SAMPLES / name)
    assert (thread.format, len(thread.comments)) == (found, count)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (PAGE, "saved page"),
        ("[Opinion] " + PAGE, "saved page"),
        ("<3 " + PAGE, "saved page"),
        (LINE, "JSON Lines"),
        ("\n\n  " + LINE, "JSON Lines"),
        ('{"guild": "g", "id": 1, "author": "A", "text": "messages"}', "JSON Lines"),
        (
            json.dumps(json.loads((SAMPLES / "discord.json").read_text())),
            "DiscordChatExporter JSON",
        ),
        (
            json.dumps(json.loads((SAMPLES / "discord.json").read_text()), sort_keys=True),
            "DiscordChatExporter JSON",
        ),
        ("<!-- saved -->" + (SAMPLES / "disqus.xml").read_text().split("?>")[1], "Disqus XML"),
    ],
)
def test_the_format_is_found_by_how_the_text_begins(content: str, found: str):
    assert read(content).format == found


@pytest.mark.parametrize("as_format", Format)
def test_a_format_that_is_named_is_used(as_format: Format):
    contents = {
        Format.PAGE: PAGE,
        Format.JSON_LINES: LINE,
        Format.DISCORD: (SAMPLES / "discord.json").read_text(),
        Format.DISQUS: (SAMPLES / "disqus.xml").read_text(),
    }
    assert read(contents[as_format], as_format) == read(contents[as_format])


@pytest.mark.parametrize(
    ("content", "as_format", "where", "what", "looks_like"),
    [
        (PAGE, Format.JSON_LINES, ", line 1", "is not JSON at column 1 (exp", "saved page"),
        (LINE, Format.PAGE, "", "shows no comments, expected for each", "JSON Lines"),
        (LINE, Format.DISQUS, ", line 1", "is not XML at column 1 (not well-", "JSON Lines"),
        (
            f"{LINE}\n{LINE}",
            Format.DISCORD,
            ", line 2",
            "is not JSON at column 1 (extra data)",
            "JSON Lines",
        ),
    ],
)
def test_a_wrongly_named_format_is_answered_with_what_the_file_looks_like(
    content: str, as_format: Format, where: str, what: str, looks_like: str
):
    message = refusal(content, as_format)
    assert message.startswith(f"standard input{where}: ")
    assert what in message
    assert message.endswith(f"and looks like {looks_like}")


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.encode("utf-32"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
    ],
    ids=["UTF-8 mark", "UTF-16", "UTF-16 big-endian", "UTF-32", "CRLF", "CR"],
)
def test_marks_and_line_ends_of_other_systems_change_nothing(encode):
    assert read(encode(PAGE)) == read(PAGE)


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        (b"", "standard input", "is empty, expected a saved page, JSON Lines"),
        (b" \n\n", "standard input", "holds nothing but white space, expected a saved page"),
        (
            "Pool\n\n  • Bén".encode("cp1252"),
            "standard input, line 3",
            # Windows writes the bullet, which follows two spaces, as the one byte 0x95.
            "byte 3 of the line (0x95) is not UTF-8",
        ),
        (PAGE.encode() + b"\n\xff", "standard input, line 8", "byte 1 of the line (0xFF) is not"),
        (PAGE.encode()[:-4] + b"\xc3", "standard input, line 6", "is not UTF-8, expected the file"),
        (b"\xff\xfea\x00b", "standard input", "byte 5 of the file breaks its UTF-16"),
        (
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            "standard input, line 3",
            "holds NUL bytes, as pictures",
        ),
        ("a\n\0".encode("utf-16"), "standard input, line 2", "holds a NUL character"),
        (b"<html><body>Hi</body></html>", "standard input", "is HTML or XML but no Disqus export"),
        (b"<?xml version='1.0'?>", "standard input", "is HTML or XML but no Disqus export"),
        (b'[{"id": 1}]', "standard input", "is one JSON list, expected one JSON object a line"),
        (b"Just some words.", "standard input", "shows no comments, expected for each a line"),
        (b'{\n "a": 1\n}', "standard input, line 1", "is not JSON at column 2"),
    ],
)
def test_content_that_is_no_discussion_is_refused_by_place_and_expectation(
    content: bytes, where: str, what: str
):
    message = refusal(content)
    assert message.startswith(f"{where}: ")
    assert what in message
    assert "expected" in message


def test_a_closed_standard_input_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(BadThreadError, match=r"^standard input: is closed, expected a saved page"):
        read_thread(Path("-"))


def test_a_standard_input_that_cannot_be_read_is_one_sentence(tmp_path: Path):
    with (tmp_path / "out").open("wb") as writable, pytest.raises(BadThreadError) as caught:
        read_thread(Path("-"), stdin=writable)
    assert str(caught.value).startswith("standard input: cannot be read (read), expected")


def test_files_that_cannot_be_opened_are_named(tmp_path: Path):
    for path, what in ((tmp_path / "none.txt", "no such file"), (tmp_path, "is a directory")):
        with pytest.raises(BadThreadError) as caught:
            read_thread(path)
        assert str(caught.value).startswith(f"{path}: {what}, expected")


def test_a_file_without_read_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "secret.txt"

    def refuse(*_: object) -> None:
        # Whoever runs the tests may be root, whom no permission stops.
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(BadThreadError, match=r"secret\.txt: cannot be read \(Permission denied\)"):
        read_thread(path)


def test_a_file_over_the_limit_is_refused_before_it_is_read_whole(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(source_text, "MAX_FILE_BYTES", 1024 * 1024)
    endless = io.BytesIO(b"x" * (2 * 1024 * 1024))
    with pytest.raises(BadThreadError, match="standard input: is larger than 1 MiB, expected less"):
        read_thread(Path("-"), stdin=endless)
    assert endless.tell() == 1024 * 1024 + 1


def test_a_pipe_is_read_like_a_file(tmp_path: Path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = Thread(target=path.write_bytes, args=(PAGE.encode(),), daemon=True)
    writer.start()
    assert len(read_thread(path).comments) == 1
    writer.join()


def test_the_examples_of_the_documentation_are_read_as_it_says():
    blocks = FORMATS.read_text(encoding="utf-8").split("```")[1::2]
    page, lines = (block.split("\n", maxsplit=1)[1] for block in blocks)
    assert [(c.author.name, c.depth) for c in read(page).comments] == [
        ("Ada Brook", 0), ("Ben", 1), ("Όλγα", 0),
    ]  # fmt: skip
    assert [(c.id, c.parent_id) for c in read(lines).comments] == [("1", None), ("2", "1")]


fragments = st.lists(
    st.sampled_from(
        [
            "\n", "\n\n", "  ", "• ", "  • Ada", "\n\n    • Ben\n\n", "{", "}", "[", '"', ":", ",",
            LINE, '{"id": 1, "author": ', '"parent_id": 1', '"guild": {', '"messages": [', "null",
            "<disqus>", "</disqus>", '<post dsq:id="1">', "<message>", "<!DOCTYPE x>", "<![CDATA[",
            "<?xml", "&amp;", "\ufeff", "\0", "é", "\u2028", "x",
        ]
    ),
    max_size=30,
).map(lambda parts: "".join(parts).encode())  # fmt: skip


@given(st.binary(max_size=300) | fragments, st.none() | st.sampled_from(Format))
@example(b"\xff\xfe", None)
@example(b"\x00\x00\xfe\xff", None)
@example(b"\xef\xbb\xbf", Format.DISQUS)
def test_any_bytes_are_read_or_refused_in_one_sentence(content: bytes, as_format: Format | None):
    try:
        thread, refused = read(content, as_format), None
    except BadThreadError as error:
        thread, refused = None, str(error)
    if thread is not None:
        ids = {c.id for c in thread.comments}
        assert 0 < len(ids) == len(thread.comments)
        assert all(c.parent_id is None or c.parent_id in ids for c in thread.comments)
    if refused is not None:
        assert refused.startswith("standard input")
        assert "expected" in refused
        assert "\n" not in refused
        refused.encode()

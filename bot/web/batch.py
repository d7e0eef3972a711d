"""Batches: many calls in one request, as Google's clients send them (multipart/mixed).

Takes the envelope apart and writes one; each part is then answered like a request of its own. It
takes time linear in its length, and knows no envelopes within one. Pure; called by `perspective`.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus

from yarl import URL

from bot.web.calls import JSON, Answer, Call
from bot.web.refusals import WireError, refused

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_LONGEST_ID = 256
_MOST_HEADERS = 64
_LONGEST_HEAD = 8192
"""Bytes, as aiohttp reads of one header."""


@dataclass(frozen=True, slots=True)
class Part:
    """One call of a batch. `content_id` is empty where the client gave none."""

    content_id: str
    call: Call


def first_call(content_type: str, start: bytes) -> Call:
    """Read the first call of a batch of which only the start is there.

    Raises:
        WireError: it is no batch, or begins with something else.
    """
    pieces = _pieces(content_type, start, most=1)
    if not pieces or not _is_call(pieces[0]):
        raise _no_parts()
    return read_part(pieces[0]).call


def split_batch(content_type: str, body: bytes, *, most: int) -> list[bytes]:
    """Take a batch apart, in order.

    Raises:
        WireError: it is no batch, or one of more than `most` parts.
    """
    pieces = _pieces(content_type, body, most=most + 1)
    parts = [piece for piece in pieces if _is_call(piece)]
    if not parts:
        raise _no_parts()
    if len(pieces) > most:
        raise refused(f"The batch has too many parts: at most {most} are answered.")
    return parts


def read_part(part: bytes) -> Part:
    """Read one call. Its key stands in its own query or headers."""
    head, inner = _parted(part)
    content_id = _UNPRINTABLE.sub("", _headers(head).get("content-id", ""))[:_LONGEST_ID]
    head, body = _parted(inner.lstrip(b"\r\n"))
    line, _, head = head.partition(b"\n")
    words = _text(line).split()
    verb, target = (words[0].upper(), words[1]) if len(words) > 1 else ("", "")
    url = _url(target)

    async def read() -> bytes:
        return body.rstrip(b"\r\n")

    return Part(content_id, Call(verb, url.path, dict(url.query), _headers(head), read))


def write_batch(answers: Sequence[tuple[str, Answer]]) -> tuple[str, bytes]:
    """Write the answers, in order, each with its call's content id; gives Content-Type and body."""
    boundary = f"batch_{secrets.token_hex(16)}"
    pieces: list[bytes] = []
    for content_id, answer in answers:
        lines = [f"--{boundary}", "Content-Type: application/http"]
        if content_id:
            lines.append(f"Content-ID: <response-{content_id.strip('<>')}>")
        lines += ["", f"HTTP/1.1 {answer.code} {_phrase(answer.code)}", f"Content-Type: {JSON}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        lines += [f"Content-Length: {len(answer.body)}", "", ""]
        pieces += ["\r\n".join(lines).encode(), answer.body, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return f"multipart/mixed; boundary={boundary}", b"".join(pieces)


def _pieces(content_type: str, body: bytes, *, most: int) -> list[bytes]:
    """Split a batch at its delimiters; beyond `most` pieces the rest is left out."""
    delimiter = b"\n--" + _boundary(content_type)
    # Before the first there is a preamble, after the closing delimiter's two dashes an epilogue.
    pieces = (b"\n" + body).split(delimiter, most + 1)[1 : most + 1]
    return [piece for piece in pieces if not piece.startswith(b"--")]


def _boundary(content_type: str) -> bytes:
    """Find what stands between the parts."""
    message = Message()
    message["Content-Type"] = _UNPRINTABLE.sub("", content_type)
    boundary = message.get_boundary()
    if message.get_content_maintype() != "multipart" or not boundary:
        raise refused("A batch must be multipart/mixed.")
    return boundary.encode(errors="replace")


def _no_parts() -> WireError:
    return refused("The batch has no parts of type application/http.")


def _is_call(part: bytes) -> bool:
    head, _ = _parted(part)
    return _headers(head).get("content-type", "").lower().startswith("application/http")


def _parted(message: bytes) -> tuple[bytes, bytes]:
    """Part a head from what follows its blank line."""
    ends = (b"\r\n\r\n", b"\n\n")
    found = [(at, len(end)) for end in ends if (at := message.find(end)) >= 0]
    at, length = min(found, default=(len(message), 0))
    return message[: min(at, _LONGEST_HEAD)], message[at + length :]


def _headers(head: bytes) -> Mapping[str, str]:
    """Read a head's lines; the names are in lower case."""
    lines = [line.partition(b":") for line in head.split(b"\n", _MOST_HEADERS)[:_MOST_HEADERS]]
    return {_text(name).strip().lower(): _text(value).strip() for name, _, value in lines}


def _text(written: bytes) -> str:
    return written.decode("utf-8", "replace")


def _url(target: str) -> URL:
    """Read a call's path and query; what cannot be read is a path that nothing is found at."""
    try:
        return URL(target, encoded=False)
    except ValueError:
        return URL("/")


def _phrase(code: int) -> str:
    return HTTPStatus(code).phrase

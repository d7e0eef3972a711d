"""Batches: many calls in one request, as Google's clients send them (multipart/mixed).

Reads and writes the envelope alone; each part is then answered like a request of its own. Pure;
called by `perspective`.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from http import HTTPStatus

from yarl import URL

from bot.web.calls import JSON, Answer, Call
from bot.web.refusals import refused

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_LONGEST_ID = 256


@dataclass(frozen=True, slots=True)
class Part:
    """One call of a batch. `content_id` is empty where the client gave none."""

    content_id: str
    call: Call


def read_batch(content_type: str, body: bytes, *, most: int) -> list[Part]:
    """Read a batch's calls, in order. The key of a part stands in its own query or headers.

    Raises:
        WireError: it is no batch, or one of more than `most` parts.
    """
    # The library reads a whole message; its head is the one header that says how it is parted.
    head = _UNPRINTABLE.sub("", content_type).encode()
    message = message_from_bytes(b"Content-Type: " + head + b"\r\n\r\n" + body)
    boundary = message.get_boundary()
    if not message.get_content_type().startswith("multipart/") or boundary is None:
        raise refused("A batch must be multipart/mixed.")
    parts = [part for part in message.walk() if part.get_content_type() == "application/http"]
    if not parts:
        raise refused("The batch has no parts of type application/http.")
    if len(parts) > most:
        raise refused(f"The batch has too many parts: {len(parts)}, at most {most} are answered.")
    return [_read_part(part) for part in parts]


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


def _read_part(part: Message) -> Part:
    content_id = _UNPRINTABLE.sub("", part.get("Content-ID", ""))[:_LONGEST_ID]
    payload = part.get_payload(decode=True)
    inner = payload if isinstance(payload, bytes) else b""
    line, _, rest = inner.lstrip(b"\r\n").partition(b"\n")
    head, _, body = rest.replace(b"\r\n", b"\n").partition(b"\n\n")
    if rest.startswith((b"\n", b"\r\n")):
        head, body = b"", rest.lstrip(b"\r\n")
    words = line.decode("utf-8", "replace").split()
    verb, target = (words[0].upper(), words[1]) if len(words) > 1 else ("", "")
    headers = {
        name.lower(): str(value) for name, value in message_from_bytes(head + b"\n\n").items()
    }
    url = _url(target)
    return Part(content_id, Call(verb, url.path, dict(url.query), headers, body.rstrip(b"\r\n")))


def _url(target: str) -> URL:
    """Read a call's path and query; what cannot be read is a path that nothing is found at."""
    try:
        return URL(target, encoded=False)
    except ValueError:
        return URL("/")


def _phrase(code: int) -> str:
    return HTTPStatus(code).phrase

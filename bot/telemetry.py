"""Logging: event names with fields, secrets taken out, comment text left out.

House rules: an event is a name (`case_opened`), never a sentence; a member's words are never
logged. Modules take `structlog.stdlib.get_logger(__name__)`. Set up once, by composition roots.
"""

import logging
import re
import sys
from collections.abc import Iterable
from typing import TextIO

import structlog
from structlog.typing import Processor

from config.settings import LogForm, LogLevel

MASK = "[secret]"
_SHAPES = re.compile(
    r"[MNO][\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,40}"  # a bot's token
    r"|(?<=/webhooks/)\d+/[\w-]{60,}"  # a webhook's id and token
    r"|(?<=://)[^\s/:@]+:[^\s/@]+(?=@)"  # the name and password in a database's URL
)
_NOISY = ("discord", "aiosqlite", "alembic", "asyncio")
"""Libraries of which only warnings are heard; discord.py's debug lines hold whole messages."""


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Takes secrets out of the finished line, tracebacks included: by value and by shape."""

    def __init__(self, renderers: Iterable[Processor], secrets: Iterable[str]) -> None:
        super().__init__(
            foreign_pre_chain=_SHARED,
            processors=[self.remove_processors_meta, *renderers],
        )
        self._secrets = tuple(secret for secret in secrets if secret)

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as one line without secrets."""
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, MASK)
        return _SHAPES.sub(MASK, line)


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # they hold members' words
)


def set_up_logging(
    form: LogForm, level: LogLevel, *, secrets: Iterable[str] = (), to: TextIO | None = None
) -> None:
    """Send our events and the libraries' log lines to `to` (standard error), one a line."""
    stream = sys.stderr if to is None else to
    for_people = form is LogForm.CONSOLE or (form is LogForm.AUTO and stream.isatty())
    renderers: tuple[Processor, ...] = (
        (
            structlog.dev.ConsoleRenderer(
                colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        )
        if for_people
        else (_TRACEBACKS, structlog.processors.JSONRenderer())
    )
    # What the code calls goes through the standard library's logging, as the libraries' lines do.
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    target = logging.StreamHandler(stream)
    target.setFormatter(RedactingFormatter(renderers, secrets))
    root = logging.getLogger()
    root.handlers = [target]
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)

"""HTML of a comment turned into the text a reader sees.

Paragraphs become lines, quotes get a "> " as in Markdown, links keep their words. No sanitiser:
nothing of this is ever shown as HTML. Called by `bot.intake.disqus_export`.
"""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "div", "ul", "ol", "pre", "blockquote", "h1", "h2", "h3", "h4"})
_UNSEEN = frozenset({"script", "style"})

# A "<" that begins no whole tag is shown as it is. Left to the parser it costs quadratic time
# where many tags are never closed, and an assertion fails where a "<![" has no known keyword.
_NO_TAG = re.compile(r"""<(?!/?[a-zA-Z][^<>"']*(?:(?:"[^"<]*"|'[^'<]*')[^<>"']*)*>|!--[^<>]*-->)""")


def text_of_html(html: str) -> str:
    """Turn HTML into text; broken HTML gives as much text as can be made out."""
    collector = _Collector()
    collector.feed(_NO_TAG.sub("&lt;", html))
    collector.close()
    return collector.text()


class _Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _BLOCKS:
            self._end_paragraph()
        if tag in {"br", "li"}:
            self._end_line()
        if tag == "li":
            self._line.append("• ")
        self._quotes += tag == "blockquote"
        self._unseen += tag in _UNSEEN

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_paragraph()
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        first, *others = data.split("\n")
        self._line.append(first)
        for other in others:
            self._end_line()
            self._line.append(other)

    def text(self) -> str:
        self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def _end_line(self) -> None:
        line = "".join(self._line).strip()
        self._line.clear()
        self._lines.append("> " + line if line and self._quotes else line)

    def _end_paragraph(self) -> None:
        self._end_line()
        self._lines.append("")

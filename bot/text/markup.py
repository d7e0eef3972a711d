"""Markup out: Discord's and Markdown's, Wikipedia's, HTML's, code, links and mentions.

Not a renderer: it keeps what a reader of the rendered text would read as the writer's words.
Called by `bot.text` alone. Every pattern is linear: no two neighbouring loops match one sign.
"""

import html
import re
from collections.abc import Callable

from bot.text.quotation import Heard

_SIGNS = re.compile(r"[*_~|<>`\[\]{}&\\=#:]|''|://|www\.")
_SIGN_TABLE = str.maketrans(dict.fromkeys('_~|<>`[]{}&\\=#:"“”„«»‘’', " "))

_INNER_SIGNS = re.compile(r"\*+|'+")

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
# Discord wants a space after the sign, Reddit and mail do not; ">:(" and ">50 %" are no quotes.
_QUOTE_SIGN = r">+(?:[ \t]+|(?=[^\W\d_]|[\"“'*\[]))"
_QUOTED_LINE = re.compile(rf"^[ \t]{{0,3}}{_QUOTE_SIGN}", re.MULTILINE)
_QUOTED_REST = re.compile(r"^[ \t]{0,3}>>>[ \t]+(?s:.*)", re.MULTILINE)
_LEADING = re.compile(rf"(?:{_QUOTE_SIGN})+")
_WORD = re.compile(r"[^\W_]|[^\x00-\xff]")

_INLINE_CODE = re.compile(r"(?<!`)(`{1,2})(?!`)([^`]+)\1(?!`)")
_CODE_SIGN = re.compile(r"[(){}\[\]<>=;/\\_|&+%^~#]|(?<!\w)-|\w\.\w|\d{2}")
_PLAIN_WORD = r"(?:[^\W\d_]{2,}(?:['’-][^\W\d_]+)*|[aAI])"
_SPOKEN = re.compile(
    rf"(?<![^\s\"'“‘(]){_PLAIN_WORD}[,:;]?(?:\s+{_PLAIN_WORD}[,:;]?){{2}}(?![^\s\"'”’).,:;!?])"
)
"""Three plain words in a row: somebody speaks, whatever signs stand around."""
_FENCE_LANGUAGE = re.compile(r"\A[a-zA-Z0-9+#-]*\n")

_MENTION = re.compile(r"<(?:@[!&]?|#)\d+>|<t:-?\d+(?::[a-zA-Z])?>|</[\w -]{1,64}:\d+>|<id:\w+>")
_CUSTOM_EMOJI = re.compile(r"<a?:(\w{1,64}):\d+>")
_ADDRESS = r"(?:[^\s()<>\[\]|{}]|\([^\s()<>\[\]|{}]*\))"
_LABELLED_LINK = re.compile(rf"\[([^\[\]\n]*)\]\(<?(?:[a-zA-Z]+://|www\.|/|#){_ADDRESS}*>?\)")
_LINK = re.compile(rf"<?\b(?:https?://|ftp://|www\.){_ADDRESS}+>?", re.IGNORECASE)
_AFTER_LINK = ".,;:!?'\"*_~"
_BREAKING_TAG = re.compile(
    r"</?(?:blockquote|br|center|dd|div|dl|dt|gallery|h[1-6]|hr|img|li|ol|p|pre|table|tbody|td|th"
    r"|tr|ul)(?:\s*/?|\s[^<>=]*=[^<>]*)>",
    re.IGNORECASE,
)
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|big|cite|code|del|em|font|i|ins|math|nowiki|q|ref|s|small|span|strike|strong"
    r"|sub|sup|tt|u)(?:\s*/?|\s[^<>=]*=[^<>]*)>",
    re.IGNORECASE,
)
_WIKI_LINK = re.compile(r"\[\[([^\[\]]*)\]\]")
_WIKI_EXTERNAL = re.compile(r"\[ ([^\[\]]*)\]")
_TEMPLATE = re.compile(r"\{\{([^{}]*)\}\}")
_HEADING = re.compile(r"^[ \t]*(={2,6})([^=\n]+)\1", re.MULTILINE)
_LINE_START = re.compile(
    r"^[ \t]*(?::{2,}[ \t]*|:(?=\w\w)|[:*]+[ \t]+|#{1,6}[ \t]+|-#[ \t]+)", re.MULTILINE
)

_ESCAPED = re.compile(r"\\+([*_~|`<>\\#\[\]()-])")
_SPOILER = re.compile(r"\|\|([^|]+)\|\|")
_RUNS = re.compile(r"'{2,}|~{2,}")
_STARS = re.compile(r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*]*[^\s*])\1(?![\w*])")
_UNDERSCORES = re.compile(r"(?<![\w])(_{1,3})(?=[^\s_])([^_]*[^\s_])\1(?!\w)")


def drop_quoted_lines(text: str, said: Heard) -> str:
    """Take out the lines quoted with `> ` or `>>> `; all quoted and unknown: keep their words."""
    if "&" in text:
        text = _ENTITY.sub(_unescape, text)
    if ">" not in text or not _QUOTED_LINE.search(text):
        return text
    own: list[str] = []
    quoted: list[str] = []
    rest = _QUOTED_REST.search(text)
    head = text[: rest.start()] if rest else text
    for line in head.split("\n"):
        mark = _QUOTED_LINE.match(line)
        if mark:
            quoted.append(line[mark.end() :])
        else:
            own.append(line)
    if rest:
        quoted.append(rest.group().lstrip(" \t>"))
    if any(_WORD.search(line) for line in own):
        return "\n".join(own)
    return "\n".join([*own, *said.leave_out(quoted)])


def strip_leading(text: str) -> str:
    """Drop quote signs left at the very start, where a second reading would see a quoted line."""
    if text.startswith(">"):
        mark = _LEADING.match(text)
        return text[mark.end() :] if mark else text
    return text


def drop_code(text: str) -> str:
    """Take out code, fenced and inline, with all words in it."""
    if "`" not in text:
        return text
    return _INLINE_CODE.sub(" ", _cut(text, "```", "```", lambda _: " "))


def strip_markup(text: str) -> str:
    """Take out code, links, mentions and tags; keep the words that stood in other markup."""
    if not _SIGNS.search(text):
        return text
    if "&" in text:
        text = _ENTITY.sub(_unescape, text)
    if "`" in text:
        text = _INLINE_CODE.sub(_keep_prose, _cut(text, "```", "```", _keep_fenced_prose))
    text = _LABELLED_LINK.sub(r"\1", text) if "](" in text else text
    text = _LINK.sub(_after_link, text)
    if "<" in text:
        text = _strip_angles(text)
    if "[" in text or "{{" in text or "==" in text:
        text = _strip_wiki(text)
    text = _LINE_START.sub("", text)
    return _strip_emphasis(text)


def strip_markup_signs(text: str) -> str:
    """Take out every sign that markup is made of, as the last resort against deep nesting.

    Stars and apostrophes inside a word stay: they are no markup there, and may mask a letter.
    """
    return _INNER_SIGNS.sub(_keep_inside_word, text.translate(_SIGN_TABLE))


def _strip_angles(text: str) -> str:
    text = _MENTION.sub(" ", text)
    text = _CUSTOM_EMOJI.sub(_emoji_name, text)
    text = text.replace("<!--", " ").replace("-->", " ")
    text = _BREAKING_TAG.sub(" ", text)
    return _INLINE_TAG.sub("", text)


def _strip_wiki(text: str) -> str:
    text = _TEMPLATE.sub(_template_words, text)
    text = _WIKI_LINK.sub(_link_words, text)
    text = _WIKI_EXTERNAL.sub(r"\1", text)
    return _HEADING.sub(r"\2 ", text)


def _strip_emphasis(text: str) -> str:
    if "\\" in text:
        text = _ESCAPED.sub(r"\1", text)
    if "||" in text:
        text = _SPOILER.sub(r"\1", text)
    if "''" in text or "~~" in text:
        text = _RUNS.sub("", text)
    if "*" in text:
        text = _STARS.sub(r"\2", text)
    if "_" in text:
        text = _UNDERSCORES.sub(r"\2", text)
    return text


def _cut(text: str, opening: str, closing: str, replace: Callable[[str], str]) -> str:
    """Replace every passage from `opening` to `closing`; an unclosed one stays."""
    kept: list[str] = []
    at = 0
    while (start := text.find(opening, at)) >= 0:
        end = text.find(closing, start + len(opening))
        if end < 0:
            break
        kept += (text[at:start], replace(text[start + len(opening) : end]))
        at = end + len(closing)
    return "".join([*kept, text[at:]]) if kept else text


def _keep_fenced_prose(inside: str) -> str:
    return _prose(_FENCE_LANGUAGE.sub("", inside, count=1))


def _keep_prose(code: re.Match[str]) -> str:
    return _prose(code[2])


def _keep_inside_word(signs: re.Match[str]) -> str:
    text, start, end = signs.string, signs.start(), signs.end()
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return signs.group() if before.isalnum() and after.isalnum() else " "


def _prose(inside: str) -> str:
    """Keep what stands in a code span if somebody speaks there: a known way to hide words."""
    is_code = _CODE_SIGN.search(inside) and not _SPOKEN.search(inside)
    return " " if is_code else f" {inside} "


def _unescape(entity: re.Match[str]) -> str:
    return html.unescape(entity.group())


def _emoji_name(emoji: re.Match[str]) -> str:
    return f" {emoji[1].replace('_', ' ')} "


def _after_link(link: re.Match[str]) -> str:
    """Keep the marks that end a sentence, or an emphasis, and not the address."""
    address = link.group().rstrip(_AFTER_LINK)
    return " " + link.group()[len(address) :]


def _link_words(link: re.Match[str]) -> str:
    return link[1].rsplit("|", 1)[-1]


def _template_words(template: re.Match[str]) -> str:
    return f" {template[1].replace('|', ' ')} "

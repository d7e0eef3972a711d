"""Whatever members write, showing it pings nobody, links nowhere and stays within its frame."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.enforcement.shown_text import clip, plain, quote, units

NASTY = st.lists(
    st.sampled_from(
        ["@everyone", "@here", "<@1>", "<@&2>", "<#3>", "[a](https://x.y)", "||", "```ansi\n",
         "\x1b[31m", "`", "\\", "> ", "\u202e", "\u200b", "\u2028", "\n", "👨‍👩‍👧", "e\u0301",
         "<t:0:R>", "</a:1>", "-# ", "# ", "**", "__", "~~", "\ud800", "x", " "]
    )
    | st.text(st.characters(exclude_categories=()), max_size=5),
    max_size=60,
).map("".join)  # fmt: skip
MARKDOWN = re.compile(r"(?<!\\)(?:\\\\)*[`*_~|<>\[\]()#:@]")


def bare(shown: str) -> str:
    """Take our own frame away: the quote's marks and the spoiler's bars."""
    lines = [line.removeprefix("> ").removeprefix(">") for line in shown.split("\n")]
    return "\n".join(line.removeprefix("||").removesuffix("||") for line in lines)


@given(NASTY, st.integers(20, 400))
def test_no_markdown_of_a_member_survives(text: str, limit: int) -> None:
    for shown in (plain(text, limit), bare(quote(text, limit, is_hidden=True))):
        assert not MARKDOWN.search(shown)


@given(NASTY, st.integers(20, 400))
def test_no_control_or_invisible_character_survives(text: str, limit: int) -> None:
    shown = plain(text, limit) + quote(text, limit)
    kinds = {unicodedata.category(letter) for letter in shown if letter not in "\n\t"}
    assert not kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(NASTY, st.integers(20, 400), st.booleans())
def test_a_limit_is_kept(text: str, limit: int, is_hidden: bool) -> None:
    assert units(plain(text, limit)) <= limit
    assert units(quote(text, limit, is_hidden=is_hidden)) <= limit
    assert units(clip(text, limit)) <= limit


@given(NASTY, st.integers(20, 400))
def test_every_line_of_a_quote_is_quoted_and_hidden_to_its_end(text: str, limit: int) -> None:
    for line in quote(text, limit, is_hidden=True).split("\n"):
        assert line in {">", "> …"} or re.fullmatch(r"> \|\|.*\|\|", line)


@given(NASTY, st.integers(20, 400))
def test_a_cut_leaves_no_lone_backslash(text: str, limit: int) -> None:
    for line in quote(text, limit).split("\n"):
        ending = re.search(r"\\*$", line)
        assert ending is not None
        assert len(ending[0]) % 2 == 0


def test_ordinary_words_are_shown_as_they_were_written() -> None:
    assert plain("Grüße, 世界! 1. That is it?", 100) == "Grüße, 世界! 1. That is it?"
    assert quote("one\ntwo", 100) == "> one\n> two"


def test_a_cut_falls_between_letters_as_people_see_them() -> None:
    # Three letters of two code points each: two of them and the ellipsis make five.
    assert plain("e\u0301" * 3, 5) == "e\u0301e\u0301…"


def test_a_tower_of_marks_is_cut_down() -> None:
    assert plain("a" + "\u0301" * 50, 100) == "a" + "\u0301" * 4

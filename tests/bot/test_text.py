"""Laws of the two readings, and the pages of a real discussion they must get right."""

import string
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.reading import Reading
from bot.text import fold, normalise, own_words, read
from bot.text.alphabet import compose

# Signs that markup, disguises and attacks on Unicode are made of, so that chance finds them.
_SIGNS = st.sampled_from(
    (
        *"*_~|<>`[]{}&\\=#:'\"“”«»‘’-./@$!01345( \nfuckaIéáаΣя½²ﷺ＊＞ｆ™❤",
        *("**", "||", "```", "> ", ">>> ", "<@1>", "<:a:1>", "&amp;", "&lt;", "&gt;", "http://"),
        *("www.", "[[", "]]", "](", "'''", "<b>", "<br>", "uuu", "fuck", "they are", "\x00"),
        *("—", "∂", "¢", "©", "\u034e", "яєησ", "น้ำ", "ㅋㅏ", "և", "゛"),
        *("\x85", "\u200d", "\u200b", "\u0301", "\u0336", "\ufe0f", "\ud83d", "\u2028"),
        *("\U0001f595", "\U0001f3fd", "\U0001f1eb", "\U0001f1fa"),
    )
)
_NASTY = st.lists(_SIGNS, max_size=30).map("".join)
_ANY = st.text() | st.text(st.characters(codec=None, categories=None)) | _NASTY
_HEARD = st.lists(st.sampled_from(["they are", "a fuck", "I, a Σ", ""]) | _NASTY, max_size=3)

_WORDS = st.from_regex(r"[A-Za-z]{1,9}[,.;?!]?", fullmatch=True) | st.from_regex(
    r"[0-9]{1,6}([.,:][0-9]{1,2})?%?", fullmatch=True
)
_PROSE = st.lists(_WORDS, min_size=1, max_size=40).map(" ".join)


@settings(max_examples=600)
@given(_ANY, _HEARD)
def test_reading_never_fails_and_reading_again_changes_nothing(text: str, heard: list[str]) -> None:
    plain = normalise(text, heard)

    assert normalise(plain, heard) == plain


@settings(max_examples=600)
@given(_ANY)
def test_folding_never_fails_and_folding_again_changes_nothing(text: str) -> None:
    folded = fold(text)

    assert fold(folded) == folded


@settings(max_examples=300)
@given(_ANY)
def test_a_plain_reading_is_one_line_of_printable_composed_text(text: str) -> None:
    plain = normalise(text)

    assert plain == " ".join(plain.split())
    assert plain == compose(plain)
    assert not any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in plain)


@given(_PROSE, _PROSE)
def test_own_words_are_all_but_quotes_and_code_with_their_lines(own: str, others: str) -> None:
    text = f'{own}\n> {others}\n{own} `{others}` "so it {others}"'

    assert [line.split() for line in own_words(text).split("\n")] == [own.split(), own.split()]


def test_a_text_that_is_nothing_but_a_quote_is_taken_for_own_words() -> None:
    assert own_words('"you are vermin"') == '"you are vermin"'
    assert own_words("> you are vermin") == "you are vermin"


@given(_PROSE)
def test_ascii_prose_is_its_own_plain_reading(prose: str) -> None:
    assert normalise(prose) == prose


@given(st.text(string.printable, max_size=200))
def test_no_digit_is_made_or_changed_and_none_is_lost_outside_markup(text: str) -> None:
    bare = text.translate(str.maketrans(dict.fromkeys("<>`[]&{}\\=#:/w", " ")))

    plain = normalise(bare)

    assert [sign for sign in plain if sign.isdigit()] == [sign for sign in bare if sign.isdigit()]


@pytest.mark.parametrize(
    "prose",
    [
        "Σοφία, το πλοίο έφυγε στις 9.",
        "Привет, как дела? За́мок и замо́к.",
        "Ёлка стоит 300 рублей; сука — это собака.",
        "אני גר בירושלים",
        "السلام عليكم",
        "می‌خواهم بروم",  # a zero-width non-joiner that Persian spelling needs
        "क्‍ष और क्षमा",  # a zero-width joiner that shapes a Devanagari cluster
        "ฉันรักทะเล",
        "東京タワーは333メートルです。",
        "Łódź, Ångström, smørrebrød, naïve, Đà Nẵng, ẹ̀kọ́",
        "Größe, façade, «déjà vu», „so“",
    ],
)
def test_prose_of_other_scripts_stays_up_to_nfkc_and_white_space(prose: str) -> None:
    expected = unicodedata.normalize("NFKC", prose)

    assert read(prose) == Reading(plain=expected, folded=expected)


@pytest.mark.parametrize(
    "prose",
    [
        "น้ำ ทำงาน",  # Thai: NFKC would part the vowel "am" and misplace the tone mark
        "ນ້ຳ ໜັງສື ໝາ",  # Lao, likewise, and two letters of their own
        "Երևան և Գյումրի",  # the Armenian "and"
        "ㅋㅋㅋ ㅠㅠ",  # Korean laughter and tears
        "あ゛っ",  # a Japanese sound mark, which would gain a space
        "ٸ",  # Kazakh
        "ⴰⵎⴳⵯⴰⵔ",  # Tamazight
    ],
)
def test_letters_that_nfkc_would_take_apart_stay_whole(prose: str) -> None:
    assert read(prose) == Reading(plain=prose, folded=prose)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        (
            "the mayor is a f*cking id1ot and everyone who voted for her is a m0r0n",
            "the mayor is a fucking idiot and everyone who voted for her is a moron",
        ),
        ("nobody wants you f4gs at the memorial", "nobody wants you fags at the memorial"),
    ],
)
def test_disguises_in_the_sample_discussion_are_undone(text: str, folded: str) -> None:
    assert read(text) == Reading(plain=text, folded=folded)


@pytest.mark.parametrize(
    "sign",
    [
        *"*`>|<[_~&\"'“‘=#:(",
        *("\\", "a ", "> x\n", "**a", "``a", "'a ", " '", '"a b" ', "<b x=", "<!--", "[[", "{{"),
        *("f*", "nig ger ", "! ", ". ", "😂", "\U0001f1fa", "а́", "\ud83d", "\u200d", "ﷺ"),
    ],
)
@pytest.mark.parametrize("start", ["", "<b ", "== ", "[a](/", "**", "’‘"])
def test_time_grows_with_length_and_not_with_its_square(start: str, sign: str) -> None:
    # Were any step quadratic, these 60,000 signs would take minutes; linear, they take a blink.
    text = start + sign * (60_000 // len(sign))

    reading = read(text, ["a b", text[:1000]])
    own = own_words(text)

    assert len(reading.folded) <= 20 * len(text)
    assert len(own) <= 20 * len(text)

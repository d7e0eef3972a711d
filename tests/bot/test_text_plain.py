"""What the plain reading takes out, keeps and mends: markup, other people's words, Unicode."""

import pytest

from bot.text import normalise


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("**bold** *it* __under__ _it_ ***both*** ~~gone~~", "bold it under it both gone"),
        ("||you|| are ||f||||o||ol", "you are fool"),
        ("see https://a.example/b_(c), and <https://d.example>!", "see , and !"),
        ("[this page](https://a.example/b_(c)) says so", "this page says so"),
        ("<@123> <@!4> <@&5> <#6> <t:1700000000:R> </play:7> hi", "hi"),
        ("nice <:pepe_laugh:12><a:dance:3>", "nice pepe laugh dance"),
        ("try `x = f(1)` or\n```py\nprint('kill')\n```now", "try or now"),
        ("try `kill -9 1234` or `rm -rf /tmp/x` or `foo(bar)` now", "try or or now"),
        ("# Title\n* one\n-# small print", "Title one small print"),
        ("Tom &amp; Ann &lt;3 &quot;so&quot;", 'Tom & Ann <3 "so"'),
        ("fo<b></b>ol<br/>you<div class='x'>there</div>", "fool you there"),
        ("== Head ==\n::'''No''', [[User:Bob|Bob]] ''never'' ~~~~", "Head No, Bob never"),
        ("{{unblock|I am sorry}} <!-- note --> <ref name='a'>b</ref>", "unblock I am sorry note b"),
        (r"\*stars\* and \_lines\_", "stars and lines"),
    ],
)
def test_markup_goes_and_its_words_stay(text: str, plain: str) -> None:
    assert normalise(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "i < 3 and 5 > 2, a<b and c>d, x -> y",
        "5*5, 2 * 3 * 4, f*ck, f*** it, a*b*c",
        "snake_case_name and rock 'n' roll, 'til six",
        "<3 :) >:( >_< ;-) :D ^^",
        ">50% of people",
        "#hashtag @somebody $5 50% a|b a||b C++ C# ~100",
        "31 repairs were logged, not 13; page 41, 10:30, 1,000.50, 6'2\"",
        "[sic] (maybe) {x} a/b\\c && d",
        "AT&T, R&D; x & y",
        "```never closed",
    ],
)
def test_signs_that_are_no_markup_stay(text: str) -> None:
    assert normalise(text) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("`you idiot` haha", "you idiot haha"),
        ("```\nyou are scum\n```", "you are scum"),
        ("``f*ck you``", "f*ck you"),
        ("`you are an idiot (loser)`", "you are an idiot (loser)"),
        ("```you absolute utter\nscum; 22```", "you absolute utter scum; 22"),
        ("{{you idiot}}", "you idiot"),
        ("<!-- you idiot -->", "you idiot"),
    ],
)
def test_plain_words_cannot_hide_in_code_templates_or_remarks(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_nesting_markup_deeply_does_not_hide_a_masked_word() -> None:
    # Each round of tidying undoes one layer, so this is past the last round.
    plain = normalise("don't f*ck &" + "amp;" * 50 + "lt; off")

    assert plain.startswith("don't f*ck ")
    assert plain.endswith(" off")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("> they are vermin\nno, they are not", "no, they are not"),
        (">they are vermin\n>> all of them\n\nno", "no"),
        ("no\n>>> they are\nvermin", "no"),
        ("&gt; they are vermin\nno", "no"),
    ],
)
def test_quoted_lines_are_other_peoples_words(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_a_comment_that_is_nothing_but_a_quote_counts_as_the_writers_own() -> None:
    assert normalise("> they are vermin") == "they are vermin"
    assert normalise("> They are vermin!", ["I say they are vermin."]) == ""


def test_a_markup_trick_does_not_turn_own_words_into_a_quote() -> None:
    assert normalise("**>** you are vermin") == "you are vermin"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ('"They are vermin" — listen to yourself.', "— listen to yourself."),
        ("“they  are VERMIN,” he says", "he says"),
        ("«They are vermin»? No.", "? No."),
        ("'they are vermin' is how it begins", "is how it begins"),
        ("‘they are vermin’ is how it begins", "is how it begins"),
        ('"vermin" you say', '"vermin" you say'),  # one word may well be the writer's own
        ('"you are vermin" too', '"you are vermin" too'),  # nobody said that
        ('"are ver" is no passage', '"are ver" is no passage'),  # ends inside a word
        ("they are vermin", "they are vermin"),  # not in quotation marks: said again
        ("don't say it's 'they are vermin'", "don't say it's"),
    ],
)
def test_passages_of_the_comment_answered_are_taken_out(text: str, plain: str) -> None:
    heard = ["old news", "One of them again. They are\nvermin, filthy!"]

    assert normalise(text, heard) == plain


def test_quotation_marks_stay_where_nothing_was_heard() -> None:
    assert normalise('"They are vermin" — listen') == '"They are vermin" — listen'


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("𝖋𝖔𝖔𝖑 ＦＯＯＬ ⓕⓞⓞⓛ ᶠᵒᵒˡ", "fool FOOL fool fool"),
        ("f\u200bo\u2060o\u00adl f\u202eo\u202col f\u200do\u200col", "fool fool fool"),
        ("f\u0336o\u0336o\u0336l\u0336", "fool"),
        ("f\u0301\u0302\u0303\u0304\u0305\u0306ool", "fool"),
        ("fооl fοοl fɑce sᴍᴀʟʟ", "fool fool face small"),
        ("сосk fаggot ІDIOT", "cock faggot IDIOT"),
        ("\ud83d\ude00 \ud83d x\x00y", "grinning face xy"),
        ("5½ and ½, 10² and x²", "5 1/2 and 1/2, 10^2 and x2"),
        ("don’t, don´t, l’été", "don't, don't, l'été"),
        ("🅱ad 🅵🅾🅾🅻", "Bad FOOL"),
    ],
)
def test_what_looks_like_a_latin_word_becomes_one(text: str, plain: str) -> None:
    assert normalise(text) == plain


@pytest.mark.parametrize(
    "text", ["Привет Bob", "сука", "Σοφία", "μmol", "соре", "kΩ Δx", "α-Strahlung", "ЖЖlol"]
)
def test_genuine_greek_and_cyrillic_words_stay(text: str) -> None:
    assert normalise(text) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("🖕🏽you", "middle finger you"),
        ("I ♥ NY, I ❤️ it", "I heart NY, I red heart it"),
        ("ha 😂😂😂😂", "ha face with tears of joy"),
        ("👨‍👩‍👧 and 👩🏾‍🚀", "family man woman girl and woman astronaut"),
        ("I hate 🇺🇸🇬🇧", "I hate United States United Kingdom"),
        ("🇫🇺🇨🇰 you, 🇫 🇺 you", "fuck you, f u you"),
        ("1️⃣ or 2️⃣", "1 or 2"),
        ("© ® → ─", "© ® → ─"),
    ],
)
def test_emoji_are_spelled_by_name(text: str, plain: str) -> None:
    assert normalise(text) == plain

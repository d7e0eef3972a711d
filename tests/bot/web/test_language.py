"""Which language: the benefit of the doubt for a few words, and none for whole sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.language import KNOWN, LanguageDetector


@pytest.mark.parametrize(
    "text",
    [
        "yo hamburger",
        "lol",
        "thx m8",
        "ok",
        "gg wp",
        "stfu noob",
        "my pookie",
        "AHAHAAHAA",
        "𝓱𝓮𝔂 𝓭𝓾𝓭𝓮",
    ],
)
def test_a_few_words_are_taken_for_the_models_language(
    detector: LanguageDetector, text: str
) -> None:
    assert detector.detect(text) == ["en"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I do not agree with a word of what you said about her.", "en"),
        ("Du bist ein Idiot und niemand hier mag dich.", "de"),
        ("Je suis tellement content de te voir ici ce soir.", "fr"),
        ("Eu não gosto disso, sai daqui agora mesmo.", "pt"),
        ("Dit is een goede opmerking, dank je wel daarvoor.", "nl"),
        ("привет", "ru"),
        ("안녕하세요", "ko"),
        ("ありがとう", "ja"),
        ("你好吗", "zh"),
        ("Καλημέρα", "el"),
        ("สวัสดี", "th"),
    ],
)
def test_sentences_and_other_scripts_are_told_apart(
    detector: LanguageDetector, text: str, language: str
) -> None:
    assert detector.detect(text) == [language]


@pytest.mark.parametrize("text", ["", " ", "1234", "!!!", "😀", "٣"])
def test_without_a_letter_there_is_no_language(detector: LanguageDetector, text: str) -> None:
    assert detector.detect(text) == []


def test_links_names_and_entities_are_no_words(detector: LanguageDetector) -> None:
    text = "@juan_garcia_lopez hello there &#241; https://ejemplo.es/que-tal-estas-hoy-amigo"
    assert detector.detect(text) == ["en"]


@given(st.text())
def test_any_text_has_one_known_language_or_none(detector: LanguageDetector, text: str) -> None:
    found = detector.detect(text)
    assert len(found) <= 1
    assert set(found) <= set(KNOWN)

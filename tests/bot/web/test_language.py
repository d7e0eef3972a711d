"""Which language: the benefit of the doubt for a few words, and none for whole sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.language import COMMON, LanguageDetector


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
        "no i know dat song and melody",
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
        ("Ets un idiota i ningú no t'estima en aquest poble.", "ca"),
        ("Int iblah u ħadd ma jħobbok f'dan ir-raħal.", "mt"),
        ("Rwyt ti'n wirion iawn ac nid oes neb yn dy garu.", "cy"),
        ("Benetan ergela zara eta inork ez zaitu maite.", "eu"),
        ("Is amadán thú agus níl grá ag aon duine duit.", "ga"),
        ("Waxaad tahay nacas cidna kuma jecla tuuladan.", "so"),
        ("Omugo ni e, ko si eni to feran re ni abule yi. Kuro nibi ki n to binu.", "yo"),
        ("Stultus es et nemo te amat in hoc vico.", "la"),
        ("Vi estas stultulo kaj neniu amas vin en ĉi tiu vilaĝo.", "eo"),
        ("Tu esi kvailys ir niekas tavęs nemyli šiame kaime.", "lt"),
        ("Ou se yon moun sòt e pèsonn pa renmen ou nan vilaj sa a.", "ht"),
        ("Ti si idiot i nitko te ne voli u ovom selu.", "hr"),  # 0.4, and 0.3 each for its twins
        ("ты дурак", "ru"),
        ("អ្នកល្ងង់", "km"),
        ("ເຈົ້າໂງ່", "lo"),
        ("നീ വിഡ്ഢിയാണ്", "ml"),
    ],
)
def test_sentences_and_other_scripts_are_told_apart(
    detector: LanguageDetector, text: str, language: str
) -> None:
    assert detector.detect(text) == [language]


@pytest.mark.parametrize(
    "text",
    [
        "уоu аrе а fооl",  # every o, a and e is Cyrillic
        "Yоu are sо stupid, everуbody hаtes yоu here",
    ],
)
def test_english_in_borrowed_letters_is_english(detector: LanguageDetector, text: str) -> None:
    assert any("\u0400" < sign < "\u0500" for sign in text)
    assert detector.detect(text) == ["en"]


@pytest.mark.parametrize("text", ["halt die fresse", "ta gueule connard"])
def test_an_insult_of_a_few_words_has_the_benefit_of_the_doubt_too(
    detector: LanguageDetector, text: str
) -> None:
    assert detector.detect(text) == ["en"]


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
    assert set(found) <= detector.languages


def test_what_few_letters_may_be_in_is_known(detector: LanguageDetector) -> None:
    assert set(COMMON) <= detector.languages


@pytest.mark.parametrize("text", ["Привет", "да", "Нет", "идиот", "заткнись", "сука блять"])
def test_a_few_words_are_taken_for_what_the_model_knows_if_they_may_be(text: str) -> None:
    assert LanguageDetector(["en", "ru"]).detect(text) == ["ru"]


@pytest.mark.parametrize("text", ["Привіт", "Добър ден"])
def test_and_not_where_they_can_hardly_be(text: str) -> None:
    assert LanguageDetector(["en", "ru"]).detect(text) != ["ru"]

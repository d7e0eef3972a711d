"""Windows of long texts: nothing is skipped, nothing is too long, and each names its piece."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from bot.scoring.windows import Window, WindowCutter, batches

MAX_TOKENS, OVERLAP = 16, 4


def make_cutter() -> WindowCutter:
    """Cut by words: every word is a token, so that windows can be counted by hand."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "[CLS]": 1, "[SEP]": 2}, "[UNK]"))
    tokenizer.add_special_tokens(["[CLS]", "[SEP]"])
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return WindowCutter(tokenizer, max_tokens=MAX_TOKENS, overlap=OVERLAP, unknown_id=0)


CUTTER = make_cutter()


def test_a_short_text_is_one_window_that_names_the_whole_text():
    [[window]] = CUTTER.cut(["  two words "])

    assert window == Window([1, 0, 0, 2], "  two words ", 1, 1)


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_a_text_without_a_token_has_no_window(text):
    assert CUTTER.cut([text, "word"]) == [[], [Window([1, 0, 2], "word", 1, 1)]]


def test_a_long_text_is_cut_into_overlapping_windows():
    words = [f"word{at}" for at in range(34)]

    [windows] = CUTTER.cut([" ".join(words)])

    # 16 tokens less start and end are 14 words; each window repeats 4, so they begin 10 apart:
    # 0-13, 10-23, 20-33.
    assert [window.text.split() for window in windows] == [words[:14], words[10:24], words[20:34]]
    assert [(window.number, window.windows) for window in windows] == [(1, 3), (2, 3), (3, 3)]


def test_half_characters_are_survived_and_do_not_shift_the_text():
    text = "\ud800 " + " ".join(f"word{at}" for at in range(30)) + " \udfff"

    [windows] = CUTTER.cut([text])

    assert windows[0].text == text[: text.index(" word13")]
    assert windows[-1].text.endswith("\udfff")


words = st.lists(st.text("abcÄß日😀", min_size=1, max_size=4), min_size=1, max_size=120)


@given(words, st.sampled_from([" ", "  \n"]))
def test_every_word_stands_in_a_window_in_order(words, gap):
    text = gap.join(words)

    [windows] = CUTTER.cut([text])

    at = 0
    for window in windows:
        assert len(window.ids) <= MAX_TOKENS
        start = text.index(window.text, max(0, at - len(window.text)))
        assert start <= at  # no gap after the window before
        at = max(at, start + len(window.text))
    assert at == len(text)


@given(words, st.data())
def test_any_run_of_words_within_the_overlap_stands_whole_in_a_window(words, data):
    first = data.draw(st.integers(0, len(words) - 1))
    run = [f"mark{first}" for _ in words[first : first + OVERLAP]]
    marked = [*words[:first], *run, *words[first + len(run) :]]

    [windows] = CUTTER.cut([" ".join(marked)])

    assert any(" ".join(run) in window.text for window in windows)


@given(st.lists(st.integers(1, 16), max_size=60), st.integers(1, 64))
def test_batches_hold_every_window_once_and_no_more_tokens_than_allowed(lengths, limit):
    windows = [Window([0] * length, "", 1, 1) for length in lengths]

    found = batches(windows, max_tokens=limit)

    assert sorted(at for batch in found for at in batch) == list(range(len(windows)))
    for batch in found:
        longest = max(lengths[at] for at in batch)
        assert len(batch) == 1 or len(batch) * longest <= limit


def test_batches_gather_windows_of_like_length():
    windows = [Window([0] * length, "", 1, 1) for length in (2, 16, 3, 15, 2)]

    # 32 tokens hold two windows of 16, then ten of 3.
    assert batches(windows, max_tokens=32) == [[1, 3], [2, 0, 4]]


def test_a_huge_text_is_cut_in_one_go():
    text = "lorem ipsum " * 50_000

    [windows] = CUTTER.cut([text])

    # 100,000 words, 14 in the first window and 10 new ones in each further: 1 + 99,986 / 10.
    assert len(windows) == 10_000
    assert all(re.fullmatch(r"(lorem|ipsum)( (lorem|ipsum))*", each.text) for each in windows)

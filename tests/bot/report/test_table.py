import io
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from bot.domain.comment import Comment, Thread
from bot.domain.judgement import Judgement
from bot.report.safe_text import excerpt, many_lines, one_line
from bot.report.table import print_table
from config.labels import Label


def printed(thread: Thread, judgements: Sequence[Judgement], *, width: int = 80) -> str:
    """Print as into a pipe: no colour, no terminal."""
    pipe = io.StringIO()
    print_table(Console(file=pipe, width=width), thread, judgements)
    return pipe.getvalue()


def test_each_judged_comment_stands_with_who_why_and_what_was_done(
    small_talk: list[Judgement], as_thread: Callable[..., Thread]
) -> None:
    words = re.sub(r"\s+", " ", printed(as_thread(small_talk), small_talk, width=200))
    assert "2 rat77 to Marta acted on warning" in words
    assert "harassment 0.90 ≥ 0.85" in words
    assert "slur 0.45 ≥ 0.40" in words
    assert "1.7 points" in words
    assert "3 Suit flagged a human decides" in words
    assert "4 rat77 to Marta acted on timeout for 1 hour, comment removed" in words
    assert "case 3" in words
    # What was allowed is counted, not shown.
    assert "I hope both get well soon." not in words
    assert "4 comments by 3 people: 1 allowed, 1 flagged for a human, 2 acted on." in words


def test_of_a_long_comment_the_part_that_decided_is_shown(
    small_talk: list[Judgement], as_thread: Callable[..., Thread]
) -> None:
    # Comment 4 was decided by part 2 of 3; the others by their whole text.
    words = printed(as_thread(small_talk), small_talk, width=200)
    assert "you fool, get lost" in words
    assert "y0u f00l" not in words
    assert "Somebody should make him pay." in words


def test_eighty_columns_without_colour_hold_every_word(
    comment: Callable[..., Comment],
    judge: Callable[..., Judgement],
    as_thread: Callable[..., Thread],
) -> None:
    judgements = [
        judge(comment(n, name, text), {Label.INSULT: 0.9, Label.THREAT: 0.95}, case=n, to=name)
        for n, (name, text) in enumerate(
            [("Σοφία", "早く帰れ" * 60), ("w" * 90, "x" * 400), ("נועה", "\u202eabc " * 50)], 1
        )
    ]
    lines = printed(as_thread(judgements), judgements).splitlines()
    assert max(cell_len(line) for line in lines) <= 80
    assert "\x1b" not in "".join(lines)
    assert sum("harassment 0.90 ≥ 0.85" in line for line in lines) == 3
    assert sum("incitement 0.95 ≥ 0.60" in line for line in lines) == 3


def test_markup_and_terminal_codes_in_a_comment_are_plain_letters(
    comment: Callable[..., Comment],
    judge: Callable[..., Judgement],
    as_thread: Callable[..., Thread],
) -> None:
    nasty = judge(
        comment(1, "[red]rat[/red]", "[bold]go\x1b[2J\x07 away[/] [link=x]:smile:"),
        {Label.INSULT: 0.9},
    )
    words = printed(as_thread([nasty]), [nasty], width=160)
    assert "[red]rat[/red]" in words
    assert "[bold]go[2J away[/] [link=x]:smile:" in words
    assert "\x1b" not in words
    assert "\x07" not in words


def test_a_score_just_below_the_next_threshold_never_reads_as_reaching_it(
    comment: Callable[..., Comment],
    judge: Callable[..., Judgement],
    as_thread: Callable[..., Thread],
) -> None:
    # 0.6 is the flag threshold of harassment; 0.6004 reaches it and rounds to the same.
    close = judge(comment(1, "Marta", "Hm."), {Label.INSULT: 0.6004})
    assert "harassment 0.60 ≥ 0.60" in printed(as_thread([close]), [close])


def test_nothing_judged_is_said_in_words(
    comment: Callable[..., Comment],
    judge: Callable[..., Judgement],
    as_thread: Callable[..., Thread],
) -> None:
    quiet = [judge(comment(1, "Marta", "Good morning."))]
    assert printed(as_thread(quiet), quiet) == (
        "Nothing was flagged or acted on.\n"
        "1 comment by 1 person: 1 allowed, 0 flagged for a human, 0 acted on.\n"
        "Nobody was touched: a saved discussion is judged as it would have been live.\n"
    )


def test_a_source_without_times_is_named(
    small_talk: list[Judgement], as_thread: Callable[..., Thread]
) -> None:
    words = printed(as_thread(small_talk, has_times=False), small_talk, width=200)
    assert "No times are known (saved page): the order of the comments stands in for time" in words
    assert "No times" not in printed(as_thread(small_talk), small_talk, width=200)


def test_what_was_judged_in_an_earlier_run_is_said(
    small_talk: list[Judgement], as_thread: Callable[..., Thread]
) -> None:
    known = [replace(one, was_known=one.case is not None) for one in small_talk]
    words = printed(as_thread(known), known, width=200)
    assert "3 comments had a case in the record already" in words


def test_an_exempt_author_is_not_called_acted_on(
    comment: Callable[..., Comment],
    judge: Callable[..., Judgement],
    as_thread: Callable[..., Thread],
) -> None:
    exempt = replace(judge(comment(1, "Mod", "You fool."), {Label.INSULT: 0.9}), is_exempt=True)
    words = re.sub(r"\s+", " ", printed(as_thread([exempt]), [exempt], width=200))
    assert "Mod exempt nothing: the author is exempt" in words
    assert words.count("acted on") == 1
    assert "0 flagged for a human, 0 acted on, 1 left alone (exempt authors)." in words


@given(st.text())
def test_one_line_is_one_line_without_controls_and_stays_so(text: str) -> None:
    line = one_line(text)
    assert one_line(line) == line
    assert len(line.splitlines()) <= 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", line)


@given(st.text(), st.integers(min_value=2, max_value=40))
def test_an_excerpt_fits_its_cells(text: str, cells: int) -> None:
    assert cell_len(excerpt(text, cells)) <= cells


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"])))
def test_many_lines_leaves_text_without_controls_alone(text: str) -> None:
    assert many_lines(text) == text


def test_names_with_honest_marks_keep_them_and_towers_fall() -> None:
    assert one_line("Nguyễn נֹ֣עַם") == "Nguyễn נֹ֣עַם"
    assert one_line("Z" + "\u0301" * 50 + "o") == "Z" + "\u0301" * 4 + "o"

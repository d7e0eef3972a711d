import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.domain.comment import Comment, Thread
from bot.domain.ids import MemberId
from bot.domain.judgement import Judgement
from bot.domain.scores import ModelId
from bot.domain.verdict import Decision
from bot.errors import BadInputError
from bot.report.page import Occasion, render_page, write_page
from bot.statistics.summary import is_judged
from config.labels import Label
from config.policy import Mode

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style><svg/onload=alert(1)>",
    "</details></ol></main><iframe src=https://evil.example></iframe>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "<!-- <base href=//evil.example>",
    "<a href='https://evil.example' style='position:fixed'>x</a>",
]
_TAGS = """
html head meta title style body header nav main section article footer h1 h2 h3 h4 p br a b i q bdi
span time div ol ul li dl dt dd details summary figure figcaption svg g line rect circle text
"""
_ATTRIBUTES = """
lang charset name content http-equiv id class style href dir datetime role tabindex aria-hidden
aria-label aria-labelledby width height transform text-anchor r x x1 x2 y y1 y2 cx cy dx
"""
TAGS, ATTRIBUTES = set(_TAGS.split()), set(_ATTRIBUTES.split())
NEVER_CLOSED = {"meta", "br"}


class Reader(HTMLParser):
    """Reads a page as a browser would, and notes what is in it; refuses a tag out of place."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.hidden = ""
        self.shown = ""
        self.feed(page)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in NEVER_CLOSED:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        if "details" in self.open and "summary" not in self.open:
            self.hidden += data
        else:
            self.shown += data

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


def page_of(thread: Thread, judgements: list[Judgement], occasion: Occasion) -> str:
    return "".join(render_page(thread, judgements, occasion))


@pytest.fixture
def page(small_talk: list[Judgement], as_thread: Callable[..., Thread], occasion: Occasion) -> str:
    return page_of(as_thread(small_talk), small_talk, occasion)


def test_every_tag_is_closed_where_it_was_opened_and_none_is_a_script(page: str) -> None:
    read = Reader(page)
    assert page.startswith("<!doctype html>")
    assert set(read.tags) <= TAGS
    assert {name for name, _ in read.attributes} <= ATTRIBUTES


def test_the_page_needs_no_network_and_forbids_it(page: str) -> None:
    read = Reader(page)
    assert "http" not in page.replace("http-equiv", "")
    assert all(link.startswith("#") for link in read.all("href"))
    assert "@import" not in page
    assert "url(" not in page
    [allowed] = [value for value in read.all("content") if "default-src" in value]
    assert allowed.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")


def test_every_link_leads_to_a_place_on_the_page_and_no_place_is_there_twice(page: str) -> None:
    read = Reader(page)
    places = read.all("id")
    assert {link[1:] for link in read.all("href")} <= set(places)
    assert len(places) == len(set(places))


def test_hostile_text_is_shown_as_text_wherever_it_comes_from(
    comment: Callable[..., Comment],
    judge: Callable[..., Judgement],
    occasion: Occasion,
) -> None:
    judgements = [
        judged
        for n, text in enumerate(HOSTILE, 1)
        for judged in (
            judge(comment(2 * n - 1, text, text)),
            judge(comment(2 * n, text, text), {Label.INSULT: 0.9}, case=n, to=text),
        )
    ]
    judgements = [replace(j, reason=j.comment.text) for j in judgements]
    everywhere = " ".join(HOSTILE)
    thread = Thread(everywhere, everywhere, tuple(j.comment for j in judgements), format=everywhere)
    told = replace(
        occasion, source=everywhere, database=everywhere, model=ModelId(everywhere, everywhere)
    )
    read = Reader(page_of(thread, judgements, told))
    assert set(read.tags) <= TAGS
    assert {name for name, _ in read.attributes} <= ATTRIBUTES
    assert all(re.fullmatch(r"(--[dnvt]:[\d.]+;?)+", style) for style in read.all("style"))
    assert all(link.startswith("#") for link in read.all("href"))
    assert all(text in read.shown and text in read.hidden for text in HOSTILE)


def test_writing_that_turns_or_floods_stays_in_its_place(
    comment: Callable[..., Comment],
    judge: Callable[..., Judgement],
    as_thread: Callable[..., Thread],
    occasion: Occasion,
) -> None:
    turned = judge(comment(1, "\u202eevil", "\u202etxet\x07 and\x00 more\x1b[31m"))
    page = page_of(as_thread([turned], title="A\u202etitle\x08"), [turned], occasion)
    assert "<bdi>evil</bdi>" in page
    assert "<title>Atitle" in page
    assert 'dir="auto">\u202etxet and more[31m</div>' in page
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", page)


def test_each_judged_comment_says_why_what_was_done_and_to_whom(page: str) -> None:
    hidden = re.sub(r"\s+", " ", Reader(page).hidden)
    # Comment 2: two breaches, one act and one flag.
    assert "harassment, by insult 0.90 act from 0.85" in hidden
    assert "slur, by identity attack 0.45 flag from 0.40" in hidden
    assert "warning (done)" in hidden
    assert "0 points before, 1.7 points after" in hidden
    assert "Marta (a reply with 'you')" in hidden
    # Comment 3 speaks to nobody and is only flagged.
    assert "incitement, by threat 0.41 flag from 0.35" in hidden
    assert "a human decides (open)" in hidden
    assert "nobody present" in hidden
    # Comment 4: posted at 18:03, so a timeout until 19:03 is one hour.
    assert "timeout for 1 hour, comment removed; the ladder asks for a ban" in hidden
    assert "11 Mar 2024, 19:03" in hidden
    assert "part 2 of 3, disguises undone" in hidden


def test_offending_text_waits_behind_a_fold_and_allowed_text_does_not(page: str) -> None:
    read = Reader(page)
    for text in (
        "Shut up, you old fool.",
        "Somebody should make him pay.",
        "y0u f00l, get lost",
        "you fool, get lost",
    ):
        assert text in read.hidden
        assert text not in read.shown
        assert not any(text in value for _, value in read.attributes)
    assert "I hope both get well soon." in read.shown
    assert "open" not in {name for name, _ in read.attributes}


def test_who_was_judged_is_listed_in_the_open_gravest_first(page: str) -> None:
    shown = re.sub(r"\s+", " ", Reader(page).shown)
    listed = shown[shown.index("Who was judged, for what") : shown.index("How the scores fall")]
    assert listed.index("rat77") < listed.index("Suit")
    assert "2 of 2 comments judged4.1 points at the end" in listed
    assert "acted on · harassment 0.90 · slur 0.45" in listed
    assert "Marta" not in listed


def test_the_head_says_what_was_judged_when_and_under_what(page: str) -> None:
    shown = re.sub(r"\s+", " ", Reader(page).shown)
    assert "4 comments by 3 people: 1 allowed, 1 flagged for a human, 2 acted on." in shown
    assert "saved-page.txt (saved page)" in shown
    assert "2 Jan 2026, 03:04 UTC" in shown
    assert "compact 5f5f5f5f5f5f" in shown
    assert "balanced (enforce) c0ffeec0ffee" in shown
    assert "cases.sqlite3" in shown
    assert "1 warn, 1 timeout" in shown


def test_every_category_is_plotted_with_both_thresholds_and_told_in_words(page: str) -> None:
    read = Reader(page)
    for words in ("flag 0.4", "act 0.7", "flag 0.6", "act 0.85", "flag 0.35", "act 0.6"):
        assert words in read.shown
    # Harassment scores are 0.01, 0.9, 0 and 0.88: the median is (0.01 + 0.88) / 2 = 0.445.
    [told] = [label for label in read.all("aria-label") if label.startswith("Scores in harassment")]
    assert "the highest is 0.90" in told
    assert "at or below 0.45" in told or "at or below 0.44" in told


def test_an_exempt_author_is_not_called_acted_on(
    small_talk: list[Judgement], as_thread: Callable[..., Thread], occasion: Occasion
) -> None:
    exempt = [replace(j, is_exempt=bool(j.verdict.breaches), action=None) for j in small_talk]
    page = page_of(as_thread(exempt), exempt, occasion)
    assert "1 allowed, 0 flagged for a human, 0 acted on, 3 left alone (exempt authors)." in page
    assert 'class="badge exempt">exempt' in page
    assert 'class="badge act"' not in page
    assert "0 flagged · 0 acted on" in page


def test_a_source_without_times_shows_the_order_and_says_so(
    small_talk: list[Judgement], as_thread: Callable[..., Thread], occasion: Occasion
) -> None:
    page = page_of(as_thread(small_talk, has_times=False), small_talk, occasion)
    read = Reader(page)
    assert (
        "No times are known (saved page): the order of the comments stands in for time"
        in read.shown
    )
    assert read.all("datetime") == [occasion.judged_at.isoformat()]
    assert "11 Mar 2024" not in page


def test_nobody_judged_is_said_in_words(
    comment: Callable[..., Comment],
    judge: Callable[..., Judgement],
    as_thread: Callable[..., Thread],
    occasion: Occasion,
) -> None:
    quiet = [judge(comment(1, "Marta", "Good morning."))]
    assert (
        "Nobody: no comment was flagged" in Reader(page_of(as_thread(quiet), quiet, occasion)).shown
    )


def test_a_policy_that_is_off_and_an_empty_comment_still_make_a_page(
    comment: Callable[..., Comment],
    judge: Callable[..., Judgement],
    as_thread: Callable[..., Thread],
    occasion: Occasion,
) -> None:
    silent = judge(comment(1, " ", ""), {})
    silent = replace(silent, verdict=replace(silent.verdict, categories={}))
    off = replace(occasion, policy=occasion.policy.model_copy(update={"mode": Mode.OFF}))
    read = Reader(page_of(as_thread([silent]), [silent], off))
    assert "(nothing written)" in read.shown
    assert "(no name)" in read.shown
    assert "No comment has a score in this category." in read.shown


def test_a_long_thread_folds_what_was_allowed_and_shows_what_was_judged(
    comment: Callable[..., Comment],
    judge: Callable[..., Judgement],
    as_thread: Callable[..., Thread],
    occasion: Occasion,
) -> None:
    judgements = [
        judge(comment(n, f"member {n % 40}", f"Comment {n}.", parent=n - 1 if n > 1 else None))
        for n in range(1, 201)
    ]
    judgements[99] = judge(judgements[99].comment, {Label.INSULT: 0.9}, case=1, points=(0.0, 1.0))
    read = Reader(page_of(as_thread(judgements), judgements, occasion))
    # 100 is judged; 99, which it answers, and 101, which answers it, stay in sight.
    assert "98 allowed comments, #1 to #98" in read.shown
    assert "99 allowed comments, #102 to #200" in read.shown
    assert "Comment 98." in read.hidden
    assert "Comment 99." in read.shown
    assert "Comment 101." in read.shown


def test_five_thousand_comments_make_a_page_of_a_few_megabytes(
    comment: Callable[..., Comment],
    judge: Callable[..., Judgement],
    as_thread: Callable[..., Thread],
    occasion: Occasion,
) -> None:
    judgements = [
        judge(
            comment(
                n, f"member {n % 400}", "word " * 20, parent=n - 1 if n % 9 else None, depth=n % 9
            ),
            {Label.TOXICITY: n / 5000, Label.INSULT: (n % 100) / 110},
            points=(0.0, 1.0 if n % 100 > 93 else 0.0),
        )
        for n in range(1, 5001)
    ]
    judged = sum(is_judged(j) for j in judgements)
    size = len(page_of(as_thread(judgements), judgements, occasion).encode())
    # 100 bytes of text, a byline with two links and a time for each; a judged one has its reasons
    # and bars, and a mark in three plots.
    assert 1000 < judged < 2000
    assert size < 5000 * 700 + judged * 4000


def test_equal_input_gives_equal_bytes_and_changed_input_does_not(
    small_talk: list[Judgement], as_thread: Callable[..., Thread], occasion: Occasion
) -> None:
    thread = as_thread(small_talk)
    first = page_of(thread, small_talk, occasion)
    assert page_of(thread, list(small_talk), replace(occasion)) == first
    later = replace(occasion, judged_at=occasion.judged_at + timedelta(days=1))
    assert page_of(thread, small_talk, later) != first


def test_the_page_is_one_file_in_its_folder(
    tmp_path: Path,
    small_talk: list[Judgement],
    as_thread: Callable[..., Thread],
    occasion: Occasion,
) -> None:
    folder = tmp_path / "new" / "out"
    path = write_page(folder, as_thread(small_talk), small_talk, occasion)
    assert path == folder / "index.html"
    assert [p.name for p in folder.iterdir()] == ["index.html"]
    Reader(path.read_text("utf-8"))


def test_a_page_that_cannot_be_finished_leaves_the_old_one(
    tmp_path: Path,
    small_talk: list[Judgement],
    as_thread: Callable[..., Thread],
    occasion: Occasion,
) -> None:
    path = write_page(tmp_path, as_thread(small_talk), small_talk, occasion)
    before = path.read_bytes()
    # A case in no known state breaks the page in its middle.
    broken = [*small_talk[:3], replace(small_talk[3], state="lost")]
    with pytest.raises(Exception, match="lost"):
        write_page(tmp_path, as_thread(broken), broken, occasion)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]


def test_a_folder_that_is_a_file_is_refused_in_one_sentence(
    tmp_path: Path,
    small_talk: list[Judgement],
    as_thread: Callable[..., Thread],
    occasion: Occasion,
) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(BadInputError, match="out: is a file, expected a folder"):
        write_page(tmp_path / "out", as_thread(small_talk), small_talk, occasion)
    assert (tmp_path / "out").read_text() == "mine"


def test_an_author_who_renamed_is_one_member(
    comment: Callable[..., Comment],
    judge: Callable[..., Judgement],
    as_thread: Callable[..., Thread],
    occasion: Occasion,
) -> None:
    first = judge(comment(1, "old name", "One."), {Label.INSULT: 0.9}, case=1)
    second = comment(2, "new name", "Two.")
    second = replace(second, author=replace(second.author, id=MemberId("old name")))
    judgements = [first, judge(second, {Label.INSULT: 0.7}, case=2)]
    assert [j.verdict.decision for j in judgements] == [Decision.ACT, Decision.FLAG]
    shown = Reader(page_of(as_thread(judgements), judgements, occasion)).shown
    assert "2 of 2 comments judged" in shown

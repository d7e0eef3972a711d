from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.comment import Thread
from bot.errors import BadThreadError
from bot.intake.disqus_export import read_disqus_export
from bot.intake.source_text import SourceText

SAMPLE = (Path(__file__).parent / "samples" / "disqus.xml").read_text(encoding="utf-8")
OPEN = '<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">'


def post(number: int | str, *, thread: str = "1", parent: object = None, **fields: str) -> str:
    fields = {"message": "Hi", "createdAt": f"2024-03-01T00:00:{int(number) % 60:02}Z"} | fields
    inner = "".join(f"<{key}>{value}</{key}>" for key, value in fields.items())
    above = "" if parent is None else f'<parent dsq:id="{parent}"/>'
    return f'<post dsq:id="{number}">{inner}<thread dsq:id="{thread}"/>{above}</post>\n'


def thread_element(number: int, title: str) -> str:
    return f'<thread dsq:id="{number}"><forum>site</forum><title>{title}</title></thread>\n'


def read(text: str) -> Thread:
    return read_disqus_export(SourceText("site.xml", text))


def refusal(text: str) -> str:
    with pytest.raises(BadThreadError) as caught:
        read(text)
    return str(caught.value)


def test_posts_become_comments_oldest_first():
    thread = read(SAMPLE)
    assert [c.id for c in thread.comments] == ["1001", "1002", "1003", "1004"]
    assert [c.position for c in thread.comments] == [1, 2, 3, 4]
    assert thread.comments[0].created_at == datetime(2024, 3, 1, 9, tzinfo=UTC)
    assert (thread.title, thread.article) == ("Pool & park open", "The pool opens on Sundays.")


def test_removed_posts_lose_their_text_and_keep_their_place():
    comments = read(SAMPLE).comments
    # 1002 was deleted and is answered; 1004 is spam and answers a post that is gone.
    assert [c.parent_id for c in comments] == [None, "1001", "1002", None]
    assert [c.depth for c in comments] == [0, 1, 2, 0]
    assert [bool(c.text) for c in comments] == [True, False, True, False]


def test_html_becomes_text():
    assert read(SAMPLE).comments[2].text == (
        "A reply written later & listed first\n\n> the old rule\n\nLine one\nline two"
    )


def test_a_guest_never_passes_for_a_member_of_that_name():
    guest, _, member, _ = read(SAMPLE).comments
    assert (guest.author.id, guest.author.name) == ("guest:ben", "ben")
    assert (member.author.id, member.author.name) == ("ben", "Ben & Co")


def test_the_site_is_the_guild_and_the_page_the_thread():
    place = read(SAMPLE).comments[0].place
    assert (place.guild, place.thread, place.category) == ("poolgazette", "11", "501")
    assert place.forum is None


def test_several_threads_follow_each_other_each_by_time():
    thread = read(
        OPEN + thread_element(2, "Two") + thread_element(1, "One")
        + post(14, thread="1") + post(13, thread="2") + post(12, thread="9") + post(11, thread="2")
        + "</disqus>"
    )  # fmt: skip
    assert [(c.place.thread, c.id) for c in thread.comments] == [
        ("2", "11"), ("2", "13"), ("1", "14"), ("9", "12"),
    ]  # fmt: skip
    assert thread.title == "3 discussions from site"


def test_an_export_without_thread_elements_or_site_is_read():
    thread = read(OPEN + post(1) + "</disqus>")
    assert thread.title == "Untitled discussion"
    assert thread.comments[0].author.name == "a guest"
    assert (
        thread.comments[0].place.guild
        == read(OPEN + post(1) + post(2) + "</disqus>").comments[0].place.guild
    )


def test_any_prefix_may_stand_for_the_namespaces():
    text = SAMPLE.replace("dsq:", "x:").replace("xmlns:dsq", "xmlns:x")
    assert read(text) == read(SAMPLE)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("<rss>\n</rss>", "line 1", 'begins with the element "rss", expected <disqus>'),
        (OPEN + "\n</disqus>", None, "holds no <post>, expected at least one comment"),
        (OPEN + "\n<post/></disqus>", "line 2", "the <post> has no dsq:id, expected one"),
        (OPEN + "\n" + post(1) + "\n", "line 4", "is not XML at column 1 (no element found)"),
        (OPEN + "\n" + post(1) + post(1) + "</disqus>", "line 3", '"1" is the same as on line 2'),
        (OPEN + post(1, thread="") + "</disqus>", "line 1", "names no thread, expected <thread"),
        (
            OPEN + "\n" + post(1, createdAt="2024-02-30T00:00:00Z") + "</disqus>",
            "line 2",
            'the post\'s <createdAt> is "2024-02-30T00:00:00Z", expected a time',
        ),
        (OPEN + post(1, createdAt="2024-02-01T00:00:00") + "</disqus>", "line 1", "has no offset"),
        (OPEN + post(1, createdAt="9999-02-01T00:00:00Z") + "</disqus>", "line 1", "1970 to 2100"),
        (OPEN + post(1, createdAt="") + "</disqus>", "line 1", 'is "", expected a time'),
        (
            OPEN + "\n" + post(1, message="x" * 10_000_000) + "</disqus>",
            "line 2",
            "<message> is 10,000,000 characters long, expected at most 100,000",
        ),
        (
            OPEN + "\n" + post(1, parent=2) + post(2, parent=1) + "</disqus>",
            "line 2",
            'comment "1" answers "2", which answers it in turn',
        ),
        (OPEN + "\n<post>&nbsp;</post>", "line 2", "is not XML at column 7 (undefined entity)"),
        ("<disqus>\n<a></b>", "line 2", "is not XML at column 6 (mismatched tag)"),
    ],
)
def test_an_export_that_cannot_be_read_is_named_with_its_reason(
    text: str, where: str | None, what: str
):
    message = refusal(text)
    assert message.startswith(f"site.xml, {where}: " if where else "site.xml: ")
    assert what in message
    assert "expected" in message


def test_a_file_cut_off_is_refused():
    message = refusal(SAMPLE[: len(SAMPLE) // 2])
    assert message.startswith(f"site.xml, line {SAMPLE[: len(SAMPLE) // 2].count(chr(10)) + 1}: ")
    assert "expected a whole Disqus XML export" in message


@pytest.mark.parametrize(
    "dtd",
    [
        '<!DOCTYPE disqus [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE disqus SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE disqus [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        "<!DOCTYPE disqus>",
    ],
)
def test_entity_bombs_and_outside_files_are_refused(dtd: str):
    message = refusal(f"<?xml version='1.0'?>\n{dtd}<disqus>&b;&x;</disqus>")
    assert message.startswith("site.xml, line 2: declares a DTD")


def test_ten_thousand_levels_of_replies_and_of_elements_are_read():
    posts = "".join(post(n, parent=n - 1 if n else None) for n in range(10_000))
    deep = "<i>" * 10_000 + "</i>" * 10_000
    thread = read(OPEN + deep + posts + "</disqus>")
    assert {c.id: c.depth for c in thread.comments}["9999"] == 9_999

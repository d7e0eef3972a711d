import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.html_text import text_of_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<p>One<br>two<br />three</p>", "One\ntwo\nthree"),
        ("fish &amp; chips &lt;3 &#8364;", "fish & chips <3 €"),
        ('see <a href="https://x.example/?a=1&b=2">the <b>page</b></a>', "see the page"),
        ("<blockquote><p>old words</p></blockquote>new words", "> old words\n\nnew words"),
        ("<ul><li>one</li><li>two</li></ul>", "• one\n• two"),
        ('<img alt="a > b" src=x>after', "after"),
        ("a <!-- hidden --> b<script>code()</script>", "a  b"),
        ("1 < 2 and 3 > 2 <3", "1 < 2 and 3 > 2 <3"),
        ("<![if x]> and <![nonsense[ and <", "<![if x]> and <![nonsense[ and <"),
        ("<blockquote>never closed", "> never closed"),
        ("</blockquote></script>stray", "stray"),
        ("", ""),
    ],
)
def test_html_becomes_what_a_reader_sees(html: str, text: str):
    assert text_of_html(html) == text


@given(st.text(alphabet="<>!-/?&;#x'\"= \nab[]", max_size=200))
def test_any_html_gives_some_text(html: str):
    assert isinstance(text_of_html(html), str)


@given(st.text(alphabet=st.characters(exclude_characters="<&\n", exclude_categories=["Cs", "Cc"])))
def test_text_without_markup_is_untouched(text: str):
    assert text_of_html(text) == text.strip()

import tomllib
from collections.abc import Iterator

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.toml_lines import find_lines
from config.policy import Where

TEXT = """\
# a comment
a.b = 1
"c d".'e' = 2  # another
[t]
list = [  # a list
  1,
  { x = 1, y = [
    2 ] },
]
text = '''
[not.a.table]
'''
[[l]]
k = 1
[l.sub]
k = 2
[[l]]
[[l.inner]]
k = 3
[[l.inner]]

k = 4
[t.more]
k = 5
"""


def test_each_key_table_and_element_has_the_line_on_which_it_begins() -> None:
    assert find_lines(TEXT) == {
        ("a",): 2,
        ("a", "b"): 2,
        ("c d",): 3,
        ("c d", "e"): 3,
        ("t",): 4,
        ("t", "list"): 5,
        ("t", "list", 0): 6,
        ("t", "list", 1): 7,
        ("t", "list", 1, "x"): 7,
        ("t", "list", 1, "y"): 7,
        ("t", "list", 1, "y", 0): 8,
        ("t", "text"): 10,
        ("l",): 13,
        ("l", 0): 13,
        ("l", 0, "k"): 14,
        ("l", 0, "sub"): 15,
        ("l", 0, "sub", "k"): 16,
        ("l", 1): 17,
        ("l", 1, "inner"): 18,
        ("l", 1, "inner", 0): 18,
        ("l", 1, "inner", 0, "k"): 19,
        ("l", 1, "inner", 1): 20,
        ("l", 1, "inner", 1, "k"): 22,
        ("t", "more"): 23,
        ("t", "more", "k"): 24,
    }


keys = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=4)
values = st.recursive(
    st.integers() | keys,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(keys, values, max_size=4))
def test_every_key_of_any_document_is_found(table: dict[str, object]) -> None:
    text = tomli_w.dumps(table)

    assert set(find_lines(text)) == set(places(tomllib.loads(text)))


def places(value: object, where: Where = ()) -> Iterator[Where]:
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    for key, below in inside:
        yield (*where, key)
        yield from places(below, (*where, key))

from hypothesis import given
from hypothesis import strategies as st

from bot.policy.overlay import Table, flatten, lay_over

BASE: Table = {
    "mode": "off",
    "ladder": [1, 2],
    "slur": {"act": 0.9, "flag": 0.5, "labels": {"insult": 1.0, "threat": 0.5}},
}
keys = st.sampled_from(["a", "b", "labels"])
tables: st.SearchStrategy[Table] = st.recursive(
    st.dictionaries(keys, st.integers(), max_size=3),
    lambda inner: st.dictionaries(keys, st.integers() | inner, max_size=3),
)


def test_a_key_wins_alone_while_lists_and_label_weights_are_replaced_whole() -> None:
    changes = {"ladder": [3], "slur": {"act": 0.8, "labels": {"threat": 0.7}}}

    assert lay_over(BASE, changes) == {
        "mode": "off",
        "ladder": [3],
        "slur": {"act": 0.8, "flag": 0.5, "labels": {"threat": 0.7}},
    }


def test_keys_are_listed_as_in_toml_and_a_table_of_labels_is_one_value() -> None:
    assert dict(flatten(BASE)) == {
        "mode": "off",
        "ladder": [1, 2],
        "slur.act": 0.9,
        "slur.flag": 0.5,
        "slur.labels": {"insult": 1.0, "threat": 0.5},
    }


@given(tables, tables)
def test_what_is_laid_over_holds_and_nothing_below_is_changed(base: Table, over: Table) -> None:
    before = dict(flatten(base))

    merged = lay_over(base, over)

    assert dict(flatten(over)).items() <= dict(flatten(merged)).items()
    assert lay_over(merged, over) == merged
    assert lay_over(base, {}) == base
    assert dict(flatten(base)) == before

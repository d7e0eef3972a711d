import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import CommentId
from bot.errors import BadThreadError
from bot.intake.reply_tree import depths


class CountingMap(dict[CommentId, CommentId | None]):
    """Counts how often a parent is looked up: the cost of the walk, without a clock."""

    looked_up = 0

    def __getitem__(self, key: CommentId) -> CommentId | None:
        self.looked_up += 1
        return super().__getitem__(key)


def name(number: int) -> CommentId:
    return CommentId(str(number))


@given(st.lists(st.integers(0, 1_000), max_size=60), st.randoms())
def test_depth_is_one_more_than_the_parents(choices: list[int], random) -> None:
    # Comment n answers an earlier one or nobody, so there is no circle.
    parents = {
        name(n): None if choice % (n + 1) == n else name(choice % (n + 1))
        for n, choice in enumerate(choices)
    }
    shuffled = list(parents)
    random.shuffle(shuffled)
    found = depths({it: parents[it] for it in shuffled}, str)
    for comment, parent in parents.items():
        assert found[comment] == (0 if parent is None else found[parent] + 1)


@given(st.integers(1, 30), st.integers(0, 30))
def test_a_circle_of_any_length_is_found_whatever_hangs_on_it(length: int, tail: int) -> None:
    circle = {name(n): name((n + 1) % length) for n in range(length)}
    hanging = {name(length + n): name(length + n - 1) for n in range(tail)}
    with pytest.raises(BadThreadError, match=r"^place of \d+: comment .* expected"):
        depths({**hanging, **circle}, lambda it: f"place of {it}")


def test_the_walk_is_linear_however_deep_the_replies_go() -> None:
    size = 10_000
    parents = CountingMap({name(n): name(n - 1) if n else None for n in reversed(range(size))})
    assert depths(parents, str)[name(size - 1)] == size - 1
    # Each comment is walked through once; a quadratic walk would look up 50 million.
    assert parents.looked_up == size


def test_nothing_in_nothing_out() -> None:
    assert depths({}, str) == {}

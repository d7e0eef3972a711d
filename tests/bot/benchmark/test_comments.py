"""The comments of a contest: as long as forums have them, alike in every block, and repeatable."""

from pathlib import Path
from statistics import median, quantiles

import pytest

from bot.benchmark.comments import BLOCK, as_raid, comments_of, mixed_comments
from bot.errors import BadInputError


def words(text: str) -> int:
    return len(text.split())


def test_the_mix_is_as_long_as_it_says() -> None:
    lengths = sorted(map(words, mixed_comments().texts))
    assert median(lengths) == 25
    assert quantiles(lengths, n=20)[-1] == pytest.approx(150, rel=0.03)
    assert 450 <= lengths[-1] <= 500
    assert lengths[0] >= 1


def test_every_block_is_like_every_other() -> None:
    blocks = mixed_comments().blocks
    assert {len(block) for block in blocks} == {BLOCK}
    # Half of each block lies below the median of all, for it has one of each 32nd part.
    assert {sum(words(text) <= 25 for text in block) for block in blocks} <= {16, 17}


def test_every_block_is_as_much_to_read() -> None:
    totals = [sum(map(words, block)) for block in mixed_comments().blocks]
    assert max(totals) < 1.12 * min(totals)


def test_the_mix_is_the_same_each_time_and_hardly_repeats_itself() -> None:
    texts = mixed_comments().texts
    assert texts == mixed_comments().texts
    long = [text for text in texts if words(text) > 5]
    assert len(set(long)) > 0.99 * len(long)


def test_a_raid_is_mostly_copies_of_eight() -> None:
    texts = mixed_comments().texts
    raid = as_raid(texts)
    assert len(raid) == len(texts)
    assert len(set(raid)) <= len(texts) // 4 + 8
    assert set(raid) <= set(texts)
    # As much to read as the comments themselves: else a raid would look quicker than it is.
    assert sum(map(words, raid)) == pytest.approx(sum(map(words, texts)), rel=0.1)


def test_lines_with_nothing_to_read_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("\n".join(["\u200b"] * 40 + ["comment"] * 33), "utf-8")
    assert comments_of(file).blocks == (("comment",) * 32,)


def test_comments_of_a_file_fill_whole_blocks(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("\n".join([*(f"comment {n}" for n in range(70)), "", "  "]), "utf-8")
    comments = comments_of(file)
    assert [len(block) for block in comments.blocks] == [BLOCK, BLOCK]
    assert comments.source == "64 comments of mine.txt"


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"one\ntwo\n", "has 2 comments, expected at least 32"), (b"\xff\xfe", "is not UTF-8")],
)
def test_a_file_that_will_not_do_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    file = tmp_path / "mine.txt"
    file.write_bytes(content)
    with pytest.raises(BadInputError, match=what):
        comments_of(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        comments_of(tmp_path / "nothing")

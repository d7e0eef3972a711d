"""The picture of a preview: there when something moves, with the thresholds where they belong."""

from io import BytesIO

from PIL import Image

from bot.policy.compare import Preview, Shift
from bot.report.preview_plot import plot_words, preview_plot
from config.policy import Category

COUNTS = tuple(1000 // (n + 1) for n in range(40))
SHIFT = Shift(Category.SLUR, COUNTS, 0.55, 0.85, 0.30, 0.85)


def a_preview(*shifts: Shift) -> Preview:
    return Preview(100, 0, 0, 0, 0, 0, 0, 0, (), shifts)


def opened(png: bytes | None) -> Image.Image:
    assert png is not None
    return Image.open(BytesIO(png)).convert("RGB")


def column(image: Image.Image, score: float, y: int) -> tuple[int, ...]:
    """The colour at a score's place: 16 pixels of margin, drawn twice as large."""
    pixel = image.getpixel((round((16 + score * 608) * 2), y))
    assert isinstance(pixel, tuple)
    return pixel


def test_nothing_to_show_is_no_picture() -> None:
    assert preview_plot(a_preview()) is None


def test_each_category_has_a_panel() -> None:
    assert opened(preview_plot(a_preview(SHIFT))).size == (1280, 380)
    assert opened(preview_plot(a_preview(SHIFT, SHIFT))).size == (1280, 760)


def test_bars_are_coloured_by_what_the_new_thresholds_make_of_them() -> None:
    image = opened(preview_plot(a_preview(SHIFT)))
    just_above_the_axis = (190 - 26) * 2 - 4
    quiet, flag, act = (column(image, at, just_above_the_axis) for at in (0.11, 0.61, 0.935))
    assert len({quiet, flag, act}) == 3
    # 0.61 was flagged before too; 0.4 only is so now.
    assert column(image, 0.41, just_above_the_axis) == flag


def test_a_moved_threshold_shows_where_it_stands_now_as_well() -> None:
    moved = opened(preview_plot(a_preview(SHIFT)))
    kept = opened(preview_plot(a_preview(Shift(Category.SLUR, COUNTS, 0.30, 0.85, 0.30, 0.85))))
    high_above_the_bars = 31 * 2
    assert column(moved, 0.55, high_above_the_bars) != column(kept, 0.55, high_above_the_bars)
    assert moved.getpixel((20, 70)) == kept.getpixel((20, 70))


def test_thresholds_at_the_edges_keep_their_words_in_the_picture() -> None:
    edge = Shift(Category.SLUR, COUNTS, 0.0, 1.0, 0.0, 1.0)
    image = opened(preview_plot(a_preview(edge)))
    background = image.getpixel((2, 2))
    margins = [image.getpixel((x, y)) for x in (4, 1276) for y in range(0, 360, 4)]
    assert set(margins) == {background}


def test_the_picture_is_said_in_words() -> None:
    assert plot_words(a_preview(SHIFT)) == (
        f"Slur: {sum(COUNTS):,} comments; flag from 0.55 to 0.30, act stays at 0.85."
    )

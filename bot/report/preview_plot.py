"""Draws what a change of policy would move: scores by category, thresholds before and after.

Pillow, not matplotlib: a picture of bars and lines for a chat message needs no plotting library of
a hundred megabytes in a running bot, and Discord shows no SVG. Called by `cogs.policy`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import sqrt

from PIL import Image, ImageDraw, ImageFont

from bot.policy.compare import Preview, Shift
from bot.policy.wording import threshold_words

_SCALE = 2
"""Drawn twice as large as laid out, so that it is sharp on any screen."""
_WIDTH, _HEIGHT = 640, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 16, 16, 62, 26
_FONT, _SMALL = 15, 12

_BACKGROUND = "#2b2d31"
_TEXT, _FAINT = "#f2f3f5", "#9a9ca3"
_QUIET, _FLAG, _ACT = "#5c6370", "#d9a441", "#d65a57"
"""Told apart in every kind of colour blindness by their lightness as well as by their hue."""


def preview_plot(preview: Preview) -> bytes | None:
    """Draw each category that changes, one below the other, as PNG; None where nothing does.

    Bars count comments by their score, as high as the square root of the count, because a thousand
    harmless ones would press the few that matter out of sight. Coloured is what the new thresholds
    flag or act on; dashed lines are the thresholds of now.
    """
    if not preview.shifts:
        return None
    size = (_WIDTH * _SCALE, _HEIGHT * len(preview.shifts) * _SCALE)
    image = Image.new("RGB", size, _BACKGROUND)
    draw = ImageDraw.Draw(image)
    for n, shift in enumerate(preview.shifts):
        _Panel(draw, shift, n * _HEIGHT).draw()
    png = BytesIO()
    image.save(png, "PNG", optimize=True)
    return png.getvalue()


def plot_words(preview: Preview) -> str:
    """Say what the picture shows, for those who cannot see it."""
    return " ".join(
        f"{shift.category.capitalize()}: {sum(shift.counts):,} comments; flag"
        f" {_change(shift.flag_before, shift.flag_after)}, act"
        f" {_change(shift.act_before, shift.act_after)}."
        for shift in preview.shifts
    )


def _change(before: float, after: float) -> str:
    if before == after:
        return f"stays at {threshold_words(after)}"
    return f"from {threshold_words(before)} to {threshold_words(after)}"


@dataclass(frozen=True, slots=True)
class _Panel:
    """One category's plot, `top` pixels from the image's."""

    canvas: ImageDraw.ImageDraw
    shift: Shift
    top: int

    def draw(self) -> None:
        shift = self.shift
        total = f"{sum(shift.counts):,} comments"
        self._text(shift.category.capitalize(), _LEFT, 8, colour=_TEXT, size=_FONT)
        self._text(total, _WIDTH - _RIGHT, 10, colour=_FAINT, size=_SMALL, anchor="ra")
        self._bars(shift.counts)
        base = self.top + _HEIGHT - _BOTTOM
        self._line((_LEFT, base), (_WIDTH - _RIGHT, base), _FAINT)
        for score in (0.0, 0.25, 0.5, 0.75, 1.0):
            at = self._x(score)
            self._text(f"{score:g}", at, _HEIGHT - 20, colour=_FAINT, size=_SMALL, anchor="ma")
        self._thresholds("flag", shift.flag_before, shift.flag_after, _FLAG, is_left=True)
        self._thresholds("act", shift.act_before, shift.act_after, _ACT, is_left=False)

    def _bars(self, counts: Sequence[int]) -> None:
        room = _HEIGHT - _TOP - _BOTTOM
        highest = sqrt(max(counts))
        base = self.top + _HEIGHT - _BOTTOM
        for n, count in enumerate(counts):
            if count:
                left, right = self._x(n / len(counts)) + 1, self._x((n + 1) / len(counts)) - 1
                height = max(2.0, room * sqrt(count) / highest)
                colour = self._colour((n + 0.5) / len(counts))
                corners = (left, base - height, right, base - 1)
                self.canvas.rectangle([c * _SCALE for c in corners], fill=colour)

    def _colour(self, score: float) -> str:
        if score >= self.shift.act_after:
            return _ACT
        return _FLAG if score >= self.shift.flag_after else _QUIET

    def _thresholds(
        self, name: str, before: float, after: float, colour: str, *, is_left: bool
    ) -> None:
        """Draw a threshold, and dashed the one of now where it differs; words in rows of their own.

        Flag's words stand left of their line and act's right of theirs, so that they never meet.
        """
        if before != after:
            self._rule(before, f"{name} {threshold_words(before)} now", _FAINT, 28, is_left=is_left)
        self._rule(after, f"{name} {threshold_words(after)}", colour, 44, is_left=is_left)

    def _rule(self, at: float, words: str, colour: str, y: int, *, is_left: bool) -> None:
        x = self._x(at)
        start, end = self.top + y + 2, self.top + _HEIGHT - _BOTTOM
        is_old = colour == _FAINT
        step = 8 if is_old else end - start
        for part in range(start, end, step):
            self._line((x, part), (x, min(end, part + (4 if is_old else step))), colour)
        width = self.canvas.textlength(words, font=_font(_SMALL)) / _SCALE
        wanted = x - width - 5 if is_left else x + 5
        left = min(max(wanted, _LEFT), _WIDTH - _RIGHT - width)
        self._text(words, left, y, colour=colour, size=_SMALL)

    def _x(self, score: float) -> float:
        return _LEFT + score * (_WIDTH - _LEFT - _RIGHT)

    def _line(self, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
        points = [(x * _SCALE, y * _SCALE) for x, y in (start, end)]
        self.canvas.line(points, fill=colour, width=_SCALE)

    def _text(
        self, words: str, x: float, y: float, *, colour: str, size: int, anchor: str = "la"
    ) -> None:
        at = (x * _SCALE, (self.top + y) * _SCALE)
        self.canvas.text(at, words, fill=colour, font=_font(size), anchor=anchor)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Give the font that Pillow brings along, so that the picture is the same everywhere."""
    return ImageFont.load_default(size * _SCALE)

"""Charts as geometry: a page draws them as SVG. Pure functions; every length is in units of the view box."""

from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 576, 128
_TOP, _FLOOR = 20, 104  # between which columns stand; labels are above and below
_GAP = 4
_LEAST = 2  # what is not nothing can be seen


class Bar(NamedTuple):
    """A column. open: what it counts goes on, so it is drawn otherwise."""

    x: float
    y: float
    width: float
    height: float
    open: bool


class Chart(NamedTuple):
    """Columns side by side; peak: the index of the highest, None where there is none."""

    bars: list[Bar]
    peak: int | None


def draw(counts: Sequence[int], *, most: int | None = None, opened: int = 0) -> Chart:
    """Columns for counts, of which the last `opened` go on. most: the scale of several charts together."""
    scale = max(1, most if most is not None else max(counts, default=0))
    step = WIDTH / max(1, len(counts))
    bars = []
    for number, count in enumerate(counts):
        height = max(_LEAST, round(count / scale * (_FLOOR - _TOP), 1)) if count else 0
        going_on = number >= len(counts) - opened
        width = round(step - _GAP, 1)
        bars.append(
            Bar(round(number * step + _GAP / 2, 1), round(_FLOOR - height, 1), width, height, going_on)
        )
    highest = max(counts, default=0)
    return Chart(bars, list(counts).index(highest) if highest else None)


def share(count: int, most: int) -> int:
    """The length of a bar that lies, of a hundred; what is not nothing can be seen."""
    return max(1, round(100 * count / most)) if count else 0

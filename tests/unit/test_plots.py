"""The plot of a backlog: it opens, shows what it was given, and needs nothing of this machine."""

import re
from datetime import date, timedelta
from io import BytesIO
from typing import Any, Final

import pytest
from PIL import Image

from ektp.plots import plot

RED: Final = (0xB5, 0x32, 0x2C)  # those of the backlog who wait
GREEN: Final = (0x3A, 0x8F, 0x4A)  # the new ones
BARS: Final = (0x6B, 0x77, 0x85)  # what was printed


def drawn(weeks: int, *, look: int | None = None, **figures: Any) -> dict[str, Any]:
    """Return so many weeks that are all alike; a figure that is a list has one for each week."""
    usual = {"backlog": 0, "new": 0, "stock": 0, "printed": 0, "suket": 0, "days": None}

    def week(number: int) -> dict[str, Any]:
        own = {name: value[number] if isinstance(value, list) else value for name, value in figures.items()}
        return {"monday": str(date(2017, 11, 6) + timedelta(weeks=number)), **usual, **own}

    return {"title": "Kota Semarang (33.74)", "promise": 4, "look": look, "weeks": [week(at) for at in range(weeks)]}


def picture(data: dict[str, Any]) -> Image.Image:
    """Return the plot as a picture."""
    opened = Image.open(BytesIO(plot("backlog.typ", data, "png")))
    assert opened.format == "PNG"
    return opened.convert("RGB")


def points(image: Image.Image, colour: tuple[int, int, int]) -> list[tuple[int, int]]:
    """Return the places of one colour, without those of the legend, which stands left of the axis' end."""
    return [
        (at % image.width, at // image.width) for at, found in enumerate(image.get_flattened_data()) if found == colour
    ]


def test_a_backlog_that_falls_is_a_line_that_falls() -> None:
    """From the upper left to the lower right."""
    image = picture(drawn(10, backlog=[90_000 - 10_000 * number for number in range(10)]))
    below = [place for place in points(image, RED) if place[1] > 160]
    left, right = min(below), max(below)
    assert right[0] - left[0] > image.width / 2
    assert right[1] - left[1] > 150


def test_weeks_in_which_nothing_was_printed_interrupt_the_line_and_have_no_bar() -> None:
    """And one week alone is a point."""
    none = picture(drawn(10))
    once = picture(drawn(10, printed=[0] * 5 + [800] + [0] * 4, days=[None] * 5 + [2.5] + [None] * 4))
    assert len(points(once, BARS)) > len(points(none, BARS)) + 500
    assert 0 < len(points(once, GREEN)) - len(points(none, GREEN)) < 200


def test_the_day_that_everybody_asks_of_is_told_in_words() -> None:
    """More stands there than without it."""
    plain, told = (picture(drawn(10, look=look)).convert("L").histogram() for look in (None, 3))
    assert sum(told[:70]) > sum(plain[:70]) + 300


@pytest.mark.parametrize("weeks", [0, 1, 2, 120])
def test_as_svg_it_is_one_drawing_whatever_the_number_of_weeks(weeks: int) -> None:
    """With a size, the same each time, and no font is asked for."""
    data = drawn(weeks, backlog=7, days=1.5)
    made = plot("backlog.typ", data, "svg")
    assert made.startswith(b"<svg ")
    assert made.rstrip().endswith(b"</svg>")
    size = re.search(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"', made)
    assert size is not None
    assert min(map(float, size.groups())) > 400
    assert b"font-family" not in made
    assert made == plot("backlog.typ", data, "svg")

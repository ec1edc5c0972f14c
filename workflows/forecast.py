"""The forecast of a printing office: when nobody waits any more, when the stock ends, what to ask the ministry for.

Whole numbers and working days only: day 0 is now, day 1 the end of the next working day.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

WINDOW: Final = 20  #: Working days of the past from which the rates are taken.
MONTH: Final = 20  #: Working days that one order is to last for.
HORIZON: Final = 1000  #: Working days (four years) after which no forecast is worth its name.
_NOTHING: Final[Mapping[int, int]] = MappingProxyType({})


class Stand(NamedTuple):
    """What is known of a printing office now.

    `waiting` in its queue, blanko in `stock`, cards that its printers can do a working day (`capacity`, None where
    nobody has said), how many were `verified` and `printed` in the last `window` working days (at least 1), and the
    deliveries that are promised: `incoming` by working day from 1 on, in the morning of it.
    """

    waiting: int
    stock: int
    capacity: int | None
    verified: int
    printed: int
    window: int = WINDOW
    incoming: Mapping[int, int] = _NOTHING

    @property
    def pace(self) -> int:
        """Cards the office can print a working day: what its printers can do, else what they did, rounded up."""
        return -(-self.printed // self.window) if self.capacity is None else self.capacity


class Day(NamedTuple):
    """The end of one working day: who waits still, what is in stock, how many cards were printed on it."""

    number: int
    waiting: int
    stock: int
    printed: int


class Forecast(NamedTuple):
    """What is to be expected; a day is None where it lies beyond the horizon.

    `backlog_ends` is the day at whose end nobody waits, `stock_ends` that at whose end no blanko is left. `need` is how
    many blanko a month's work wants beyond what is there and promised, `capability` how many cards the office can print
    in that month, and `order` the smaller of both: the ministry grants no more.
    """

    backlog_ends: int | None
    stock_ends: int | None
    need: int
    capability: int
    order: int


def forecast(stand: Stand) -> Forecast:
    """Return what comes of *stand* when everything goes on as in its window, without any order."""
    backlog_ends = 0 if stand.waiting == 0 else None
    stock_ends = 0 if stand.stock == 0 else None
    for day in days(stand):
        if backlog_ends is None and day.waiting == 0:
            backlog_ends = day.number
        if stock_ends is None and day.stock == 0:
            stock_ends = day.number
        if backlog_ends is not None and stock_ends is not None:
            break
    need, capability = _need(stand), stand.pace * MONTH
    return Forecast(backlog_ends, stock_ends, need, capability, min(need, capability))


def days(stand: Stand, horizon: int = HORIZON) -> Iterator[Day]:
    """Yield each working day to come: the delivery and the new ones in the morning, then print what can be printed."""
    waiting, stock, pace = stand.waiting, stand.stock, stand.pace
    for number in range(1, horizon + 1):
        stock += stand.incoming.get(number, 0)
        waiting += _arrived(stand, number) - _arrived(stand, number - 1)
        printed = min(waiting, stock, pace)
        waiting, stock = waiting - printed, stock - printed
        yield Day(number, waiting, stock, printed)


def _arrived(stand: Stand, number: int) -> int:
    """Return how many will have come by the end of a day: the parts of a person add up, and none is lost."""
    return stand.verified * number // stand.window


def _need(stand: Stand) -> int:
    promised = sum(count for day, count in stand.incoming.items() if day <= MONTH)
    return max(stand.waiting + _arrived(stand, MONTH) - stand.stock - promised, 0)

"""The forecast: what is said of the days to come holds when they come."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from workflows.forecast import HORIZON, MONTH, Forecast, Stand, days, forecast

COUNTS = st.integers(0, 3000)
STANDS = st.builds(
    Stand,
    waiting=COUNTS,
    stock=COUNTS,
    capacity=st.none() | st.integers(0, 400),
    verified=st.integers(0, 6000),
    printed=st.integers(0, 6000),
    window=st.integers(1, 40),
    incoming=st.dictionaries(st.integers(1, 60), st.integers(1, 2000), max_size=4),
)


def never(day: int | None) -> int:
    """Return a day that can be compared; None lies beyond all."""
    return HORIZON + 1 if day is None else day


def test_semarang_on_the_twelfth_of_february() -> None:
    """30,000 wait, 25,000 blanko lie ready, 250 new ones and 1,500 cards a day: 24 days, but the stock ends before.

    With 100,000 more on the 17th day only new ones are printed from the 24th on: 95,000 blanko for 250 a day.
    """
    told = forecast(Stand(waiting=30_000, stock=25_000, capacity=1500, verified=5000, printed=28_000))
    assert told == Forecast(backlog_ends=None, stock_ends=17, need=10_000, capability=30_000, order=10_000)
    again = Stand(waiting=30_000, stock=25_000, capacity=1500, verified=5000, printed=28_000, incoming={17: 100_000})
    assert forecast(again)[:2] == (24, 380)


def test_the_ministry_grants_what_can_be_printed() -> None:
    """100,000 are wanted, 20,000 can be printed in a month."""
    told = forecast(Stand(waiting=100_000, stock=0, capacity=1000, verified=0, printed=0))
    assert (told.stock_ends, told.need, told.capability, told.order) == (0, 100_000, 20_000, 20_000)


def test_an_office_of_which_nothing_is_known_but_its_queue_orders_nothing() -> None:
    """Neither printers nor a card in the last month: nobody can say how many it could print."""
    told = forecast(Stand(waiting=10, stock=5, capacity=None, verified=0, printed=0))
    assert told == Forecast(backlog_ends=None, stock_ends=None, need=5, capability=0, order=0)


@given(STANDS)
def test_no_card_and_no_person_is_lost_on_the_way(stand: Stand) -> None:
    """At the end of every day: who waits and what lies there is what was, and came, without what was printed."""
    printed = 0
    for day in islice(days(stand), 100):
        printed += day.printed
        came = sum(count for number, count in stand.incoming.items() if number <= day.number)
        assert day.stock == stand.stock + came - printed >= 0
        assert day.waiting == stand.waiting + stand.verified * day.number // stand.window - printed >= 0
        assert day.printed <= stand.pace
        assert day.printed == stand.pace or not (day.waiting and day.stock)


@given(STANDS)
def test_the_days_it_names_are_the_first_of_their_kind(stand: Stand) -> None:
    """Found once more by a look at every day."""
    told, all_days = forecast(stand), list(days(stand))
    backlog = [0] * (stand.waiting == 0) + [day.number for day in all_days if day.waiting == 0]
    stock = [0] * (stand.stock == 0) + [day.number for day in all_days if day.stock == 0]
    assert told.backlog_ends == (backlog[0] if backlog else None)
    assert told.stock_ends == (stock[0] if stock else None)


@given(STANDS, st.integers(1, 2000), st.integers(1, 400))
def test_more_blanko_or_more_printers_never_make_anybody_wait_longer(stand: Stand, blanko: int, cards: int) -> None:
    """And more blanko never end sooner."""
    told = forecast(stand)
    richer = forecast(stand._replace(stock=stand.stock + blanko))
    assert never(richer.backlog_ends) <= never(told.backlog_ends)
    assert never(richer.stock_ends) >= never(told.stock_ends)
    faster = forecast(stand._replace(capacity=stand.pace + cards))
    assert never(faster.backlog_ends) <= never(told.backlog_ends)


@given(STANDS)
def test_an_order_is_no_more_than_is_wanted_and_can_be_printed_and_lasts_a_month(stand: Stand) -> None:
    """Were it there tomorrow, no printer would stand still for want of blanko while somebody waits."""
    told = forecast(stand)
    assert 0 <= told.order <= min(told.need, told.capability)
    incoming = {**stand.incoming, 1: stand.incoming.get(1, 0) + told.order}
    # What is promised for later in the month may come after it is needed: that is no matter of the order.
    if any(1 < day <= MONTH for day in stand.incoming):
        return
    for day in days(stand._replace(incoming=incoming), MONTH):
        assert day.printed == stand.pace or day.waiting == 0

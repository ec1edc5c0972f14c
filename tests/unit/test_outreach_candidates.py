"""Who is a candidate for a visit, and until when; what is proposed has the same address for the same people."""

from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from ektp.config.calendars import Calendars
from ektp.config.config import Config
from workflows.outreach import Outreach, Purpose, Seat, Slot, Visit, Why
from workflows.outreach_candidates import Candidate, Request, proposed, seats_of

MONDAY: Final = date(2018, 3, 5)
POLICY: Final = Outreach(bound=10, after=5)
CALENDAR: Final = Calendars(Config()).of("33.19")
WHO: Final = UUID(int=1)
AGAIN: Final = Candidate(WHO, "33.19.01", "Desa 1", Purpose.RE_RECORD, MONDAY)
CARD: Final = AGAIN._replace(purpose=Purpose.COLLECT)
REQUEST: Final = Request(WHO, "33.19.01", "Desa 1", "disabled", 2, MONDAY)


def bounds(one: Candidate, today: date) -> list[date]:
    """Return the bounds of the seats of one candidate."""
    return [seat.bound for seat in seats_of([one], [], CALENDAR, today, POLICY)]


def test_who_is_to_be_recorded_again_waits_at_once_and_a_card_at_the_office_first() -> None:
    """Both have their working days from then on; Nyepi, the 17th of March 2018, was a Saturday."""
    assert bounds(AGAIN, MONDAY) == [date(2018, 3, 19)]
    assert bounds(CARD, date(2018, 3, 9)) == []
    assert bounds(CARD, date(2018, 3, 12)) == [date(2018, 3, 26)]


def test_who_was_absent_waits_anew_and_who_was_met_only_if_nothing_comes_of_it() -> None:
    """A kit that has no line may bring the recording days later."""
    tuesday = date(2018, 3, 20)
    assert bounds(AGAIN._replace(missed=tuesday), tuesday) == [date(2018, 4, 4)]
    met = AGAIN._replace(met=tuesday)
    assert bounds(met, date(2018, 3, 26)) == []
    assert bounds(met, date(2018, 3, 27)) == [date(2018, 4, 11)]


def test_each_person_of_a_request_has_a_seat() -> None:
    """From the day on which they are wanted."""
    later = REQUEST._replace(wanted_from=date(2018, 3, 12), category="group")
    now, then = (list(seats_of([], [one], CALENDAR, MONDAY, POLICY)) for one in (REQUEST, later))
    assert [(seat.number, seat.exempt, seat.bound) for seat in now] == [
        (0, True, date(2018, 3, 19)),
        (1, True, date(2018, 3, 19)),
    ]
    assert {(seat.exempt, seat.bound, seat.not_before) for seat in then} == {
        (False, date(2018, 3, 26), date(2018, 3, 12))
    }


def test_a_proposal_keeps_its_address_until_it_was_called_off() -> None:
    """The same people on the same day of the same kit; people of one request are one errand."""
    begins, slot = datetime(2018, 3, 8, 1, tzinfo=UTC), Slot(date(2018, 3, 8), 1)
    seats = (
        Seat("33.19.01", "Desa 1", MONDAY, UUID(int=2), Purpose.COLLECT),
        *(Seat("33.19.01", "Desa 1", MONDAY, WHO, Purpose.REQUESTED, number) for number in range(2)),
    )
    visit = Visit(slot, "33.19.01", Why.EXEMPT, seats)
    turned = visit._replace(seats=seats[::-1])
    one, same, next_ = (
        proposed("33.19", asked, begins, {WHO: "SMA"}, again)
        for asked, again in ((visit, {}), (turned, {}), (visit, {slot: 1}))
    )
    assert one.id == same.id != next_.id
    assert [(errand.people, errand.place) for errand in one.errands] == [(2, "SMA")]
    assert [(guest.application, guest.state) for guest in one.guests] == [(UUID(int=2), "proposed")]

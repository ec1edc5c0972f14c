"""The planner of visits: full groups, single people, bounds that come near; nobody is forgotten while kits allow."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.outreach import Outreach, Plan, Purpose, Reason, Seat, Slot, Why
from workflows.outreach_days import batches, free_slots, late, latest_days
from workflows.outreach_plan import plan

MONDAY: Final = date(2018, 3, 5)
POLICY: Final = Outreach()


def weekdays(first: date, count: int) -> list[date]:
    """Return so many days from Monday to Friday."""
    days = (first + timedelta(days=number) for number in range(count * 2))
    return [day for day in days if day.weekday() < 5][:count]


DAYS: Final = weekdays(MONDAY, 60)


def seat(
    number: int,
    kecamatan: str = "33.19.01",
    kelurahan: str = "Desa A",
    bound: int = 20,
    *,
    exempt: bool = False,
    not_before: date | None = None,
) -> Seat:
    """Return somebody whose bound is so many working days after the first."""
    return Seat(
        kecamatan, kelurahan, DAYS[bound], UUID(int=number), Purpose.RE_RECORD, exempt=exempt, not_before=not_before
    )


def many(count: int, first: int = 0, kelurahan: str = "Desa A", bound: int = 20) -> list[Seat]:
    """Return so many people of one kelurahan."""
    return [seat(first + number, kelurahan=kelurahan, bound=bound) for number in range(count)]


people = st.builds(
    seat,
    st.integers(0, 100_000),
    st.sampled_from(["33.19.01", "33.19.02", "33.19.03"]),
    st.sampled_from(["Desa A", "Desa B", "Desa C", ""]),
    st.integers(0, 25),
    exempt=st.sampled_from([False] * 19 + [True]),
)
crowds = st.lists(people, max_size=60, unique_by=lambda one: one.who)
policies = st.builds(
    POLICY._replace,
    least=st.integers(1, 10),
    kits=st.integers(1, 3),
    people_a_day=st.integers(10, 15),
    near=st.integers(0, 5),
)
promised = st.lists(st.builds(Slot, st.sampled_from(DAYS[:10]), st.integers(1, 3)), max_size=8)


def planned(made: Plan) -> list[Seat]:
    """Return everybody of a plan's visits."""
    return [one for visit in made.visits for one in visit.seats]


def feasible(seats: Iterable[Seat], days: Sequence[date], taken: Iterable[Slot], policy: Outreach) -> bool:
    """Tell whether everybody can be met in time."""
    waiting: dict[str, list[Seat]] = {}
    for one in sorted(seats, key=lambda one: one.urgency):
        waiting.setdefault(one.kecamatan, []).append(one)
    return late(batches(waiting, policy), free_slots(days, taken, policy.kits)) == 0


def test_a_group_is_visited_as_soon_as_it_is_full() -> None:
    """Nineteen wait, twenty are visited on the first day."""
    waits, goes = plan(many(19), DAYS, (), POLICY), plan(many(20), DAYS, (), POLICY)
    assert waits.visits == ()
    assert [(left.people, left.reason, left.bound) for left in waits.left] == [(19, Reason.GROUP_NOT_FULL, DAYS[20])]
    assert [(visit.slot, visit.why, len(visit.seats)) for visit in goes.visits] == [(Slot(MONDAY, 1), Why.FULL, 20)]
    assert goes.left == ()


def test_one_person_is_enough_where_the_office_says_so() -> None:
    """And who waits in the same kelurahan is met as well."""
    made = plan([seat(1, exempt=True), *many(3, 10), *many(4, 20, "Desa B")], DAYS, (), POLICY)
    assert [(visit.why, len(visit.seats)) for visit in made.visits] == [(Why.EXEMPT, 4)]
    assert [(left.kelurahan, left.people) for left in made.left] == [("Desa B", 4)]


def test_small_kelurahan_are_joined_when_the_bound_comes_near() -> None:
    """One kit, one day, three stops, the one with the nearest bound first."""
    small = [*many(2, 0, "Desa C", 3), *many(3, 10, "Desa A", 9), *many(4, 20, "Desa B", 6)]
    (visit,) = plan(small, DAYS, (), POLICY).visits
    assert visit.why is Why.BOUND
    assert [(stop.kelurahan, len(stop.seats)) for stop in visit.stops] == [("Desa C", 2), ("Desa B", 4), ("Desa A", 3)]


def test_a_crowd_is_planned_before_its_bound_is_near_for_one_alone() -> None:
    """Ten days of one kit have to begin ten days before."""
    crowd = [seat(number, f"33.19.{1 + number % 9:02}", f"Desa {number}", 10) for number in range(90)]
    made = plan(crowd, DAYS, (), POLICY)
    assert made.visits
    assert all(visit.late == 0 for visit in made.visits)
    assert feasible([one for one in crowd if one not in planned(made)], DAYS, [v.slot for v in made.visits], POLICY)


def test_without_a_kit_nobody_is_visited_and_everybody_is_named() -> None:
    """With the reason."""
    made = plan(many(30), DAYS, (), POLICY._replace(kits=0))
    assert made.visits == ()
    assert [(left.people, left.reason) for left in made.left] == [(30, Reason.NO_KIT)]


def test_who_wants_it_later_waits_until_then() -> None:
    """A school after the holidays."""
    made = plan([*many(20), seat(99, exempt=True, not_before=DAYS[5])], DAYS, (), POLICY)
    assert [(left.people, left.reason) for left in made.left] == [(1, Reason.NOT_YET_WANTED)]


@settings(max_examples=100, deadline=None)
@given(crowds, promised, policies)
def test_everybody_is_in_one_visit_or_named_as_waiting(crowd: list[Seat], taken: list[Slot], policy: Outreach) -> None:
    """Nobody twice, nobody lost; no kit is in two places, on a closed day, or on a day that is promised."""
    made = plan(crowd, DAYS, taken, policy)
    slots = [visit.slot for visit in made.visits]
    assert len(set(slots)) == len(slots)
    assert not set(slots) & set(taken)
    assert all(slot.day in DAYS and 1 <= slot.kit <= policy.kits for slot in slots)
    assert all(count == 1 for count in Counter(one.who for one in planned(made)).values())
    assert len(planned(made)) + sum(left.people for left in made.left) == len(crowd)


@settings(max_examples=100, deadline=None)
@given(crowds, promised, policies)
def test_a_visit_is_of_one_kecamatan_and_no_larger_than_a_day(
    crowd: list[Seat], taken: list[Slot], policy: Outreach
) -> None:
    """A full one is full and of one kelurahan, one for a single person has somebody for whom that is enough."""
    for visit in plan(crowd, DAYS, taken, policy).visits:
        assert {one.kecamatan for one in visit.seats} == {visit.kecamatan}
        assert 1 <= len(visit.seats) <= policy.people_a_day
        assert sum(len(stop.seats) for stop in visit.stops) == len(visit.seats)
        if visit.why is Why.FULL:
            assert len(visit.seats) >= policy.least
            assert len(visit.stops) == 1
        if visit.why is Why.EXEMPT:
            assert any(one.exempt for one in visit.seats)


@settings(max_examples=100, deadline=None)
@given(crowds, promised, policies)
def test_nobody_is_past_the_bound_while_kits_allow(crowd: list[Seat], taken: list[Slot], policy: Outreach) -> None:
    """If there is any order in which all are in time, the plan is one, and leaves one for those who still wait."""
    if not feasible(crowd, DAYS, taken, policy):
        return
    made = plan(crowd, DAYS, taken, policy)
    assert sum(visit.late for visit in made.visits) == 0
    gone, slots = planned(made), [visit.slot for visit in made.visits]
    rest = [one for one in crowd if one not in gone]
    assert feasible(rest, DAYS, [*taken, *slots], policy)
    groups = batches({key: sorted((one for one in rest if one.kecamatan == key), key=lambda one: one.urgency)
                      for key in {one.kecamatan for one in rest}}, policy)  # fmt: skip
    latest = latest_days(groups, free_slots(DAYS, [*taken, *slots], policy.kits))
    assert all(day is not None and day > DAYS[policy.near] for day in latest)


@settings(max_examples=100, deadline=None)
@given(crowds, promised, policies, st.randoms(use_true_random=False))
def test_the_same_question_has_the_same_answer(
    crowd: list[Seat], taken: list[Slot], policy: Outreach, luck: object
) -> None:
    """In whatever order people are named; and asked again with its visits promised, it moves none of them."""
    made = plan(crowd, DAYS, taken, policy)
    shuffled = list(crowd)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    assert plan(shuffled, DAYS, taken, policy) == made
    gone = planned(made)
    again = plan([one for one in crowd if one not in gone], DAYS, [*taken, *(v.slot for v in made.visits)], policy)
    if feasible(crowd, DAYS, taken, policy):
        assert again == Plan((), made.left)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(people, max_size=6), min_size=25, max_size=25), policies)
def test_lived_day_by_day_nobody_is_past_the_bound(arrivals: list[list[Seat]], policy: Outreach) -> None:
    """Each day some come with a bound of their own; each visit that was planned stays; all are met in time."""
    met: dict[UUID, date] = {}
    bounds: dict[UUID, date] = {}
    waiting: list[Seat] = []
    taken: list[Slot] = []
    for today in range(55):
        come = arrivals[today] if today < len(arrivals) else []
        for number, one in enumerate(come):
            who = UUID(int=today * 1000 + number)
            waiting.append(one._replace(who=who, bound=weekdays(DAYS[today], 30)[20]))
            bounds[who] = waiting[-1].bound
        days = weekdays(DAYS[today], 60)[policy.lead :]
        assert feasible(waiting, days, taken, policy), "six a day are no crowd"
        for visit in plan(waiting, days, taken, policy).visits:
            assert visit.slot not in taken
            taken.append(visit.slot)
            met |= {one.who: visit.slot.day for one in visit.seats}
        waiting = [one for one in waiting if one.who not in met]
    assert met.keys() == bounds.keys()
    assert all(met[who] <= bound for who, bound in bounds.items())

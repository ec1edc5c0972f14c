"""The planner of visits: as soon as a group is full, one person is enough, or a bound comes near."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from workflows.outreach import Left, Outreach, Plan, Reason, Seat, Slot, Visit, Why
from workflows.outreach_days import batches, free_slots, latest_days
from workflows.outreach_days import late as counted_late


def plan(seats: Iterable[Seat], days: Sequence[date], taken: Iterable[Slot], policy: Outreach) -> Plan:
    """Plan the visits of one office on its working *days* (the first is the earliest to which people can be invited).

    *seats* are in no visit yet, *taken* are the kits' days that are promised: neither moves. The days should reach as
    far as the last bound. The same question has the same answer.
    """
    asked = list(seats)
    wanted = [seat for seat in asked if seat.not_before is None or (days and seat.not_before <= days[0])]
    planner = _Planner(wanted, days, taken, policy)
    visits = planner.visits() if days and policy.kits else []
    early = [seat for seat in asked if seat.not_before is not None and not (days and seat.not_before <= days[0])]
    left = [*_left(planner.waiting(), planner.reason), *_left(early, lambda _group: Reason.NOT_YET_WANTED)]
    late = sum(visit.late for visit in visits) + sum(not days or seat.bound < days[0] for seat in planner.waiting())
    return Plan(tuple(sorted(visits, key=lambda one: one.slot)), tuple(sorted(left)), late)


class _Planner:
    """Who still waits, by kecamatan, and the days that are still free; each visit takes of both."""

    def __init__(self, seats: Iterable[Seat], days: Sequence[date], taken: Iterable[Slot], policy: Outreach) -> None:
        self._policy = policy
        self._free = free_slots(days, taken, policy.kits)
        self._soon = days[min(policy.near, len(days) - 1)] if days else date.min
        self._waiting: dict[str, list[Seat]] = {}
        for seat in sorted(seats, key=lambda seat: seat.urgency):
            self._waiting.setdefault(seat.kecamatan, []).append(seat)

    def visits(self) -> list[Visit]:
        """Return every visit that is due to be planned; each one may make room for another, until nothing moves."""
        found: list[Visit] = []
        while more := [*self._for_exempt(), *self._for_near(), *self._for_full()]:
            found += more
        return found

    def waiting(self) -> Iterator[Seat]:
        """Yield who is in none of them."""
        for seats in self._waiting.values():
            yield from seats

    def reason(self, group: Sequence[Seat]) -> Reason:
        """Return why a group of one kelurahan still waits."""
        if not self._policy.kits:
            return Reason.NO_KIT
        if len(group) >= self._policy.least or any(seat.exempt for seat in group):
            return Reason.KITS_TAKEN
        return Reason.GROUP_NOT_FULL

    def _for_exempt(self) -> Iterator[Visit]:
        """For whom one person is enough: a visit to all of them in a kecamatan, and to who waits in their kelurahan."""
        for kecamatan in sorted(self._waiting, key=lambda one: (self._waiting[one][0].bound, one)):
            while exempt := [seat for seat in self._waiting.get(kecamatan, ()) if seat.exempt]:
                there = {seat.kelurahan for seat in exempt}
                others = [seat for seat in self._waiting[kecamatan] if not seat.exempt and seat.kelurahan in there]
                visit = self._if_harmless(kecamatan, Why.EXEMPT, [*exempt, *others])
                if visit is None:
                    break
                yield visit

    def _for_near(self) -> Iterator[Visit]:
        """Whoever cannot wait: all kelurahan of the kecamatan are joined, the nearest bound served first.

        What is left after the first of them is what it was, so all of them are found at once.
        """
        groups = batches(self._waiting, self._policy)
        latest = latest_days(groups, self._free)
        pressing = [group for group, day in zip(groups, latest, strict=True) if day is None or day <= self._soon]
        for group, slot in zip(pressing, list(self._free), strict=False):
            yield self._book(slot, group.kecamatan, Why.BOUND, group.seats)

    def _for_full(self) -> Iterator[Visit]:
        """Visit the groups that are full, the nearest bound first, wherever that makes nobody else late."""
        refused = set[tuple[str, str]]()
        while self._has_room and (found := self._full(refused)) is not None:
            kecamatan, kelurahan, seats = found
            visit = self._if_harmless(kecamatan, Why.FULL, seats)
            if visit is None:
                refused.add((kecamatan, kelurahan))
            else:
                yield visit

    def _full(self, refused: set[tuple[str, str]]) -> tuple[str, str, list[Seat]] | None:
        groups: dict[tuple[str, str], list[Seat]] = {}
        for seat in self.waiting():
            groups.setdefault((seat.kecamatan, seat.kelurahan), []).append(seat)
        full = {at: seats for at, seats in groups.items() if len(seats) >= self._policy.least and at not in refused}
        if not full:
            return None
        at = min(full, key=lambda one: (full[one][0].bound, one))
        return (*at, full[at])

    @property
    def _has_room(self) -> bool:
        """Whether a kit is free on one of the next days, for what could wait."""
        return bool(self._free) and self._free[0].day <= self._soon

    def _if_harmless(self, kecamatan: str, why: Why, seats: Sequence[Seat]) -> Visit | None:
        """Book the first free day for these people, unless somebody would be late who is not without it.

        What could wait is promised for the next days only: later ones are kept for who comes tomorrow.
        """
        if not self._has_room:
            return None
        before = counted_late(batches(self._waiting, self._policy), self._free)
        slot, chosen = self._free[0], seats[: self._policy.people_a_day]
        rest = {**self._waiting, kecamatan: _without(self._waiting[kecamatan], chosen)}
        after = counted_late(batches(rest, self._policy), self._free[1:]) + sum(
            seat.bound < slot.day for seat in chosen
        )
        return self._book(slot, kecamatan, why, chosen) if after <= before else None

    def _book(self, slot: Slot, kecamatan: str, why: Why, seats: Sequence[Seat]) -> Visit:
        visit = Visit(slot, kecamatan, why, tuple(seats))
        self._free.remove(slot)
        self._waiting[kecamatan] = _without(self._waiting[kecamatan], seats)
        if not self._waiting[kecamatan]:
            del self._waiting[kecamatan]
        return visit


def _without(waiting: Sequence[Seat], seats: Iterable[Seat]) -> list[Seat]:
    gone = {(seat.who, seat.number) for seat in seats}
    return [seat for seat in waiting if (seat.who, seat.number) not in gone]


def _left(seats: Iterable[Seat], reason: Callable[[Sequence[Seat]], Reason]) -> Iterator[Left]:
    groups: dict[tuple[str, str], list[Seat]] = {}
    for seat in seats:
        groups.setdefault((seat.kecamatan, seat.kelurahan), []).append(seat)
    for (kecamatan, kelurahan), group in groups.items():
        yield Left(kecamatan, kelurahan, len(group), reason(group), min(seat.bound for seat in group))

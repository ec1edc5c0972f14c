"""Outreach as it stands: who waits and until when, the requests, the visits, and the route of one."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, text

from ektp.reading.errors import Unknown
from schemas.roles import covers
from workflows.permissions import within

_OPEN: Final = ("proposed", "planned")
_VISITS: Final = text("""
select v.id, v.office, v.kecamatan, v.day, v.begins, v.kit, v.why, v.state, v.others, v.because,
    (select count(*) from visit_guests g where g.visit = v.id) as residents,
    (select count(*) from visit_guests g where g.visit = v.id and g.state = 'met') as met,
    (select coalesce(sum(people), 0)::int from visit_errands e where e.visit = v.id) as requested,
    (select count(distinct kelurahan) from (
        select kelurahan from visit_guests g where g.visit = v.id
        union all select kelurahan from visit_errands e where e.visit = v.id) as stops) as stops
from visits v where v.state = any(:states) and (cast(:id as uuid) is null or v.id = :id)
and (not :recent or v.day >= ektp_now() - interval '30 days')
order by v.day, v.office, v.kit, v.id
""")
_GUESTS: Final = text("""
select g.application, g.kelurahan, g.purpose, g.state, a.resi, a.state as stands, a.office
from visit_guests g join applications a on a.id = g.application where g.visit = :id
order by g.kelurahan, g.purpose, a.resi
""")
_ERRANDS: Final = text("""
select e.request, e.kelurahan, e.people, e.place, r.category, r.sealed is not null as sealed
from visit_errands e join visit_requests r on r.id = e.request where e.visit = :id order by e.kelurahan, e.request
""")
_REQUESTS: Final = text("""
select r.id, r.office, r.kelurahan, r.category, r.people, r.place, r.wanted_from, r.asked, r.asked_by, r.withdrawn,
    coalesce((select sum(e.people) from visit_errands e join visits v on v.id = e.visit
        where e.request = r.id and v.state = 'planned'), 0)::int as planned,
    coalesce((select sum(e.people) from visit_errands e join visits v on v.id = e.visit
        where e.request = r.id and v.state = 'held'), 0)::int as held
from visit_requests r order by r.asked, r.id
""")
_PLANS: Final = text("select office, planned, waiting from outreach_plans order by office")
STATES: Final = ("proposed", "planned", "held", "cancelled")
ROUTE: Final = ("stop", "kelurahan", "place", "what", "resi", "request", "people", "stands", "done")


def visits(
    connection: Connection,
    offices: Collection[str] = (),
    region: str | None = None,
    states: Collection[str] = _OPEN,
    *,
    recent: bool = False,
) -> list[dict[str, Any]]:
    """Return the visits to the kecamatan of whoever asks, the earliest first; the *recent* are of the last 30 days."""
    rows = connection.execute(_VISITS, {"states": list(states), "id": None, "recent": recent})
    return [_told(row) for row in rows if within(offices, row.kecamatan) and covers(region or "", row.kecamatan)]


def visit(connection: Connection, identity: str, offices: Collection[str] = ()) -> dict[str, Any]:
    """Return one visit with its stops in the order of the route. Raises Unknown."""
    known = _uuid(identity)
    row = connection.execute(_VISITS, {"states": list(STATES), "id": known, "recent": False}).first() if known else None
    if row is None or not within(offices, row.kecamatan):
        raise Unknown("visit", identity if identity.isprintable() else "")
    stops: dict[str, dict[str, Any]] = {}
    for guest in connection.execute(_GUESTS, {"id": row.id}):
        _stop(stops, guest.kelurahan)["residents"].append(
            {
                "application": str(guest.application),
                "resi": guest.resi,
                "purpose": guest.purpose,
                "state": guest.state,
                "stands": guest.stands,
            }
        )
    for errand in connection.execute(_ERRANDS, {"id": row.id}):
        stop = _stop(stops, errand.kelurahan)
        stop["place"] = stop["place"] or errand.place
        stop["requests"].append(
            {"request": str(errand.request), "category": errand.category, "people": errand.people,
             "place": errand.place, "sealed": errand.sealed}
        )  # fmt: skip
    # Those who cannot come are visited first; the others by name.
    return {**_told(row), "route": sorted(stops.values(), key=lambda stop: (not _is_exempt(stop), stop["kelurahan"]))}


def route(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a line for each resident and request of a visit, as a kit takes them along: no name, no NIK."""
    for number, stop in enumerate(told["route"], 1):
        where = {"stop": number, "kelurahan": stop["kelurahan"] or None}
        for asked in stop["requests"]:
            yield {
                **where, "place": asked["place"], "what": asked["category"], "resi": None, "request": asked["request"],
                "people": asked["people"], "stands": None, "done": "",
            }  # fmt: skip
        for guest in stop["residents"]:
            yield {
                **where, "place": stop["place"], "what": guest["purpose"], "resi": guest["resi"], "request": None,
                "people": 1, "stands": guest["stands"], "done": "",
            }  # fmt: skip


def requests(
    connection: Connection, offices: Collection[str] = (), region: str | None = None, *, everything: bool = False
) -> list[dict[str, Any]]:
    """Return the requests of which somebody still waits, or every one."""
    found = []
    for row in connection.execute(_REQUESTS):
        if not within(offices, row.office) or not covers(region or "", row.office):
            continue
        waiting = 0 if row.withdrawn else max(row.people - row.planned - row.held, 0)
        if everything or (not row.withdrawn and row.held < row.people):
            told = {"request": str(row.id), "office": row.office, "kelurahan": row.kelurahan or None}
            told |= {"category": row.category, "people": row.people, "place": row.place}
            told |= {"waiting": waiting, "planned": row.planned, "held": row.held, "asked_by": row.asked_by}
            told |= {"wanted_from": _written(row.wanted_from), "asked": _written(row.asked)}
            found.append({**told, "withdrawn": _written(row.withdrawn)})
    return found


def waiting(connection: Connection, offices: Collection[str] = (), region: str | None = None) -> list[dict[str, Any]]:
    """Return by kelurahan who is in no visit, why, and until when they have to be visited, as last planned."""
    return [
        {"office": row.office, "planned": _written(row.planned), **one, "kelurahan": one["kelurahan"] or None}
        for row in connection.execute(_PLANS)
        for one in row.waiting
        if within(offices, one["kecamatan"]) and covers(region or "", one["kecamatan"])
    ]


def _told(row: Row[Any]) -> dict[str, Any]:
    told = {"visit": str(row.id), "office": row.office, "kecamatan": row.kecamatan, "date": row.day.isoformat()}
    told |= {"begins": row.begins.isoformat(), "kit": row.kit, "why": row.why, "state": row.state}
    told |= {"residents": row.residents, "requested": row.requested, "stops": row.stops, "met": row.met}
    return {**told, "others": row.others, "because": row.because}


def _stop(stops: dict[str, dict[str, Any]], kelurahan: str) -> dict[str, Any]:
    return stops.setdefault(kelurahan, {"kelurahan": kelurahan, "place": None, "residents": [], "requests": []})


def _is_exempt(stop: Mapping[str, Any]) -> bool:
    return any(asked["category"] != "group" for asked in stop["requests"])


def _written(moment: Any) -> str | None:  # noqa: ANN401 - a date or a moment
    return moment.isoformat() if moment else None


def _uuid(text_: str) -> UUID | None:
    try:
        return UUID(text_)
    except ValueError:
        return None

"""The command about what is the matter with the stations: alerts."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from ektp.cli.opening import opened
from ektp.cli.screen import Json, print_json, print_table

#: What each rule has found, for a person; the names in braces stand in the alert's detail.
_SAYS: Final = {
    "station-silent": "nothing came for {working_hours} working hours; last contact {last_contact}",
    "sequence-gap": "{missing} running numbers missing since {since}: {numbers}",
    "clock-skew": "its clock is {seconds} seconds ahead (less than nothing: behind)",
    "backlog": "{unsent} events wait on the device, as it said at {reported}",
    "day-differs": "{arrived} of {counted} recordings arrived; {parked} of its messages are parked since then",
    "recording-missing": "this running number of {date} has not arrived ({arrived} of {counted})",
    "day-not-closed": "not closed: {days}",
    "never-arrived": "a resident asked for this resi, and nothing arrived; by its first letters made at {stations}",
    "security": "{parked} messages parked as forged or not allowed, the last at {last}",
}


def alerts(
    every: Annotated[bool, typer.Option("--all", help="Those that were resolved, too.")] = False,
    station: Annotated[str | None, typer.Option(metavar="NAME", help="Only those of this station.")] = None,
    as_json: Json = False,
) -> None:
    """List what is the matter with the stations, and since when.

    Silence, missing numbers, wrong clocks, days that differ, recordings that never came.
    Alerts close by themselves when the cause is gone.
    """
    from ektp.reading.alerts import alerts as listed
    from ektp.reading.snapshot import snapshot

    with opened() as made, snapshot(made.engine) as connection:
        found = listed(connection, closed=every, station=station)
    if as_json:
        print_json(found)
        return
    if not found:
        print("nothing is the matter")
        return
    names = ("rule", "about", "office", "opened", *(("resolved",) if every else ()))
    print_table((*names, "what"), [(*(one[name] for name in names), _said(one)) for one in found])


def _said(alert: Mapping[str, Any]) -> str:
    sentence = _SAYS.get(alert["rule"])
    if sentence is None:
        return ", ".join(f"{name} {value}" for name, value in alert["detail"].items())
    facts = {name: ", ".join(map(str, value)) if isinstance(value, list) else value
             for name, value in alert["detail"].items()}  # fmt: skip
    return sentence.format(**{**facts, "last_contact": facts.get("last_contact") or "never"})

"""The commands that look after the whole: queues, verify, doctor."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from ektp.cli.neighbour import neighbour
from ektp.cli.opening import configured, opened
from ektp.cli.progress import progress
from ektp.cli.screen import Json, note, print_json, print_table

if TYPE_CHECKING:
    from ektp.verification.diagnosis import Diagnosis

_UNKNOWN = "unknown"


def queues(as_json: Json = False) -> None:
    """Show the depth and the readers of each queue.

    Without EKTP_BROKER_URL those of the running `ektp up` of this EKTP_HOME.
    """
    told = _queues()
    if as_json:
        print_json(told)
        return
    if told["queues"]:
        print_table(("queue", "ready", "consumers", "oldest age", "rate"), [_row(queue) for queue in told["queues"]])
    else:
        note("EKTP_BROKER_URL is not set and no `ektp up` runs here: there are no queues to look at")
    outbox = told["outbox"]
    age = outbox["oldest_age"]
    print(f"outbox: {outbox['pending']} pending{'' if age is None else f', the oldest for {age} s'}")


def _queues() -> dict[str, Any]:
    from ektp.broker.console import queue_depths
    from ektp.reading import queues as reading
    from ektp.reading.snapshot import snapshot

    settings = configured()
    url = settings.broker()
    if url is None and (door := neighbour(settings.home)) is not None:
        return door.queues()
    with opened() as made:
        depths = queue_depths(url) if url else {}
        with snapshot(made.engine) as connection:
            return {"queues": reading.queues(depths, reading.sights(connection)), "outbox": reading.outbox(connection)}


def verify(as_json: Json = False) -> None:
    """Check every invariant over the whole store.

    All in one snapshot; exit code 1 if one is violated.
    """
    from ektp.keyring import AUDIT
    from ektp.verification.invariants import verify as check

    with opened() as made, progress("verifying") as advance:
        key = made.keyring.audit_key() if made.keyring.knows(AUDIT) else None
        findings = list(check(made.engine, made.keeping, advance, key))
    if key is None:
        note("the audit's key is not here: of the audit only the numbers were looked at")
    ok = not any(finding.violations for finding in findings)
    if as_json:
        names = ("name", "violations", "checked", "examples")
        print_json({"ok": ok, "invariants": [{name: getattr(one, name) for name in names} for one in findings]})
    else:
        print_table(
            ("invariant", "checked", "violations"), [(one.name, one.checked, one.violations) for one in findings]
        )
        for finding in findings:
            for example in finding.examples:
                note(f"{finding.name}: {example}")
    if not ok:
        raise typer.Exit(1)


def doctor(as_json: Json = False) -> None:
    """Look at each part and say what to do.

    Exit code 1 if something does not work, 3 if a service is not there.
    """
    from ektp.verification.diagnosis import Level

    with progress("looking") as advance:
        found = []
        for diagnosis in _diagnoses():
            found.append(diagnosis)
            advance(1)
    levels = {diagnosis.level for diagnosis in found}
    if as_json:
        names = ("name", "level", "found", "remedy")
        checks: list[dict[str, Any]] = [{name: getattr(one, name) for name in names} for one in found]
        print_json({"ok": levels <= {Level.OK, Level.LOOK}, "checks": checks})
    else:
        print_table(("", "part", "found"), [(one.level, one.name, one.found) for one in found])
        for one in found:
            if one.remedy:
                note(f"{one.name}: {one.remedy}")
    if Level.MISSING in levels:
        raise typer.Exit(3)
    if Level.FAIL in levels:
        raise typer.Exit(1)


def _diagnoses() -> Iterator["Diagnosis"]:
    """Look at everything, in an order in which the first failure explains those that follow."""
    from ektp.errors import EktpError, WrongUse
    from ektp.verification.accounts import of_the_accounts
    from ektp.verification.diagnosis import Diagnosis, Level, of_the_broker, of_the_store, of_this_installation
    from ektp.verification.receivers import of_the_gateways, of_the_receivers
    from ektp.verification.subscribers import of_the_subscribers

    yield from of_this_installation()
    try:
        settings = configured()
    except WrongUse as error:
        yield Diagnosis("settings", Level.FAIL, str(error), "correct it in the environment")
        return
    yield Diagnosis("settings", Level.OK, f"home {settings.home}")
    try:
        with opened() as made:
            yield from of_the_store(made)
            yield from of_the_accounts(made)
            yield from of_the_receivers(made)
            yield from of_the_gateways(made)
            yield from of_the_subscribers(made)
    except EktpError as error:
        yield Diagnosis("database", Level.MISSING, str(error), "set EKTP_DATABASE_URL, or mend what is named")
    yield from of_the_broker(settings.broker())


def _row(queue: dict[str, Any]) -> list[object]:
    return [_UNKNOWN if value is None else value for value in queue.values()]

"""The command line: which commands there are, and how each of them ends."""

import sys
from collections.abc import Sequence

import typer

from ektp.cli import (
    asking,
    backup,
    causes,
    city,
    contracts,
    events,
    flow,
    flushing,
    forecast,
    health,
    lifecycle,
    overdue,
    publishing,
    queue,
    repairs,
    replaying,
    submitting,
    up,
    web,
)
from ektp.cli.accounts import accounts
from ektp.cli.alerts import alerts
from ektp.cli.audit import audit
from ektp.cli.blanko import blanko
from ektp.cli.calendar import calendar
from ektp.cli.messages import messages
from ektp.cli.outreach import outreach
from ektp.cli.parked import parked
from ektp.cli.reports import report
from ektp.cli.station import station
from ektp.cli.stations import stations
from ektp.cli.subscribers import subscribers
from ektp.cli.suket import resi, suket
from ektp.cli.supplies import supplies

app = typer.Typer(
    name="ektp",
    help="Carry every application for an identity card to its end, and notice when one gets stuck.",
    epilog="Exit code: 0 done, 1 the answer is no, 2 wrong use, 3 a needed service is not there.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in (
    up.up,
    flow.migrate,
    flow.consume,
    flow.relay,
    flow.worker,
    flow.beat,
    web.web,
    publishing.publish,
    submitting.apply,
    events.sample,
    events.listen,
    asking.summary,
    asking.show,
    overdue.stuck,
    overdue.sweep,
    health.queues,
    forecast.forecast,
    health.verify,
    lifecycle.lifecycle,
    contracts.contracts,
    city.city,
    resi,
    backup.backup,
    backup.restore,
    health.doctor,
):
    app.command()(command)
parked.command()(replaying.replay)
parked.command()(replaying.edit)
for about_groups in (causes.groups, causes.own, causes.mute, causes.note):
    parked.command()(about_groups)
parked.command()(repairs.plan)
parked.command()(repairs.status)
for decision in (repairs.approve, repairs.run, repairs.pause, repairs.stop):
    parked.command()(decision)
blanko.command()(queue.queue)
station.command()(flushing.flush)
app.add_typer(accounts, name="accounts")
app.add_typer(audit, name="audit")
app.add_typer(alerts, name="alerts")
app.add_typer(blanko, name="blanko")
app.add_typer(calendar, name="calendar")
app.add_typer(messages, name="messages")
app.add_typer(parked, name="parked")
app.add_typer(report, name="report")
app.add_typer(stations, name="stations")
app.add_typer(station, name="station")
app.add_typer(subscribers, name="subscribers")
app.add_typer(suket, name="suket")
app.add_typer(supplies, name="supplies")
app.add_typer(outreach, name="outreach")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(given or ["--help"], prog_name="ektp", standalone_mode=False)
    except Exception as error:  # noqa: BLE001 - a person gets one line, whatever it was
        from ektp.cli.failures import exit_for

        return exit_for(error)
    if not given:
        return 2
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())

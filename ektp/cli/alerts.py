"""The commands about what is the matter: alerts, and under it mute, unmute, mutes."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer

from ektp.cli.opening import opened
from ektp.cli.replaying import account_name
from ektp.cli.saying import Because
from ektp.cli.screen import Json, print_json, print_table
from ektp.errors import WrongUse

alerts = typer.Typer(invoke_without_command=True)
Rule = Annotated[str, typer.Argument(metavar="RULE", help="`ektp alerts rules` lists them.")]
About = Annotated[
    str | None, typer.Option(metavar="THING", help="Only about this, as the list names it; everything if not given.")
]
By = Annotated[str, typer.Option(metavar="NAME", help="Who says so; the account's name if not given.")]
LONGEST: Final = 24 * 90  #: Hours; what is muted for ever is forgotten.


@alerts.callback()
def list_(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Those that were resolved, too.")] = False,
    station: Annotated[str | None, typer.Option(metavar="NAME", help="Only those of this station.")] = None,
    as_json: Json = False,
) -> None:
    """List what is the matter, and since when; mute what is known.

    Applications that are stuck, stock that is low, stations that are silent, queues that nobody reads, counts that
    differ. Alerts close by themselves when the cause is gone; `ektp alerts rules` tells what each means.
    """
    if context.invoked_subcommand is not None:
        return
    from ektp.reading.alerts import Wanted
    from ektp.reading.alerts import alerts as listed
    from ektp.reading.snapshot import snapshot

    with opened() as made, snapshot(made.engine) as connection:
        found = listed(connection, Wanted(every, station))
    if as_json:
        print_json(found)
        return
    if not found:
        print("nothing is the matter")
        return
    names = ("severity", "rule", "about", "office", "opened", *(("resolved",) if every else ()), "muted_until")
    heads = [name.replace("_", " ") for name in names]
    print_table((*heads, "what"), [(*(one[name] for name in names), _said(one)) for one in found])


@alerts.command()
def mute(  # noqa: PLR0913, PLR0917 - each is an option
    rule: Rule,
    hours: Annotated[float, typer.Option("--hours", min=0.01, max=LONGEST, help="For how long.")],
    because: Because,
    about: About = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Tell nobody of an alert for some hours.

    It stays in the list, marked. What is still the matter when they are over is told then.
    """
    from ektp.alerting import mutes_on
    from ektp.storage.alerts.mutes import Mute

    _known(rule)
    with opened() as made:
        mute = Mute(rule, about, by or account_name(), because)
        until = mutes_on(made.engine, made.audit.chain).mute(mute, timedelta(hours=hours))
    told = {"rule": rule, "about": about, "until": until.astimezone(UTC).isoformat()}
    if as_json:
        print_json(told)
    else:
        print(f"{rule} {about or '(everything)'}: nobody is told until {told['until']}")


@alerts.command()
def unmute(rule: Rule, because: Because, about: About = None, by: By = "") -> None:
    """Tell of an alert again, in the words in which it was muted.

    Exit code 1 where nothing was muted so.
    """
    from ektp.alerting import mutes_on
    from ektp.storage.alerts.mutes import Mute

    _known(rule)
    with opened() as made:
        ended = mutes_on(made.engine, made.audit.chain).unmute(Mute(rule, about, by or account_name(), because))
    if not ended:
        print("nothing was muted so: see `ektp alerts mutes`")
        raise typer.Exit(1)
    print(f"{rule} {about or '(everything)'}: told again")


@alerts.command()
def mutes(as_json: Json = False) -> None:
    """List what is muted, until when, by whom and why."""
    from ektp.reading.alerts import mutes as listed
    from ektp.reading.snapshot import snapshot

    with opened() as made, snapshot(made.engine) as connection:
        found = listed(connection)
    if as_json:
        print_json(found)
    elif found:
        names = ("rule", "about", "until", "by", "because")
        print_table(names, [[one[name] for name in names] for one in found])
    else:
        print("nothing is muted")


@alerts.command()
def rules(
    prometheus: Annotated[bool, typer.Option("--prometheus", help="As a file of rules for Prometheus.")] = False,
    as_json: Json = False,
) -> None:
    """List the rules: how bad, what it means, what to do.

    With --json in both languages.
    """
    from workflows.alert_rules import ALERT_RULES

    if prometheus:
        from ektp.telling.prometheus_rules import prometheus_rules

        print(prometheus_rules(), end="")
        return
    if as_json:
        print_json([
            {"rule": name, "severity": rule.severity.value, "audience": rule.audience.value,
             "means": rule.means._asdict(), "do": rule.do._asdict()}
            for name, rule in ALERT_RULES.items()
        ])  # fmt: skip
        return
    print_table(
        ("rule", "severity", "for", "what to do"),
        [(name, rule.severity, rule.audience, f"{rule.means.en} {rule.do.en}") for name, rule in ALERT_RULES.items()],
    )


@alerts.command("try")
def try_(receiver: Annotated[str, typer.Argument(metavar="RECEIVER", help="A name of EKTP_CONFIG.")]) -> None:
    """Send a receiver a letter that says that it is a trial.

    Exit code 1 where it was not taken.
    """
    from ektp.alerting import messenger_for
    from ektp.bootstrap import config_of
    from ektp.cli.opening import configured
    from workflows.alert import Severity
    from workflows.alert_letters import Note

    settings = configured()
    config = config_of(settings)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    note = Note("[E-KTP] coba / trial", f"Ini percobaan. This is a trial. {at}", Severity.NOTE, resolved=False)
    if not messenger_for(config, settings.beside).tell(receiver, note):
        print(f"{receiver}: not taken; the log says no more, for the address is a secret: look at it and at the line")
        raise typer.Exit(1)
    print(f"{receiver}: taken")


def _known(rule: str) -> None:
    from workflows.alert_rules import ALERT_RULES

    if rule not in ALERT_RULES:
        raise WrongUse(f"{rule}: there is no such rule: see `ektp alerts rules`")


def _said(alert: dict[str, Any]) -> str:
    from workflows.alert_letters import said

    return said(alert["rule"], alert["detail"], "en", alert["office"] or "")

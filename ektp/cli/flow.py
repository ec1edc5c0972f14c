"""The commands that make ready and keep running: migrate, consume, relay, worker, beat."""

from ektp.cli.opening import opened, serve
from ektp.cli.screen import Json, note, print_json


def migrate(as_json: Json = False) -> None:
    """Bring the database and the broker to this release."""
    from ektp.storage.migrate import upgrade

    with opened() as made:
        revision = upgrade(made.database_url)
        broker = made.settings.broker() is not None
        if broker:
            made.declare_topology()
    if as_json:
        print_json({"revision": revision, "broker": "declared" if broker else None})
        return
    print(revision)
    if not broker:
        note("the broker was left alone: EKTP_BROKER_URL is not set")


def consume() -> None:
    """Take in the events of the broker until SIGTERM.

    It waits for a database or a broker that is away; what was not written stays in the queue.
    """
    from ektp.running.account_audit import AccountAudit
    from ektp.verification.accounts import of_the_accounts

    with opened(broker=True, talkative=True) as made:
        audit = AccountAudit(lambda: of_the_accounts(made))
        serve("consume", made, lambda: (made.intake(), made.dead_letters(), audit))


def relay() -> None:
    """Carry notices and requests to the broker until SIGTERM."""
    with opened(broker=True, talkative=True) as made:
        serve("relay", made, lambda: (made.relay(),))


def worker() -> None:
    """Run the steps that beat sends, until SIGTERM.

    The step at hand is finished. `celery -A ektp.celery worker` does the same with processes in place of threads.
    """
    from ektp.running.worker import StepWorker

    with opened(broker=True, talkative=True) as made:
        serve("worker", made, lambda: (StepWorker(made, made.broker_url()),))


def beat() -> None:
    """Send the steps that are due, until SIGTERM.

    Of several, one leads; when it is gone another does, within two seconds.
    """
    from ektp.running.beat import Beat

    with opened(broker=True, talkative=True) as made:
        serve("beat", made, lambda: (Beat(made, made.broker_url()),))

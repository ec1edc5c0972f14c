"""What passes the broker and must be parked: each forged message with the rule that it breaks."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from schemas.reasons import Reason
from schemas.violations import Violation
from tests.e2e.town_of_accounts import ELSEWHERE, HOME, Town

Event = dict[str, Any]
OWN: Final = "33.19.01"  #: An office of everybody who forges.
V: Final = Violation


class Forgery(NamedTuple):
    """One event that `who` sends under a key of its own, if not said otherwise; `prepare` comes first.

    `expected` is the violation, or the reason where it is none; `or_refused` where newer brokers refuse it already.
    """

    what: str
    expected: str
    event: Callable[[Town], Event]
    who: str = "forger"
    key: str = ""
    properties: Callable[[Town], dict[str, Any]] = lambda _: {}
    or_refused: bool = False
    prepare: Callable[[Town], object] = lambda _: None


def own(who: str = "forger", name: str = "recorded", **said: Any) -> Callable[[Town], Event]:
    """Return what makes an honest event of that account."""
    given = {"office": OWN, **said} if name == "recorded" else said
    return lambda town: town.event(who, name, **given)


def of_another(who: str, name: str, **said: Any) -> Callable[[Town], Event]:
    """Return what makes an event of that account about an application that the honest station has recorded."""

    def make(town: Town) -> Event:
        application = town.recorded()
        town.applied(application)
        return town.event(who, name, subject=application, **said)

    return make


def sourced(source: str) -> Callable[[Town], Event]:
    """Return what makes an event with a source with `{me}` and `{other}` in it."""

    def make(town: Town) -> Event:
        names = {"me": town.name("forger"), "other": town.name("honest")}
        return town.event("forger", "recorded", office=OWN, source=source.format(**names))

    return make


def overheard(town: Town) -> Event:
    """Return an event of the honest station, word for word, that was applied."""
    return town.overheard()


def with_a_taken_id(town: Town) -> Event:
    """Return an event of its own with the id of one that was applied."""
    return town.event("forger", "recorded", office=OWN, id=town.overheard()["id"])


def as_headers(town: Town) -> dict[str, Any]:
    """Return a binary event whose headers name the honest station as the source."""
    event = town.event("honest", "recorded", office=HOME)
    names = ("specversion", "id", "source", "type", "subject", "time")
    return {"headers": {f"ce-{name}": event[name] for name in names}, "content_type": "application/json",
            "body": b'{"nik": "3374106508990999", "office": "33.74.10", "attempt": 1, "enrolment": "E-1",'
                    b' "channel": "office", "reason": "first"}'}  # fmt: skip


def copies(header: str, key: str) -> Callable[[Town], dict[str, Any]]:
    """Return properties with a list of further keys."""
    return lambda town: {"headers": {header: [key.format(other=town.name("honest"), me=town.name("forger"))]}}


FORGED: Final = (
    Forgery("no user id", V.USER_ID_MISSING, own(), properties=lambda _: {"user_id": None}),
    Forgery("CC to another station's key", V.COPIED, own(), properties=copies("CC", "recorded.{other}"),
            or_refused=True),
    Forgery("CC to an event of another role", V.COPIED, own(), properties=copies("CC", "data-verified.{me}"),
            or_refused=True),
    Forgery("CC to the own late key", V.COPIED, own(), properties=copies("CC", "recorded.{me}.late")),
    Forgery("BCC to another station's key, its source", V.SOURCE_OF_ANOTHER, sourced("/stations/{other}"),
            properties=copies("BCC", "recorded.{other}"), or_refused=True),
    Forgery("source of another station", V.SOURCE_OF_ANOTHER, sourced("/stations/{other}")),
    Forgery("source of another station in headers", V.SOURCE_OF_ANOTHER, own(), properties=as_headers),
    Forgery("source with the own name elsewhere", V.SOURCE_OF_ANOTHER, sourced("/centres/{me}")),
    Forgery("source with a path before the own name", V.SOURCE_OF_ANOTHER, sourced("/stations/{other}/{me}")),
    Forgery("source that is no station's", Reason.BAD_SOURCE, sourced("two words")),
    Forgery("another's event word for word, its bytes replayed", V.SOURCE_OF_ANOTHER, overheard),
    Forgery("an own event with the id of another's", Reason.ID_REUSED, with_a_taken_id),
    Forgery("type of another role under an own key", Reason.KEY_MISMATCH, own(name="data-verified"), key="recorded"),
    Forgery("type of the pipeline under an own key", V.EVENT_NOT_OF_ROLE, own(name="deadline-passed"), key="recorded"),
    Forgery("recording in another's office", V.OFFICE_OF_ANOTHER, own(office=HOME)),
    Forgery("recording in another's regency", V.OFFICE_OF_ANOTHER, own(office="33.74")),
    Forgery("recording in another's application", V.APPLICATION_OF_ANOTHER,
            of_another("forger", "recorded", office=OWN, attempt=2)),
    Forgery("progress of another's application", V.APPLICATION_OF_ANOTHER,
            of_another("forger", "enrolment-progressed")),
    Forgery("cancelling another's application", V.APPLICATION_OF_ANOTHER,
            of_another("forger", "application-cancelled")),
    Forgery("inviting another's resident", V.APPLICATION_OF_ANOTHER, of_another("forger", "resident-invited")),
    Forgery("closing another's day", V.STATION_OF_ANOTHER,
            lambda town: town.event("forger", "station-day-closed", subject=town.name("honest"))),
    Forgery("a centre of elsewhere verifies", V.APPLICATION_OF_ANOTHER,
            of_another("centre", "data-verified"), who="centre"),
    Forgery("a centre of elsewhere says it failed", V.APPLICATION_OF_ANOTHER,
            of_another("centre", "verification-failed"), who="centre"),
    Forgery("a printer of another regency", V.APPLICATION_OF_ANOTHER, of_another("printer", "printed"), who="printer"),
    Forgery("supplies loaded at another's printer", V.OFFICE_OF_ANOTHER,
            own("printer", "supply-loaded", office="33.74", subject="33.74"), who="printer"),
    Forgery("a counter of another regency hands out", V.APPLICATION_OF_ANOTHER,
            of_another("counter", "collected"), who="counter"),
    Forgery("a counter of another regency cancels", V.APPLICATION_OF_ANOTHER,
            of_another("counter", "application-cancelled"), who="counter"),
    Forgery("a warehouse gives another office's blanko", V.OFFICE_OF_ANOTHER,
            of_another("warehouse", "blanko-allocated", office="33.74"), who="warehouse"),
    Forgery("a warehouse gives its own to another's application", V.APPLICATION_OF_ANOTHER,
            of_another("warehouse", "blanko-allocated", office=ELSEWHERE), who="warehouse"),
    Forgery("blanko received by another office", V.OFFICE_OF_ANOTHER,
            own("warehouse", "blanko-received", office="33.74", subject="33.74"), who="warehouse"),
    Forgery("blanko received, about another office", V.OFFICE_OF_ANOTHER,
            own("warehouse", "blanko-received", office=ELSEWHERE, subject="33.74"), who="warehouse"),
    Forgery("blanko moved out of another office", V.OFFICE_OF_ANOTHER,
            own("warehouse", "blanko-moved", office="33.74", subject="33.74"), who="warehouse"),
    Forgery("the pipeline's own account as a station", V.UNKNOWN_ACCOUNT, overheard, who="admin", key="recorded"),
    Forgery("the pipeline's own account without a user id", V.USER_ID_MISSING, overheard, who="admin", key="recorded",
            properties=lambda _: {"user_id": None}),
    Forgery("straight into the intake, past the exchange", V.UNKNOWN_ACCOUNT, overheard, who="admin", key="ektp.intake",
            properties=lambda _: {"exchange": ""}),
    Forgery("an account that is only the broker's", V.UNKNOWN_ACCOUNT, own("ghost"), who="ghost",
            prepare=lambda town: town.plant("ghost")),
    Forgery("the same, with another station's key", V.UNKNOWN_ACCOUNT, overheard, who="ghost", key="recorded.{other}",
            prepare=lambda town: town.plant("ghost")),
    Forgery("a station without a topic permission, another's key", V.KEY_OF_ANOTHER, overheard, who="counter",
            key="recorded.{other}", prepare=lambda town: town.without_topic("counter")),
    Forgery("a revoked account, made anew at the broker", V.REVOKED, own("revoked"), who="revoked",
            prepare=lambda town: town.plant("revoked")),
)  # fmt: skip


def key_of(forgery: Forgery, town: Town, event: Event) -> str:
    """Return the routing key: of the event and the sender, if the forgery does not say another."""
    name = str(event["type"]).removeprefix("id.ektp.").removesuffix(".v1")
    if "." in forgery.key:
        return forgery.key.format(other=town.name("honest"))
    who = "honest" if forgery.who == "admin" else forgery.who
    return f"{forgery.key or name}.{town.name(who)}"

"""The steps that watch everything, and tell whoever wants to be told."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from workflows.ports import AlertWatch, Messenger, Telling
from workflows.steps.step import Done, NotYet, Remark, Result, Step

NOT_DELIVERED: Final = "NotDelivered"
KEPT: Final = timedelta(days=365)  #: Alerts that were resolved longer ago are forgotten.


def watch_everything(alerts: AlertWatch, telling: Telling) -> Done:
    """Look, and write the letters about what is new or over since the last look."""
    news = alerts.watch()
    telling.plan()
    return Done(remarks=tuple(Remark("alert", {"rule": rule, "about": about}) for rule, about in news))


def recount(alerts: AlertWatch) -> Done:
    """Tell where a count is not what is there, and what is stuck: both are dear to look at, and can wait."""
    return Done(remarks=tuple(Remark("alert", {"rule": rule, "about": about}) for rule, about in alerts.recount()))


def tell(telling: Telling, messenger: Messenger, step: Step) -> Result:
    """Deliver one letter; what is over by now is left out, and an empty letter is not sent."""
    id_ = UUID(step.data["letter"])
    letter = telling.letter(id_)
    if letter is None:
        return Done()
    receiver, note = letter
    if not messenger.tell(receiver, note):
        return NotYet(NOT_DELIVERED)
    telling.told(id_)
    return Done()


def forget_alerts(alerts: AlertWatch) -> Done:
    """Delete what was resolved more than a year ago."""
    alerts.forget(KEPT)
    return Done()

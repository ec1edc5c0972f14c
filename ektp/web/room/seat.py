"""Who sits before a page of the room: what they may do, in whose session, and how they are answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from ektp.web.access.accounts import Account
from ektp.web.access.asking import Credentials, asking, onlooker
from ektp.web.access.origins import CSRF_FIELD
from ektp.web.forms import form_of
from ektp.web.sheets import sheet
from ektp.web.web import web_of
from workflows.permissions import Action

#: The doors of the room in their order: address, word, and what somebody has to be allowed for it.
DOORS: Final = (
    ("/", "board", Action.LOOK),
    ("/applications", "room-applications", Action.LOOK),
    ("/queues", "room-queues", Action.LOOK),
    ("/parked", "room-parked", Action.LOOK),
    ("/repairs", "room-repairs", Action.CAUSES),
    ("/stock", "room-stock", Action.LOOK),
    ("/stations", "room-stations", Action.LOOK),
    ("/outreach", "room-outreach", Action.LOOK),
    ("/subscribers", "room-subscribers", Action.LOOK),
    ("/deadlines", "room-deadlines", Action.LOOK),
    ("/messages", "room-messages", Action.LOOK),
    ("/reports", "room-reports", Action.LOOK),
    ("/alerts", "room-alerts", Action.LOOK),
    ("/audit", "room-audit", Action.AUDIT),
    ("/accounts", "room-accounts", Action.ADMINISTER),
)
#: The door that there is only where the outside world is simulated.
OF_A_CITY: Final = (("/break", "room-break", Action.LOOK),)
_LARGEST: Final = 256 * 1024  # bytes of a form: a message that is edited has at most 64 KiB, each sign up to three


@dataclass(frozen=True, slots=True)
class Seat:
    """One request of somebody who may ask for this page."""

    request: Request
    account: Account

    def may(self, action: Action, office: str | None = None) -> bool:
        """Tell whether they may do this, to a thing of this office."""
        return self.account.may(action, office)

    def drawn(self, name: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 - as Jinja
        """Draw a page or a part of one; the template knows `account`, `may` and the doors that are open."""
        every = (*DOORS, *(OF_A_CITY if web_of(self.request).breaking else ()))
        doors = [(path, word) for path, word, action in every if self.may(action)]
        return sheet(self.request, name, status, account=self.account, may=self.may, doors=doors, **values)

    def see(self, path: str) -> RedirectResponse:
        """Lead to a page, after something was done."""
        return RedirectResponse(path, 303)


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that somebody sent from a page of their own session, or a program with its token."""

    seat: Seat
    form: Mapping[str, str]

    @property
    def by(self) -> str:
        """Who sent it, by name."""
        return self.seat.account.name

    def text(self, name: str) -> str:
        """Return a field without the blanks around it, "" for one that is not there."""
        return self.form.get(name, "").strip()


def seated(request: Request, given: Credentials) -> Seat:
    """Return who sits before the page. Raises Unauthorised, Forbidden and StoreAway."""
    return Seat(request, onlooker(request, given))


async def posted(request: Request, given: Credentials) -> Posted:
    """Return a form and who sent it. Raises Unauthorised, Forbidden, TooSlow, BodyTooLarge and StoreAway."""
    form = await form_of(request, _LARGEST)
    account = await anyio.to_thread.run_sync(asking, request, given, form.get(CSRF_FIELD, ""))
    return Posted(Seat(request, account), form)


Seated = Annotated[Seat, Depends(seated)]
Form = Annotated[Posted, Depends(posted)]

"""Messages to residents: how many were told of what over what, who has to be told by hand, and how each text reads."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from ektp.letters.names import office_name
from ektp.reading.messages import by_hand, messages
from ektp.residents.preview import RESI, told
from ektp.residents.residents import page_of, texts_of
from ektp.web.errors import NotAsked
from ektp.web.room.lists import csv_file
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Seat, Seated
from ektp.web.web import web_of
from workflows.message_texts import Facts
from workflows.messages import TOLD, MessageState
from workflows.permissions import Action

router = APIRouter(include_in_schema=False, route_class=PageRoute)
ON_A_PAGE: Final = 50
_COLUMNS: Final = ("office", "resi", "kelurahan", "notice", "state", "at")
_SHOWN: Final = "re-recording-required"


@router.get("/messages")
def shown(
    seat: Seated, state: Annotated[str, Query()] = "", notice: Annotated[str, Query()] = "", text: str = _SHOWN
) -> Response:
    """Show what was told in the last days, the latest messages, who is left, and how a notice is told."""
    for name, value, known in (("state", state, list(MessageState)), ("notice", notice, TOLD), ("text", text, TOLD)):
        if value and value not in known:
            raise NotAsked(f"{name} has a value that it cannot have: choose one of the page")
    offices = seat.account.offices
    with web_of(seat.request).snapshot() as connection:
        found = messages(connection, offices, state=state or None, notice=notice or None, most=ON_A_PAGE)
        left = list(by_hand(connection, offices, newest=ON_A_PAGE + 1))
    counted = web_of(seat.request).counting.of(offices)
    return seat.drawn(
        "room/messages.html", counts=counted, found=found, left=left[:ON_A_PAGE], more=len(left) > ON_A_PAGE,
        states=list(MessageState), notices=TOLD, state=state, notice=notice, text=text or _SHOWN,
        previews=_previews(seat, text or _SHOWN), actions=Action,
    )  # fmt: skip


@router.get("/messages/by-hand.csv")
def left_as_file(seat: Seated) -> Response:
    """Give who has to be told by hand as a file: resi and kelurahan, never a name."""
    with web_of(seat.request).snapshot() as connection:
        found = list(by_hand(connection, seat.account.offices))
    return csv_file("messages-by-hand", _COLUMNS, found)


def _previews(seat: Seat, notice: str) -> list[dict[str, object]]:
    """Return the texts of a notice in every language, as the first office of whoever asks tells it."""
    parts = web_of(seat.request).parts
    office = next(iter(seat.account.offices), "33.74")
    texts, facts = texts_of(parts), Facts(RESI, office_name(office), parts.config.office(office).week, page_of(parts))
    return [
        {**told(texts, notice, code, office, facts), "name": texts.of(code, office).name} for code in texts.languages
    ]

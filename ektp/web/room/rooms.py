"""Every page of the room."""

from typing import Final

from ektp.web.room import (
    accounts,
    alerts,
    application,
    applications,
    audit,
    board,
    breaking,
    deadlines,
    messages,
    outreach,
    parked,
    parked_items,
    queues,
    repairs,
    reports,
    stations,
    stock,
    subscribers,
)

ROUTERS: Final = tuple(
    room.router
    for room in (
        board,
        applications,
        application,
        queues,
        parked,
        parked_items,
        repairs,
        stock,
        stations,
        outreach,
        subscribers,
        deadlines,
        messages,
        reports,
        alerts,
        audit,
        accounts,
    )
)
#: The pages that there are only where the outside world is simulated.
OF_A_CITY: Final = (breaking.router,)

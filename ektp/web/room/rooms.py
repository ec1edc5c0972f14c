"""Every page of the room."""

from typing import Final

from ektp.web.room import alerts, board, queues

ROUTERS: Final = (board.router, queues.router, alerts.router)
from ektp.web.room import application, applications, board, deadlines

ROUTERS: Final = (board.router, applications.router, application.router, deadlines.router)
from ektp.web.room import board, parked, parked_items, repairs

ROUTERS: Final = (board.router, parked.router, parked_items.router, repairs.router)

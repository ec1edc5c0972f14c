"""Every page of the room."""

from typing import Final

from ektp.web.room import alerts, board, queues

ROUTERS: Final = (board.router, queues.router, alerts.router)

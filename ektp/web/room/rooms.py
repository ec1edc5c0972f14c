"""Every page of the room."""

from typing import Final

from ektp.web.room import board, parked, parked_items, repairs

ROUTERS: Final = (board.router, parked.router, parked_items.router, repairs.router)

"""Every page of the room."""

from typing import Final

from ektp.web.room import board

ROUTERS: Final = (board.router,)

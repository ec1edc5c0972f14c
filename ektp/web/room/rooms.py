"""Every page of the room."""

from typing import Final

from ektp.web.room import board, breaking

ROUTERS: Final = (board.router,)
#: The pages that there are only where the outside world is simulated.
OF_A_CITY: Final = (breaking.router,)

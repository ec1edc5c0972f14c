"""Every page of the room."""

from typing import Final

from ektp.web.room import accounts, audit, board, stations, stock

ROUTERS: Final = (board.router, stock.router, stations.router, audit.router, accounts.router)

"""The command that serves the web: events in over HTTP, the API, the board."""

from typing import Annotated

import typer

from ektp.cli.opening import opened, serve
from ektp.cli.screen import note


def web(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port; EKTP_HTTP_PORT if not given, 0 for a free one.")
    ] = None,
) -> None:
    """Serve events in over HTTP, the API and the board until SIGTERM.

    The token for all roles lies in the file `token` in EKTP_HOME. On the embedded database, and listening to this
    machine alone, the board is shown without it.
    """
    with opened(talkative=True) as made:
        from ektp.web.server import WebServer

        server = WebServer(made, host, made.settings.http_port if port is None else port)
        note(f"serving {server.address}")
        serve("web", made, lambda: (server,), wait=False)

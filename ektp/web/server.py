"""The web server of one process: listens, answers, and ends in order."""

import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from ektp.errors import WrongUse
from ektp.web.app import create_app
from ektp.web.patience import patient
from ektp.web.web import is_loopback

if TYPE_CHECKING:
    from ektp.bootstrap import Parts

_BACKLOG: Final = 256
_MOST_CONNECTIONS: Final = 512
_LONGEST_HEAD: Final = 96 * 1024  # bytes: the ce- headers of a binary event may have 64 KiB
_IDLE: Final = 15  # seconds a connection may wait for its next request
_FAREWELL: Final = 10  # seconds the requests in progress may take when the server is told to stop


class WebServer:
    """Serves the application on an address; `run` returns after `stop` when the last answer was given.

    `head_seconds` is the time a client has for the head of a request. `beside` tells whether the parts that run in the
    same process are ready. What else is given is for `create_app`.
    """

    def __init__(
        self,
        parts: "Parts",
        host: str,
        port: int,
        *,
        head_seconds: float = 15.0,
        beside: Callable[[], Mapping[str, bool]] = dict,
        **given: Any,  # noqa: ANN401 - as create_app
    ) -> None:
        self._socket = _listening(host, port)
        try:
            # The embedded store is a try-out on one machine: whoever sits at it may look.
            open_board = parts.settings.database() is None and is_loopback(host)
            app = create_app(parts, open_board=open_board, beside=beside, **given)
        except BaseException:
            self._socket.close()
            raise
        self._live, self._ears = app.state.web.live, app.state.web.ears
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=patient(head_seconds),
                ws="none",
                lifespan="on",
                log_config=None,
                log_level=None,
                access_log=False,
                server_header=False,
                limit_concurrency=_MOST_CONNECTIONS,
                h11_max_incomplete_event_size=_LONGEST_HEAD,
                timeout_keep_alive=_IDLE,
                timeout_graceful_shutdown=_FAREWELL,
            )
        )

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        host, port = self._socket.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def ready(self) -> bool:
        """Whether it answers."""
        return self._server.started and not self._server.should_exit

    def run(self) -> None:
        """Serve until `stop`."""
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()

    def stop(self) -> None:
        """Ask `run` to end; for a signal handler."""
        self._live.stop()
        self._ears.stop()
        self._server.should_exit = True


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raise WrongUse where it cannot."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise WrongUse(
            f"cannot listen on {host} port {port} ({error.strerror}): set EKTP_HTTP_PORT or --port"
        ) from None

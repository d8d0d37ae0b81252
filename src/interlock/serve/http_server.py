"""uvicorn on a socket that is open already, with our connections, our headers and our TLS."""

from __future__ import annotations

import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from interlock.serve.asgi import Application
from interlock.serve.listening import Listening
from interlock.serve.protocol import HotProtocol
from interlock.serve.settings import Settings

__all__ = ["HttpServer", "http_server"]

#: On every answer: take it for what it says it is, and keep it nowhere.
_HEADERS = [("x-content-type-options", "nosniff"), ("cache-control", "no-store")]
#: Over TLS as well: come over TLS alone, for a year.
_STRICT = ("strict-transport-security", "max-age=31536000")
#: Files that are open beside the connections.
_OTHER_FILES = 256


class HttpServer(uvicorn.Server):
    """uvicorn's server, with a limit on the TLS handshake, and a way to leave slowly."""

    drain_seconds = 0.0
    #: Tells how many connections this worker has, where there are others beside it.
    opened: Callable[[], int] | None = None
    _leaving = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take connections."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(STARTUP_FAILURE)
        config = self.config
        connection = partial(
            HotProtocol, config=config, server_state=self.server_state, app_state=self.lifespan.state
        )
        seconds = config.loaded_app.limits.head_seconds if config.ssl else None
        self.servers = [  # uvicorn closes them and waits for them, nothing else
            Listening(  # type: ignore[misc]
                each, connection, tls=config.ssl, handshake_seconds=seconds, opened=self.opened
            )
            for each in sockets or ()
        ]
        self.started = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop: readiness says no at once; after SIGTERM requests are still taken for `drain_seconds`."""
        first = not self._leaving
        self._leaving = True
        self.config.loaded_app.traffic.leave("the service is stopping")
        if first and sig == signal.SIGTERM and self.drain_seconds > 0:
            timer = threading.Timer(self.drain_seconds, super().handle_exit, (sig, frame))
            timer.daemon = True
            timer.start()
        else:
            super().handle_exit(sig, frame)


def http_server(app: Application, settings: Settings) -> HttpServer:
    """Return the server of one worker.

    Args:
        app: Answers.
        settings: How to serve.
    """
    _allow_files(settings.limits.max_connections + _OTHER_FILES)
    tls = app.tls
    server = HttpServer(
        uvicorn.Config(
            app,
            http=HotProtocol,
            proxy_headers=False,
            loop="uvloop",
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            server_header=False,
            headers=[*_HEADERS, _STRICT] if tls else _HEADERS,
            ssl_context_factory=None if tls is None else lambda _config, _default: tls.context,
            timeout_graceful_shutdown=int(settings.shutdown_seconds),
        )
    )
    server.drain_seconds = settings.drain_seconds
    if settings.workers > 1:
        server.opened = app.connections.__len__
    return server


def _allow_files(count: int) -> None:
    """Let this process have so many open files, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        most = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))

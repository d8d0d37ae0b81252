"""One worker process: uvicorn on a socket that is open already, until SIGTERM, then everything written."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys

import msgspec
import uvicorn

from interlock.errors import InterlockError
from interlock.release import Release
from interlock.serve.protocol import HotProtocol
from interlock.serve.settings import VARIABLE, Settings, application, checked

__all__ = ["main", "run"]


def run(settings: Settings, release: Release, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; requests that have begun are answered, the ledger is written.

    Args:
        settings: How to serve.
        release: Loaded and allowed.
        listener: Bound and listening.
    """
    app = application(settings, release)
    gc.collect()
    gc.freeze()  # what is loaded stays: no collection has to walk over it between two answers
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(
            number, _nothing
        )  # uvicorn raises them again when it is done: then this process just ends
    config = uvicorn.Config(
        app,
        http=HotProtocol,
        proxy_headers=False,
        loop="uvloop",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=int(settings.shutdown_seconds),
    )
    uvicorn.Server(config).run(sockets=[listener])


def main() -> int:
    """Run the worker that the environment describes, on the socket inherited as the first argument."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    settings = msgspec.json.decode(os.environ[VARIABLE], type=Settings)
    try:
        release, _ = checked(settings)
        run(settings, release, socket.socket(fileno=int(sys.argv[1])))
    except InterlockError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _nothing(*_: object) -> None:
    """Take a signal that has been obeyed already."""


if __name__ == "__main__":
    sys.exit(main())

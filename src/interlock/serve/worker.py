"""One worker process: uvicorn on a socket that is open already, until SIGTERM, then everything written."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import msgspec

from interlock.errors import InterlockError, ServeError
from interlock.serve.asgi import Application
from interlock.serve.follow.begin import Beginning, begin
from interlock.serve.follow.follower import following
from interlock.serve.http_server import http_server
from interlock.serve.loading import parts_of
from interlock.serve.logs import configure
from interlock.serve.settings import VARIABLE, Settings, application

__all__ = ["main", "run"]

_FOLLOW_SECONDS = 0.5
#: So many objects are made before those that nobody holds any more are looked for: more than a request of a
#: thousand rows makes, which holds all of its own until it is answered.
_YOUNG = 10_000


def run(begun: Beginning, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; requests that have begun are answered, the ledger is written.

    Connections wait in the listener's queue until the golden rows have been replayed.

    Args:
        begun: What to serve, and how.
        listener: Bound and listening.

    Raises:
        ReleaseError: If a golden row does not get its answer.
        ServeError: If the ledger folder cannot be written, at the start or at the end.
    """
    settings = begun.settings
    configure(settings.logs)
    with _signals(_leave):
        app = application(settings, begun.release)
        try:
            app.service.prepare()
            _execute(begun, app)
            server = http_server(app, settings)
            gc.collect()
            gc.freeze()  # what is loaded stays: no collection has to walk over it between two answers
            gc.set_threshold(_YOUNG)
            with _signals(server.handle_exit):
                server.run(sockets=[listener])
        finally:
            lost = app.traffic.close()
            app.observer.close()
    if lost:
        raise ServeError(
            "the ledger could not be written at the end",
            where=settings.ledger,
            got=f"{lost} requests are lost",
            next_step="free some room; the log says what the disk refused",
        )


def _execute(begun: Beginning, app: Application) -> None:
    """Serve the whole plan, and follow where it comes from."""
    settings, traffic = begun.settings, app.traffic
    if settings.plan is not None:
        find = settings.folders.__getitem__
        traffic.execute(parts_of(settings, settings.plan, find, traffic, begun.admit))
    traffic.standing.source, traffic.standing.environment = begun.source, settings.environment
    if settings.follow is not None:
        traffic.standing.away = begun.trouble
        app.beside.append(lambda: following(settings, traffic))


def main() -> int:
    """Run the worker that the environment describes; the arguments name its socket and its supervisor."""
    settings = msgspec.json.decode(os.environ[VARIABLE], type=Settings)
    threading.Thread(target=_follow, args=(int(sys.argv[2]),), daemon=True).start()
    try:
        run(begin(settings), socket.socket(fileno=int(sys.argv[1])))
    except InterlockError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _follow(parent: int) -> None:
    """Stop gracefully once the supervisor is gone: nobody would replace this worker, or ever stop it."""
    while os.getppid() == parent:
        time.sleep(_FOLLOW_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _signals(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Obey SIGTERM and SIGINT by `handler`; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _leave(*_: object) -> None:
    """End the process from wherever it is before it serves."""
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())

"""Several workers on one socket: start them, start anew those that die, stop all gracefully."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import msgspec

from interlock.errors import ServeError
from interlock.serve.settings import VARIABLE, Settings

__all__ = ["supervise"]

_LOG = logging.getLogger("interlock.serve")
#: A worker that lives shorter than this has not worked at all, seconds.
_INFANCY = 5.0
#: So many such deaths in a row, and the service gives up.
_PATIENCE = 3


def supervise(settings: Settings, listener: socket.socket, started: Callable[[], None]) -> None:
    """Keep the processes alive until SIGTERM or SIGINT, then let each finish and write its ledger.

    Args:
        settings: How to serve, and by how many processes.
        listener: Bound and listening; all workers accept from it.
        started: Called when all have been started.

    Raises:
        ServeError: If workers die as soon as they start.
    """
    stopping = _Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stopping)
    processes = [_start(settings, listener) for _ in range(settings.workers)]
    if settings.follow is not None:
        signal.signal(signal.SIGHUP, lambda *_: _look_again(processes))
    started()
    early = 0
    try:
        while not stopping.asked:
            time.sleep(0.1)
            for place, (process, since) in enumerate(processes):
                if process.poll() is None or stopping.asked:
                    continue
                early = early + 1 if time.monotonic() - since < _INFANCY else 0
                if early >= _PATIENCE:
                    raise _give_up(process.returncode)
                _LOG.warning("worker %d ended with %d; a new one is started", process.pid, process.returncode)
                processes[place] = _start(settings, listener)
    finally:
        seconds = settings.drain_seconds + settings.shutdown_seconds + 5
        codes = _stop([process for process, _ in processes], seconds)
    if any(codes):
        raise ServeError(
            "a worker did not stop in order",
            got=f"exit code {max(codes, key=abs)}",
            next_step="read what it said above",
        )


class _Stop:
    """A signal handler that remembers that it was called."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, *_: object) -> None:
        self.asked = True


def _start(settings: Settings, listener: socket.socket) -> tuple[subprocess.Popen[bytes], float]:
    environment = {**os.environ, VARIABLE: msgspec.json.encode(settings).decode()}
    command = [sys.executable, "-m", "interlock.serve.worker", str(listener.fileno()), str(os.getpid())]
    process = subprocess.Popen(command, env=environment, pass_fds=[listener.fileno()])
    return process, time.monotonic()


def _look_again(processes: list[tuple[subprocess.Popen[bytes], float]]) -> None:
    """Let every worker ask for its plan now."""
    for process, _ in processes:
        process.send_signal(signal.SIGHUP)


def _stop(processes: list[subprocess.Popen[bytes]], seconds: float) -> list[int]:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + seconds
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _LOG.error("worker %d does not stop and is killed", process.pid)
            process.kill()
            process.wait()
    # Who is ended by the signal itself had not begun: from then on a worker obeys it, and ends with a code.
    ended = -signal.SIGTERM
    return [0 if process.returncode == ended else process.returncode for process in processes]


def _give_up(code: int) -> ServeError:
    return ServeError(
        "the workers end as soon as they start",
        got=f"exit code {code}",
        next_step="read what they said above; try `workers=1`",
    )

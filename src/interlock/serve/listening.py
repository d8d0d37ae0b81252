"""New connections, one a turn of the event loop, so that the workers of one socket share them.

A loop's own server accepts all that wait as soon as it wakes, and the worker that wakes first gets every
connection of a client that opens several. They are kept for hours, and the other worker has nothing to do. So
a worker that has a connection already gives the others a moment before it takes the next.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable

__all__ = ["Listening"]

#: The moment that others have, seconds.
_MOMENT = 0.001
#: Where no file is free for a connection, it is tried again after so long, seconds.
_PAUSE = 0.1


class Listening:
    """Takes connections from a socket until it is closed.

    Args:
        listener: Bound and listening; other processes may listen on it, too.
        protocol: Makes the protocol of a connection.
        tls: What TLS is spoken with; None for plain TCP.
        handshake_seconds: How long a TLS handshake may take; None without TLS.
        opened: Tells how many connections this worker has; None where it is the only one.
    """

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.BaseProtocol],
        *,
        tls: ssl.SSLContext | None = None,
        handshake_seconds: float | None = None,
        opened: Callable[[], int] | None = None,
    ) -> None:
        self._loop, self._listener, self._protocol = asyncio.get_running_loop(), listener, protocol
        self._tls, self._handshake_seconds = tls, handshake_seconds
        self._opened = opened
        self._taking = set[asyncio.Task[None]]()
        self._is_closed = False
        listener.setblocking(False)
        self._listen()

    def close(self) -> None:
        """Take no more connections; those that are there stay."""
        self._is_closed = True
        self._loop.remove_reader(self._listener)

    async def wait_closed(self) -> None:
        """Wait for connections of which the TLS handshake has begun."""
        await asyncio.gather(*self._taking)

    def _listen(self) -> None:
        if not self._is_closed:
            self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another worker has it, or nobody any more
        except OSError:
            self._pause(_PAUSE)
            return
        if self._opened is not None and self._opened():
            self._pause(_MOMENT)
        task = self._loop.create_task(self._take(connection))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener)
        self._loop.call_later(seconds, self._listen)

    async def _take(self, connection: socket.socket) -> None:
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(
                self._protocol, connection, ssl=self._tls, ssl_handshake_timeout=self._handshake_seconds
            )
        except (OSError, asyncio.CancelledError):
            connection.close()  # it is gone, or its handshake failed

"""Heads of requests that were parsed before: the same bytes mean the same again.

A client sends one and the same head over and over, with a few lengths. What the parser made of it is kept,
and a request that consists of exactly these bytes and a body of that length is not parsed again.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["Heads"]

_END = b"\r\n\r\n"
_MOST, _LONGEST = 1024, 2048


class Heads:
    r"""Heads by their bytes; at most 1,024 of at most 2,048 bytes each.

    Example:
        >>> heads, request = Heads(), b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
        >>> heads.learn(request, {b"content-length": b"2"}, b"{}")
        >>> heads.read(request)
        ({b'content-length': b'2'}, b'{}')
        >>> heads.read(request + b"POST") is None
        True
    """

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[Mapping[bytes, bytes], int]] = {}

    def learn(self, data: bytes, headers: Mapping[bytes, bytes], body: bytes) -> None:
        """Keep what the parser made of a request, if this is all of it and nothing else.

        Args:
            data: What was read from the connection while nothing was expected but a new request.
            headers: What the parser found, by name in lower case; nobody may change them.
            body: As the parser found it.
        """
        head, _, rest = data.partition(_END)
        if rest != body or len(head) > _LONGEST:
            return
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[head] = headers, len(body)

    def read(self, data: bytes) -> tuple[Mapping[bytes, bytes], bytes] | None:
        """Return headers and body of a request whose head is known; None where it is not, or more came.

        Args:
            data: What was read from the connection while nothing was expected but a new request.
        """
        head, _, body = data.partition(_END)
        known = self._known.get(head)
        return (known[0], body) if known is not None and known[1] == len(body) else None

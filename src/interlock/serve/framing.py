"""Answers as they stand on the wire of HTTP/1.1, for connections that write them without ASGI."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from interlock.serve.message import JSON, Response
from interlock.serve.refused import Reason

__all__ = ["framed", "last_words", "lines"]

#: What a connection hears before it is closed, by reason.
_LAST_WORDS: dict[Reason, tuple[int, str]] = {
    "syntax": (400, "this is no HTTP/1.1 request"),
    "head": (431, "the headers are too many or too large"),
    "url": (414, "the address of the request is too long"),
    "slow_head": (408, "the headers took too long"),
    "slow_body": (408, "the body took too long"),
    "connections": (503, "too many connections are open"),
    "address": (503, "too many connections of this address are open"),
}


def framed(response: Response, common: bytes, *, is_last: bool) -> bytes:
    r"""Return status line, headers and body of an answer.

    Args:
        response: The answer.
        common: The lines of the headers that every answer has.
        is_last: Whether the connection is closed after it.

    Example:
        >>> framed(Response(200, b"{}"), b"", is_last=False).split(b"\r\n")[1:]
        [b'content-type: application/json', b'content-length: 2', b'', b'{}']
    """
    return b"%s%scontent-type: %s\r\ncontent-length: %d\r\n%s%s\r\n%s" % (
        STATUS_LINE[response.status],
        common,
        response.content_type,
        len(response.body),
        lines(response.headers) if response.headers else b"",
        b"connection: close\r\n" if is_last else b"",
        response.body,
    )


def lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return headers as lines."""
    return b"".join(b"%s: %s\r\n" % header for header in headers)


def last_words(reason: Reason) -> Response:
    """Return what a connection hears before it is closed.

    Args:
        reason: Why it is closed, one of those for which a connection is.
    """
    status, words = _LAST_WORDS[reason]
    body = msgspec.json.encode({"error": reason, "message": words})
    return Response(status, body, JSON, ((b"retry-after", b"1"),) if status == 503 else ())

"""A request, a response and a refusal, as handlers see them: plain values, no sockets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from interlock.contract import Flag

__all__ = ["JSON", "Refusal", "Request", "Response", "media_type"]

JSON = b"application/json"
_NO_HEADERS: Mapping[bytes, bytes] = MappingProxyType({})


class Request(NamedTuple):
    """One request, its body read.

    Args:
        body: All of it.
        content_type: The header as sent; empty where there was none.
        arguments: What the pattern of the route took from the path.
        query: Of the URL, without the question mark.
        headers: By name in lower case; of a repeated one the last.
    """

    body: bytes = b""
    content_type: bytes = b""
    arguments: tuple[str, ...] = ()
    query: bytes = b""
    headers: Mapping[bytes, bytes] = _NO_HEADERS


class Response(NamedTuple):
    """One answer.

    Args:
        status: HTTP status.
        body: All of it.
        content_type: Of the body.
        headers: Further headers.
    """

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Refusal(Exception):  # noqa: N818  (an answer, not a failure)
    """The reason for which a request gets no prediction.

    Args:
        status: HTTP status.
        code: One word for programs, such as `malformed`.
        message: One sentence for people; never holds a value that was sent.
        violations: Per rejected row: its index and flags.
        first: Number of the first row's id, where the request is in the ledger already.
        headers: Further headers.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        violations: Sequence[tuple[int, Sequence[Flag]]] = (),
        first: int | None = None,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.violations, self.first, self.headers = violations, first, headers


def media_type(content_type: bytes) -> str:
    """Return the media type of a `Content-Type` header, without its parameters, in lower case.

    Args:
        content_type: The header's value.

    Raises:
        Refusal: 415 where the charset is not UTF-8.

    Example:
        >>> media_type(b"Application/JSON; charset=utf-8")
        'application/json'
    """
    kind, *parameters = content_type.decode("latin-1").lower().split(";")
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('"') not in ("utf-8", "utf8", "us-ascii"):
            raise Refusal(415, "content_type", "the charset has to be UTF-8")
    return kind.strip()

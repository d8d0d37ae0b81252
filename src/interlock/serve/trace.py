"""What a request says of itself: its id, and the trace it belongs to.

On the hot way a request that says nothing costs nothing: there `observe` is called only where one of the
headers is there, or where a log or telemetry asks for this request.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from typing import NamedTuple

__all__ = ["CURRENT", "REQUEST_ID", "TRACEPARENT", "Finished", "Observed", "Parent", "observe", "parent"]

REQUEST_ID, TRACEPARENT, TRACESTATE = b"x-request-id", b"traceparent", b"tracestate"

#: What an id may be, so that it can stand in any log: up to 128 letters, digits and some signs. No `@`: an
#: e-mail address given as an id would stand in ledger and log.
_IDENTIFIER = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_PARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_STATE = re.compile(
    r"[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)
_MOST_STATE, _MOST_MEMBERS = 512, 32


class Parent(NamedTuple):
    """The caller's place in a trace.

    Args:
        trace: 32 hexadecimal digits.
        span: The caller's, 16 hexadecimal digits.
        sampled: Whether the caller records this trace.
        state: What other systems passed along, as `key=value` with commas; empty where it was not in order.
    """

    trace: str
    span: str
    sampled: bool
    state: str = ""


class Observed:
    """One request that somebody looks at, while it is answered.

    Args:
        request: The caller's id; empty where it gave none.
        sent: Whether the caller gave the id.
        parent: The caller's place in a trace, where it told one.
    """

    __slots__ = ("_request", "_span", "_trace", "drawn", "parent", "prediction", "protocol", "rows", "sent")

    def __init__(self, request: str, *, sent: bool, parent: Parent | None) -> None:
        self._request, self.sent, self.parent = request, sent, parent
        self._trace, self._span = parent.trace if parent else "", ""
        #: From 0 to 1, evenly: whoever takes a share of the requests takes those that are below it.
        self.drawn = 1.0
        #: Filled in when the ledger takes the request into account: id of the first row, protocol, rows.
        self.prediction, self.protocol, self.rows = "", "", 0

    @property
    def request(self) -> str:
        """Its id; a random one is drawn only for who looks."""
        self._request = self._request or secrets.token_hex(16)
        return self._request

    @property
    def trace(self) -> str:
        """The trace it belongs to, 32 hexadecimal digits."""
        self._trace = self._trace or secrets.token_hex(16)
        return self._trace

    @property
    def span(self) -> str:
        """Its own place in the trace, 16 hexadecimal digits."""
        self._span = self._span or secrets.token_hex(8)
        return self._span

    def note(self, prediction: str, protocol: str, rows: int) -> None:
        """Take what the ledger says; the first prediction names a request whose caller did not."""
        self.prediction, self.protocol, self.rows = prediction, protocol, rows
        self._request = self._request if self.sent else prediction

    @property
    def link(self) -> tuple[str, str]:
        """What the ledger keeps beside the request: the caller's own id, and the caller's trace."""
        return self.request if self.sent else "", self.parent.trace if self.parent else ""


class Finished(NamedTuple):
    """A request that was looked at and has its answer.

    Args:
        observed: Who asked, and what the ledger knows.
        method: In upper case.
        route: The pattern of its path, never the path, which may hold anything; empty where there is none.
        status: HTTP status.
        started: Nanoseconds since 1970.
        ended: Likewise.
    """

    observed: Observed
    method: str
    route: str
    status: int
    started: int
    ended: int


#: The request that is being answered, where somebody looks at it.
CURRENT: ContextVar[Observed | None] = ContextVar("interlock_request", default=None)


def observe(headers: Mapping[bytes, bytes]) -> Observed:
    """Return what a request's headers say; an id that is missing or not in order is replaced by a random one.

    Args:
        headers: By name in lower case.

    Example:
        >>> seen = observe({b"x-request-id": b"order-7"})
        >>> seen.request, seen.sent, seen.parent
        ('order-7', True, None)
        >>> observe({b"x-request-id": b"two words"}).sent
        False
    """
    given = headers.get(REQUEST_ID, b"")
    sent = _IDENTIFIER.fullmatch(given) is not None
    told = parent(headers) if TRACEPARENT in headers else None
    return Observed(given.decode("ascii") if sent else "", sent=sent, parent=told)


def parent(headers: Mapping[bytes, bytes]) -> Parent | None:
    """Return the caller's place in a trace; None where it told none, or not in order.

    Args:
        headers: By name in lower case.

    Source:
        W3C Trace Context, https://www.w3.org/TR/trace-context/

    Example:
        >>> parent({b"traceparent": b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
        Parent(trace='0af7651916cd43dd8448eb211c80319c', span='b7ad6b7169203331', sampled=True, state='')
    """
    found = _PARENT.fullmatch(headers.get(TRACEPARENT, b"").strip(b" \t"))
    if found is None:
        return None
    version, trace, span, flags, more = found.groups()
    if version == b"ff" or (version == b"00" and more) or not trace.strip(b"0") or not span.strip(b"0"):
        return None
    state = _state(headers.get(TRACESTATE, b""))
    return Parent(trace.decode("ascii"), span.decode("ascii"), bool(int(flags, 16) & 1), state)


def _state(given: bytes) -> str:
    """Return `tracestate` where every member is in order, and empty where one is not."""
    members = [member.strip(" \t") for member in given.decode("latin-1").split(",")]
    members = [member for member in members if member]
    keys = {member.partition("=")[0] for member in members}
    fits = len(members) <= _MOST_MEMBERS and len(keys) == len(members) and len(given) <= _MOST_STATE
    return ",".join(members) if fits and all(map(_STATE.fullmatch, members)) else ""

"""A shorter way for the one hot request: answered in the turn in which it came, without a task of its own.

Whatever is not plain (another route, a large or chunked body, `Expect`, HTTP/1.0, a connection that closes,
an answer that is still being written) goes the ordinary way through uvicorn and ASGI, which ends in
`Application.answer`. So do plain requests that hold anything but one row in order; the others wait for the
end of the turn (`turn`).

A connection keeps the limits on what is not a body yet: its place among the others, its headers, and how long
it waits (`connections`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from interlock.serve.asgi import CHOSEN, HOT, Application
from interlock.serve.connections import Waits
from interlock.serve.framing import framed, last_words, lines
from interlock.serve.message import Request, Response
from interlock.serve.refused import Reason
from interlock.serve.trace import REQUEST_ID, TRACEPARENT

__all__ = ["HotProtocol"]

_URL = HOT.encode()
#: Headers that are another's with every request: such heads do not come again.
_OWN = {REQUEST_ID, TRACEPARENT}
#: Larger bodies are read with uvicorn's back-pressure, bytes.
_LARGEST = 1 << 16
#: So much is parsed at once, bytes: small requests that wait for their turn cost far more than they weigh.
_SLICE = 8 << 10

#: So many requests of one connection are begun in a turn of the loop, and a slice: others wait for theirs.
_MOST = 64


class HotProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 connection, which answers `POST /v1/predict` at once."""

    app: Application

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._hot, self._is_last = False, False
        self._given: dict[bytes, bytes] = {}
        self._body = b""
        self._known: list[tuple[bytes, bytes]] | None = None
        self._common = b""
        self._answers: list[bytes] = []
        #: How many requests wait for the end of the turn, and what was read while none was begun.
        self._waiting, self._read = 0, b""
        self._limits = self.app.limits
        self._slice = min(_SLICE, self._limits.max_head)
        #: How much of an ordinary body is still to come, bytes.
        self._left = 0
        #: How many requests have begun, and how much of the head came before this part.
        self._begun, self._head = 0, 0
        self._part: Waits = "idle"
        self._unparsed, self._is_blocked, self._is_due = b"", False, False
        self._why: Reason | None = None
        self._asks_for_more = False
        self._running: RequestResponseCycle | None = None
        self.address, self.since = "", self.loop.time()
        self.seen: tuple[int, Waits] = (0, "head")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place among the connections, if there is one."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        reason = self.app.connections.enter(self)
        if reason is not None:
            self._refuse(reason)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self.app.connections.leave(self)
        self._unparsed = b""
        self.pipeline.clear()
        if self._running is not None:  # which uvicorn takes to be the last that came
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, in slices, and no further than the requests before it are answered."""
        if self.app.busy_poll.is_idle:
            self.app.busy_poll.came()
        if self._unparsed or len(data) > self._slice:
            self._read = b""
            self._unparsed += data
            self._parse_on()
        elif self._part != "idle" or not self._is_known(data):
            self._read = data if self._part == "idle" else b""
            self._parse(data)

    def _is_known(self, data: bytes) -> bool:
        """Whether this is one plain request whose head was parsed before; then it is answered."""
        known = self.app.heads.read(data)
        if (
            known is None
            or not self._is_free()
            or self.app.traffic.challengers
            or self.transport.is_closing()
        ):
            return False
        self._begun += 1
        self._ask(*known)
        return True

    def on_message_begin(self) -> None:
        """Begin a request; what only ASGI needs is made once it is known to need it."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._begun += 1
        self._part, self._head = "head", 0

    def on_headers_complete(self) -> None:
        """Choose the way."""
        self._part = "body"
        self._check_head()
        headers = dict(self.headers)
        self._hot = self.url == _URL and self._is_plain(headers)
        if self._hot:
            self._given, self._body = headers, b""
            return
        length = headers.get(b"content-length", b"")
        self._left = int(length) if length.isdigit() else 0
        self._asks_for_more = b"upgrade" in headers and self.parser.should_upgrade()
        if self._asks_for_more:
            return
        self._ordinary()

    def _ordinary(self) -> None:
        """Begin what only ASGI needs."""
        self.flush()
        url, given, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(given)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if self._hot:
            self._body = self._body + body if self._body else body
        else:
            self._left -= len(body)
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Answer, if this is the hot way."""
        self._part = "idle"
        read, self._read = self._read, b""  # whatever comes next, it is not what these bytes mean
        if not self._hot:
            if not self._asks_for_more:
                super().on_message_complete()
            return
        self._hot = False
        if self.transport.is_closing():
            return
        kind = self._given.get(b"content-type", b"")
        if self.app.traffic.challengers and self._is_given_away(kind):
            return
        is_taken = self._ask(self._given, self._body)
        if self._is_last:
            self.flush()
            self.transport.close()
        elif is_taken and read and not _OWN & self._given.keys():  # who may not ask teaches nothing
            self.app.heads.learn(read, self._given, self._body)

    def _ask(self, headers: Mapping[bytes, bytes], body: bytes) -> bool:
        """Have a plain request answered: at the end of the turn, or at once where that does not take it.

        Returns:
            Whether the turn took it.
        """
        self.server_state.total_requests += 1
        observer, watch = self.app.observer, None
        if observer.is_on or REQUEST_ID in headers or TRACEPARENT in headers:
            watch = observer.watch("POST", HOT, headers)
        if self.app.turn.take(self, headers, body, watch):
            self._waiting += 1
            return True
        self._settle()
        kind = headers.get(b"content-type", b"")
        with watch or nullcontext():
            answer = self.app.answer("POST", HOT, kind, body, b"", headers)
            answer = answer if watch is None else watch.answered(answer)
        if not self._answers:
            self.loop.call_soon(self.flush)
        self._answers.append(self._framed(answer))
        return False

    def _settle(self) -> None:
        """Have those answered that wait, so that the next answer does not come before theirs."""
        if self._waiting:
            self.app.turn.settle()

    def give(self, response: Response) -> None:
        """Take the answer to the oldest request that has none."""
        self._waiting -= 1
        self._answers.append(self._framed(response))

    def _is_given_away(self, kind: bytes) -> bool:
        """Whether a challenger answers: then the ordinary way, on which nobody else waits for it."""
        request = Request(self._body, kind, headers=self._given)
        chosen = self.app.choose("POST", HOT, request)
        if chosen is None:
            return False
        self._ordinary()
        self.scope[CHOSEN] = chosen  # type: ignore[literal-required]
        super().on_body(self._body)
        super().on_message_complete()
        return True

    def on_response_complete(self) -> None:
        """Go on with what waits behind an answer; no timer: idle connections are found by looking."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        if self._unparsed:
            self.loop.call_soon(self._parse_on)
        else:
            self.flow.resume_reading()

    def waits(self) -> tuple[int, Waits]:
        """Return the number of the request, and what is waited for."""
        if self.unread() or self.pipeline:
            return self._begun, "answer"
        if self._part == "idle" and not self._begun:
            return 0, "head"  # a connection is opened to ask something
        return self._begun, self._part

    def unread(self) -> int:
        """Return how many bytes of answers nobody has taken yet."""
        size: int = self.transport.get_write_buffer_size()
        return size

    def expire(self, what: Waits) -> None:
        """Close the connection, because it takes too long."""
        if what == "answer":
            self.transport.abort()
        elif what == "idle":
            self.transport.close()
        else:
            self._last_words("slow_head" if what == "head" else "slow_body")

    def shutdown(self) -> None:
        """Finish the request that has begun, then close."""
        self.flush()
        if self._hot:
            self._is_last = True
        else:
            super().shutdown()

    def _parse_on(self) -> None:
        """Parse what waits, until a request waits for the one before it, or others for this connection."""
        last = self._begun + _MOST
        while self._may_go_on() and self._begun < last:
            size = self._slice if self._part != "body" else max(self._slice, self._left)
            part, self._unparsed = self._unparsed[:size], self._unparsed[size:]
            self._parse(part)
        blocked, self._is_blocked = self._is_blocked, bool(self._unparsed)
        if self._unparsed:
            self.flow.pause_reading()
        elif blocked:
            self.flow.resume_reading()
        if self._may_go_on() and not self._is_due:
            self._is_due = True
            self.loop.call_soon(self._parse_later)

    def _parse_later(self) -> None:
        self._is_due = False
        self._parse_on()

    def _may_go_on(self) -> bool:
        return bool(self._unparsed) and not self.pipeline and not self.transport.is_closing()

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._parse_plainly(data[upgrade.args[0] :])
            return
        except httptools.HttpParserError:
            self._unparsed = b""
            self._refuse(self._why or "syntax")
            return
        if self._part == "head":
            self._head += len(data)
            if (
                self._head > self._limits.max_head + self._slice
            ):  # in which the request before it may have ended
                self._refuse("head")

    def _parse_plainly(self, rest: bytes) -> None:
        """Parse a request again without its wish for another protocol, which the parser cannot but grant."""
        if self.parser.get_method() == b"CONNECT":
            self._unparsed = b""
            self._refuse("syntax")
            return
        kept = [each for each in self.headers if each[0] not in (b"upgrade", b"http2-settings")]
        head = b"%s %s HTTP/1.1\r\n%s\r\n" % (self.parser.get_method(), self.url, lines(kept))
        self._asks_for_more = False
        self.parser = httptools.HttpRequestParser(self)
        self._parse(head + rest)

    def _check_head(self) -> None:
        """Stop parsing where the head is too large; a head that came in one slice cannot be."""
        if len(self.headers) > self._limits.max_headers:
            self._why = "head"
        elif len(self.url) > self._limits.max_url:
            self._why = "url"
        elif self._head and self._size_of_head() > self._limits.max_head:
            self._why = "head"
        if self._why is not None:
            raise ValueError(self._why)  # the parser hands it on as an error of its own

    def _size_of_head(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _refuse(self, reason: Reason) -> None:
        """Note why, say it if it is this client's turn to hear something, and close."""
        self.app.refused.note(reason)
        self._last_words(reason)

    def _last_words(self, reason: Reason) -> None:
        self.flush()
        if self._is_answering() and (self.pipeline or self._part != "body"):
            self._end_after_this()
            return
        self._is_last = True
        self.transport.write(self._framed(last_words(reason)))
        self.transport.close()

    def _end_after_this(self) -> None:
        """Close once the request that is being answered has its answer; nothing behind it gets one."""
        self.pipeline.clear()
        if self._running is not None and self._is_answering():
            self._running.keep_alive = False
        else:
            self.transport.close()

    def _is_answering(self) -> bool:
        return self._running is not None and not self._running.response_complete

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _is_plain(self, headers: dict[bytes, bytes]) -> bool:
        """Whether a request can be answered in the turn in which it came."""
        length = headers.get(b"content-length", b"")
        return (
            self.parser.get_method() == b"POST"
            and 0 < len(length) <= 5
            and int(length) <= min(_LARGEST, self._limits.max_body)
            and b"expect" not in headers
            and b"transfer-encoding" not in headers
            and b"content-encoding" not in headers
            and b"upgrade" not in headers
            and self._is_free()
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
        )

    def _is_free(self) -> bool:
        """Whether nothing stands before the next request."""
        return (self.cycle is None or self.cycle.response_complete) and not self.flow.write_paused

    def flush(self) -> None:
        """Write what was answered in this turn of the loop.

        Every write wakes a client, which may take this core and its caches; so the requests that are there,
        on all connections, are answered first and written then.
        """
        self._settle()
        if self._answers and not self.transport.is_closing():
            self.transport.write(b"".join(self._answers))
        self._answers.clear()

    def _framed(self, response: Response) -> bytes:
        if self._known is not self.server_state.default_headers:  # uvicorn makes new ones once a second
            self._known = self.server_state.default_headers
            self._common = lines(self._known)
        return framed(response, self._common, is_last=self._is_last)

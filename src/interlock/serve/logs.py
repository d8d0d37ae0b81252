"""What the service says on standard error: one line an event, as text or as JSON, never a value of a row.

An exception is told by its type and its place in the source, without its message: libraries put values into
their messages. Lines about single requests wait in a bounded queue and are written by a thread: a standard
error that nobody reads holds up no answer.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from collections import deque
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, get_args

import msgspec

from interlock.serve.trace import CURRENT

__all__ = ["FORMATS", "JsonFormatter", "LineWriter", "TextFormatter", "configure", "line"]

Format = Literal["text", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)

_LOG = logging.getLogger("interlock.logs")
_LOGGERS = ("interlock", "uvicorn", "opentelemetry")
_STDERR = 2
_PAGE = 4096
_ENCODE = msgspec.json.Encoder().encode
_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class TextFormatter(logging.Formatter):
    """Lines for people: level, logger, message, and the id of the request that is being answered."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name of the library
        """Return the line without its stack."""
        seen = CURRENT.get()
        return super().formatMessage(record) + (f" request_id={seen.request}" if seen else "")

    def formatException(self, ei: _Raised) -> str:  # noqa: N802 - the name of the library
        """Return the stack, innermost last, and the type of what was raised."""
        kind, stack = _raised(ei)
        return "\n".join([*(f"  {place}" for place in stack), kind])


class JsonFormatter(logging.Formatter):
    """Lines for programs.

    Example:
        >>> record = logging.LogRecord("interlock.serve", logging.WARNING, "", 0, "full: %d", (3,), None)
        >>> msgspec.json.decode(JsonFormatter().format(record))["message"]
        'full: 3'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one JSON object."""
        said: dict[str, Any] = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        seen = CURRENT.get()
        if seen is not None:
            said |= {"request_id": seen.request, "trace_id": seen.trace, "span_id": seen.span}
        if record.exc_info:
            said["exception"], said["stack"] = _raised(record.exc_info)
        return _ENCODE(said).decode()


class LineWriter:
    """Writes lines to a file descriptor from a thread of its own.

    Args:
        descriptor: Where to; standard error by default.
        capacity: Most lines that wait; what comes on top is left out, counted, and told.
        seconds: Longest time that a line waits.
    """

    def __init__(self, descriptor: int = _STDERR, *, capacity: int = 10_000, seconds: float = 0.2) -> None:
        self._descriptor, self._capacity, self._seconds = descriptor, capacity, seconds
        self._lines: deque[bytes] = deque()
        self._stopping = threading.Event()
        self.left_out = 0
        self._thread = threading.Thread(target=self._run, name="log lines", daemon=True)
        self._thread.start()

    def put(self, line: bytes) -> None:
        """Take one line, without its end; returns at once."""
        if len(self._lines) >= self._capacity:
            self.left_out += 1
        else:
            self._lines.append(line)

    def close(self) -> None:
        """Write what waits, unless nobody reads it for a second."""
        self._stopping.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        told = 0
        while not self._stopping.wait(self._seconds) or self._lines:
            self._write()
            if self.left_out > told:
                _LOG.warning(
                    "%d lines of the log were left out: nobody reads them fast enough", self.left_out
                )
                told = self.left_out

    def _write(self) -> None:
        """Write whole lines, a page at most at once: so those of several processes do not mix in a pipe."""
        while self._lines:
            page = self._lines.popleft() + b"\n"
            while self._lines and len(page) + len(self._lines[0]) < _PAGE:
                page += self._lines.popleft() + b"\n"
            try:
                os.write(self._descriptor, page)
            except OSError:
                self.left_out += page.count(b"\n")


def configure(form: Format) -> None:
    """Send what the service and uvicorn say to standard error; who configured logging keeps it, as text.

    Args:
        form: `text` or `json`; JSON is sent in any case.
    """
    if form == "text" and logging.getLogger().handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.WARNING)


def line(form: Format, moment: float, message: str, fields: dict[str, Any]) -> bytes:
    """Return a line about a request.

    Args:
        form: `text` or `json`.
        moment: Seconds since 1970.
        message: For people.
        fields: For programs; empty ones are left out.

    Example:
        >>> line("text", 0.0, "POST /v1/predict 200", {"request_id": "a", "rows": 1, "trace_id": ""})
        b'1970-01-01T00:00:00.000Z POST /v1/predict 200 request_id=a rows=1'
    """
    kept = {name: value for name, value in fields.items() if value not in ("", None)}
    if form == "json":
        head = {"time": _moment(moment), "level": "info", "logger": "interlock.access", "message": message}
        return _ENCODE(head | kept)
    return (
        f"{_moment(moment)} {message} {' '.join(f'{name}={value}' for name, value in kept.items())}".encode()
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _raised(raised: _Raised) -> tuple[str, list[str]]:
    """Return the type of what was raised, and where: file, line and function, innermost last."""
    kind, _, trace = raised
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    return (
        "" if kind is None else f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    ), places

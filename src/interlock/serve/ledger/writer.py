"""The writer of one process: entries go into a bounded buffer at once; a thread writes it in blocks."""

from __future__ import annotations

import logging
import mmap
import os
import random
import secrets
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from interlock.errors import ServeError
from interlock.serve.ledger.format import (
    Counts,
    Entry,
    Header,
    Kind,
    Outcome,
    Truth,
    frame,
    prediction_id,
)
from interlock.serve.trace import CURRENT

__all__ = ["Ledger"]

_LOG = logging.getLogger("interlock.ledger")
_RECEIVED, _LOGGED, _SAMPLED_OUT, _DROPPED, _REJECTED, _ROWS, _OUTCOMES = range(len(Counts._fields))


class Ledger:
    """Append entries to the segments of one process in a folder that many processes may share.

    An entry is encoded when it is recorded, into a buffer of at most `capacity` bytes. A thread writes the
    buffer as one block every `flush_seconds`, or as soon as it holds a quarter of `capacity`. Where the
    disk refuses, the block waits and is tried again; once the buffer is full, entries are dropped and
    counted, and the service goes on. A killed process loses what waited in memory, no more; `close` loses
    nothing.

    Args:
        folder: Made if absent.
        header: What all entries share; its `writer` is replaced by a random one.
        capacity: Largest buffer, bytes; what is being written at the moment comes on top.
        segment_bytes: A segment is closed and the next begun at this size, bytes.

    Raises:
        ServeError: If the folder cannot be written.

    Example:
        >>> import tempfile
        >>> with Ledger(tempfile.mkdtemp(), Header(release="sha256:00")) as ledger:
        ...     ledger.record(Entry(ledger.reserve(1), "v1", 400, error="malformed"))
        >>> ledger.counts.logged
        1
    """

    def __init__(
        self,
        folder: str | Path,
        header: Header,
        *,
        capacity: int = 16 << 20,
        segment_bytes: int = 64 << 20,
    ) -> None:
        self.writer = secrets.token_hex(8)
        self._folder = Path(folder)
        self._header = msgspec.structs.replace(header, writer=self.writer)
        self._capacity, self._segment_bytes = capacity, segment_bytes
        self._encode_into = msgspec.msgpack.Encoder().encode_into
        self._next, self._received = 0, 0
        self._buffer, self._waiting, self._flying = bytearray(), [0] * len(Counts._fields), Counts()
        self._durable, self._segment, self._file = Counts(), 0, -1
        self._failing = False
        self._lock, self._writing, self._wake = threading.Lock(), threading.Lock(), threading.Event()
        self._stopping = False
        self._open()
        self._live = _live_count(self._folder / f"{self.writer}.live")
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def counts(self) -> Counts:
        """The counts so far; `logged` is what is on disk, so it lags behind by what waits in memory."""
        with self._lock:
            total = _add(_add(self._durable, self._flying), self._waiting)
        return total._replace(logged=self._durable.logged)

    @property
    def waiting_bytes(self) -> int:
        """Size of the buffer, bytes."""
        return len(self._buffer)

    def reserve(self, rows: int) -> int:
        """Return the number of the first of `rows` new prediction ids; ids are never used twice."""
        first = self._next
        self._next = first + rows
        return first

    def record(self, entry: Entry) -> None:
        """Take one request into account; returns at once and never fails."""
        seen = CURRENT.get()
        if seen is not None:
            entry.request, entry.trace = seen.link
            seen.note(prediction_id(self.writer, entry.first), entry.protocol, len(entry.predictions))
        with self._lock:
            waiting = self._waiting
            waiting[_RECEIVED] += 1
            self._received += 1
            self._live[0] = self._received
            if entry.error or entry.rejected:
                waiting[_REJECTED] += 1
            if self._header.sample < 1 and random.random() >= self._header.sample:  # noqa: S311  (not a secret)
                waiting[_SAMPLED_OUT] += 1
            elif self._append(entry):
                waiting[_LOGGED] += 1
                waiting[_ROWS] += len(entry.predictions)
            else:
                waiting[_DROPPED] += 1

    def truth(self, prediction: str, outcome: Outcome) -> bool:
        """Record the outcome of a prediction; False where there is no room: the sender should try again."""
        with self._lock:
            kept = self._append(Truth(prediction, outcome, time.time()))
            self._waiting[_OUTCOMES] += kept
        return kept

    def flush(self) -> None:
        """Write what waits in memory; what the disk refuses stays there."""
        self._flush(Kind.ENTRIES)

    def close(self) -> None:
        """Write everything, say that this writer stopped gracefully, and end the thread."""
        if self._stopping:
            return
        self._stopping = True
        self._wake.set()
        self._thread.join()
        self._flush(Kind.CLOSED)
        if any(self._waiting):
            _LOG.error(
                "the ledger could not be written at the end; %d requests are lost", self._waiting[_LOGGED]
            )
        if self._file >= 0:
            os.fsync(self._file)
            os.close(self._file)
            self._file = -1
        if not any(self._waiting):
            (self._folder / f"{self.writer}.live").unlink(missing_ok=True)  # the last block says it all

    def _append(self, entry: Entry | Truth) -> bool:
        """Encode into the buffer if there is room; the caller holds the lock."""
        size = len(self._buffer)
        if size >= self._capacity:
            return False
        self._encode_into(entry, self._buffer, -1)
        if size > self._capacity // 4:
            self._wake.set()
        return True

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._header.flush_seconds)
            self._wake.clear()
            self.flush()

    def _flush(self, kind: Kind) -> None:
        """Swap the buffer under the lock, write it outside: requests go on meanwhile."""
        with self._writing:
            with self._lock:
                buffer, self._flying = self._buffer, Counts(*self._waiting)
                if not any(self._flying) and kind is Kind.ENTRIES:
                    return
                self._buffer, self._waiting = bytearray(), [0] * len(Counts._fields)
            written = self._write(kind, bytes(buffer))
            with self._lock:
                if written:
                    self._durable = _add(self._durable, self._flying)
                else:
                    self._buffer = buffer + self._buffer
                    self._waiting = list(_add(self._flying, self._waiting))
                self._flying = Counts()

    def _write(self, kind: Kind, buffer: bytes) -> bool:
        """Append one block of what is flying; whether that succeeded."""
        after, length = _add(self._durable, self._flying), self._flying.logged + self._flying.outcomes
        try:
            if self._file < 0:
                self._open()
            self._put(frame(kind, after, time.time(), buffer, length))
        except OSError as error:
            if not self._failing:
                _LOG.error(
                    "the ledger cannot be written (%s); entries wait in memory, serving goes on", error
                )
            self._failing = True
            return False
        if self._failing:
            _LOG.warning("the ledger is written again; %d requests were dropped so far", after.dropped)
        self._failing = False
        return True

    def _put(self, block: bytes) -> None:
        """Write a whole block or nothing of it, and begin a new segment where this one is long enough."""
        position = os.lseek(self._file, 0, os.SEEK_END)
        try:
            view = memoryview(block)
            while view:
                view = view[os.write(self._file, view) :]
        except OSError:
            os.ftruncate(self._file, position)
            raise
        if position + len(block) >= self._segment_bytes:
            os.fsync(self._file)
            os.close(self._file)
            self._file = -1

    def _open(self) -> None:
        """Begin the next segment; its header is in before it gets its name, so no segment is without one."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        path = self._folder / f"{stamp}-{self.writer}-{self._segment:06d}.ledger"
        beside = path.with_suffix(".new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o640)
            self._put(frame(Kind.HEADER, self._durable, time.time(), msgspec.msgpack.encode(self._header)))
            beside.replace(path)
        except OSError as error:
            self._abandon(beside)
            if self._segment:
                raise
            raise ServeError(
                "the ledger folder cannot be written",
                where=self._folder,
                got=error.strerror,
                next_step="give a folder that this user may write, on a disk with room",
            ) from error
        self._segment += 1

    def _abandon(self, beside: Path) -> None:
        """Forget a segment that could not be begun."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
            beside.unlink(missing_ok=True)


def _add(left: Sequence[int], right: Sequence[int]) -> Counts:
    return Counts(*(a + b for a, b in zip(left, right, strict=True)))


def _live_count(path: Path) -> memoryview:
    """Map one counter into memory; it survives a kill, so that what was lost can be stated."""
    try:
        path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            return memoryview(mmap.mmap(file.fileno(), 8)).cast("Q")
    except OSError as error:
        raise ServeError(
            "the ledger folder cannot be written", where=path, got=error.strerror, next_step="free some room"
        ) from error

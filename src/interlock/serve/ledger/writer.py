"""The writer of one process: entries go into a bounded buffer at once; a thread writes it in blocks."""

from __future__ import annotations

import logging
import mmap
import os
import random
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from interlock.errors import InterlockError, ServeError
from interlock.serve.ledger.format import (
    Counts,
    Entry,
    Header,
    Kind,
    Outcome,
    Truth,
    frame,
    head,
    prediction_id,
)
from interlock.serve.ledger.quota import Quota, make_room
from interlock.serve.ledger.redaction import fingerprint, redaction
from interlock.serve.ledger.segment import claim
from interlock.serve.trace import CURRENT, Observed

__all__ = ["ROTATE", "Ledger"]

_LOG = logging.getLogger("interlock.ledger")
#: A file of this name in the ledger's folder: whenever it is replaced, its writers begin new segments.
ROTATE = "rotate"
#: Where the quota is full, counts of what is dropped are written this often, seconds.
_FULL_SECONDS = 10.0
_RECEIVED, _LOGGED, _SAMPLED_OUT, _DROPPED, _REJECTED, _ROWS, _OUTCOMES = range(len(Counts._fields))


class Ledger:
    """Append entries to the segments of one process in a folder that many processes may share.

    An entry is encoded when it is recorded, into a buffer of at most `capacity` bytes. A thread writes the
    buffer as one block every `flush_seconds`, or as soon as it holds a quarter of `capacity`. Where the
    disk refuses, the block waits and is tried again; once the buffer is full, entries are dropped and
    counted, and the service goes on. A killed process loses what waited in memory, no more; `close` loses
    nothing.

    Entries are redacted as the header says before they are encoded. Where a quota is full and its policy lets
    nothing go, entries are dropped and counted likewise.

    Args:
        folder: Made if absent.
        header: What all entries share; its `writer` is replaced by a random one.
        capacity: Largest buffer, bytes; what is being written at the moment comes on top.
        segment_bytes: A segment is closed and the next begun at this size, bytes.
        key: Of the hashes, where an input is hashed.
        quota: What the folder may take; None for all there is.

    Raises:
        ServeError: If the folder cannot be written, or an input is hashed and there is no key.

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
        key: bytes = b"",
        quota: Quota | None = None,
    ) -> None:
        self.writer = secrets.token_hex(8)
        self._folder, self._quota = Path(folder), quota
        hashes = any(column.kind == "hash" for column in header.redacted)
        self._header = msgspec.structs.replace(
            header, writer=self.writer, key=fingerprint(key) if hashes else ""
        )
        self._capacity = capacity if quota is None else min(capacity, quota.bytes // 16)
        self._segment_bytes = segment_bytes if quota is None else min(segment_bytes, quota.bytes // 8)
        self._limit = self._capacity
        self._encode_into = _encoder(self._header, key)
        self._next, self._received = 0, 0
        self._buffer, self._waiting, self._flying = bytearray(), [0] * len(Counts._fields), Counts()
        self._durable, self._segment, self._file = Counts(), 0, -1
        self._failing, self._full = False, False
        self._looked, self._unlooked, self._wrote, self._truth_time = 0.0, 0, 0.0, 0.0
        self._asked, self._seen = False, _version(self._folder / ROTATE)
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

    def record(self, *entries: Entry) -> None:
        """Take requests into account, one an entry; returns at once and never fails."""
        seen = CURRENT.get()
        if seen is not None:
            for entry in entries:
                self.link(entry, seen)
        with self._lock:
            self._received += len(entries)
            self._live[0] = self._received
            self._waiting[_RECEIVED] += len(entries)
            for entry in entries:
                self._count(entry)

    def link(self, entry: Entry, seen: Observed) -> None:
        """Let an entry and the request that it is of name each other."""
        entry.request, entry.trace = seen.link
        seen.note(prediction_id(self.writer, entry.first), entry.protocol, len(entry.predictions))

    def _count(self, entry: Entry) -> None:
        """Keep an entry or not, and count which; the caller holds the lock."""
        waiting = self._waiting
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
            self._truth_time = max(self._truth_time, time.time())  # where the clock jumps back, order stays
            kept = self._append(Truth(prediction, outcome, self._truth_time))
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
        self._end_segment()
        if not any(self._waiting):
            (self._folder / f"{self.writer}.live").unlink(missing_ok=True)  # the last block says it all

    def _append(self, entry: Entry | Truth) -> bool:
        """Encode into the buffer if there is room; the caller holds the lock."""
        size = len(self._buffer)
        if size >= self._limit:
            return False
        self._encode_into(entry, self._buffer, -1)
        if size > self._capacity // 4:
            self._wake.set()
        return True

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._header.flush_seconds)
            self._wake.clear()
            self._heed_quota()
            version = _version(self._folder / ROTATE)
            self._asked, self._seen = self._asked or version != self._seen, version
            self.flush()
            self._rotate_if_asked()

    def _heed_quota(self) -> None:
        """Look whether two full buffers would still fit, and take no more entries if not."""
        soon = time.monotonic() - self._looked < 1 and self._unlooked < self._capacity // 2
        if self._quota is None or soon:
            return
        try:
            full = not make_room(self._folder, self._quota, 2 * self._capacity)
        except (OSError, InterlockError) as error:
            _LOG.warning("the ledger's size cannot be told: %s", error)
            full = self._full
        if full and not self._full:
            _LOG.error(
                "the ledger's quota is used up; entries are dropped and counted (%s), serving goes on",
                self._quota.policy,
            )
        if self._full and not full:
            _LOG.warning("the ledger has room again")
        self._full, self._looked, self._unlooked = full, time.monotonic(), 0
        self._limit = 0 if full else self._capacity

    def _rotate_if_asked(self) -> None:
        """End this segment, for somebody who has to rewrite it; what comes after goes into the next."""
        with self._writing:
            if self._asked and not self._failing:
                self._asked = False
                self._end_segment()

    def _flush(self, kind: Kind) -> None:
        """Swap the buffer under the lock, write it outside: requests go on meanwhile."""
        with self._writing:
            with self._lock:
                if kind is Kind.ENTRIES and self._may_wait():
                    return
                buffer, self._flying = self._buffer, Counts(*self._waiting)
                self._buffer, self._waiting = bytearray(), [0] * len(Counts._fields)
            written = self._write(kind, buffer)
            with self._lock:
                if written:
                    self._durable = _add(self._durable, self._flying)
                else:
                    self._buffer = buffer + self._buffer
                    self._waiting = list(_add(self._flying, self._waiting))
                self._flying = Counts()

    def _may_wait(self) -> bool:
        """Whether nothing waits, or nothing but counts of what a full quota drops."""
        counts_alone = self._full and not self._waiting[_LOGGED] and not self._waiting[_OUTCOMES]
        recent = time.monotonic() - self._wrote < _FULL_SECONDS
        return not any(self._waiting) or (counts_alone and recent)

    def _write(self, kind: Kind, buffer: bytearray) -> bool:
        """Append one block of what is flying; whether that succeeded."""
        after, length = _add(self._durable, self._flying), self._flying.logged + self._flying.outcomes
        try:
            if self._file < 0:
                self._open()
            self._put(head(kind, after, time.time(), buffer, length), buffer)
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

    def _put(self, *parts: bytes | bytearray) -> None:
        """Write a whole block or nothing of it, and begin a new segment where this one is long enough."""
        position, size = os.lseek(self._file, 0, os.SEEK_END), sum(map(len, parts))
        try:
            for part in parts:
                view = memoryview(part)
                while view:
                    view = view[os.write(self._file, view) :]
        except OSError:
            os.ftruncate(self._file, position)
            raise
        self._wrote, self._unlooked = time.monotonic(), self._unlooked + size
        if position + size >= self._segment_bytes:
            self._end_segment()

    def _end_segment(self) -> None:
        if self._file >= 0:
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
            claim(self._file)
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


def _encoder(header: Header, key: bytes) -> Callable[[Entry | Truth, bytearray, int], None]:
    """Return what encodes into a buffer: where nothing is personal, the plain encoder and not a step more."""
    encode_into = msgspec.msgpack.Encoder().encode_into
    redact = redaction(header, key)
    if redact is None:
        return encode_into

    def redacted(entry: Entry | Truth, buffer: bytearray, place: int) -> None:
        encode_into(redact(entry) if isinstance(entry, Entry) else entry, buffer, place)

    return redacted


def _version(path: Path) -> tuple[int, int]:
    """Return what changes when a file is replaced; nought where there is none."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns


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

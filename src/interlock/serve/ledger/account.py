"""Adding a ledger up: what became of every request, writer by writer, and what does not add up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from interlock.serve.ledger.format import (
    Block,
    Counts,
    Entry,
    Erasure,
    Header,
    Kind,
    Truth,
    decode_entries,
    joined,
)
from interlock.serve.ledger.removal import Removal, removals
from interlock.serve.ledger.segment import Segment, in_use, opened, segments

__all__ = ["Account", "Part", "WriterAccount", "account", "add_up", "of_parts", "verify", "weigh"]

_FIRST = 0


@dataclass(frozen=True, slots=True)
class Account:
    """What became of every request; all counts are requests but for `rows`, `outcomes` and `erased_rows`.

    `received == logged + sampled_out + dropped` holds in each block of each writer, and
    `logged == found + erased + removed` where nothing is missing.

    Args:
        received: Requests to a prediction route that a block accounts for.
        logged: Of these, written to the ledger.
        sampled_out: Of these, left out by the sampling rate.
        dropped: Of these, lost because the buffer or the quota was full, or the disk refused.
        rejected: Of those received: refused in whole or in part.
        rows: Rows of the logged requests.
        outcomes: Truths recorded.
        found: Logged requests that are in the folder now.
        waiting: Received by a writer that has not stopped gracefully, and in no block yet: in the memory of a
            running process, or lost with a killed one.
        torn: Segments whose tail could not be read (a kill in the midst of a write).
        writers: Processes that wrote here.
        unclosed: Of these, running or killed.
        flush_seconds: Longest time that an entry waits in memory, seconds.
        erased: Logged requests of which nothing is left, because a person's rows were erased.
        erased_rows: Rows erased, those of other requests included.
        removed: Logged requests in segments that the quota or the retention removed.
    """

    received: int
    logged: int
    sampled_out: int
    dropped: int
    rejected: int
    rows: int
    outcomes: int
    found: int
    waiting: int
    torn: int
    writers: int
    unclosed: int
    flush_seconds: float
    erased: int = 0
    erased_rows: int = 0
    removed: int = 0

    @property
    def balanced(self) -> bool:
        """Whether the identity holds."""
        return self.received == self.logged + self.sampled_out + self.dropped

    @property
    def missing(self) -> int:
        """Logged requests that are not here, and no note says why."""
        return self.logged - self.found - self.erased - self.removed

    @property
    def coverage(self) -> float:
        """Share of the received requests that can be read; 1.0 where none was received."""
        received = self.received + self.waiting
        return self.found / received if received else 1.0


class Part(NamedTuple):
    """What one segment, or the note of one that was removed, says.

    Args:
        name: Of the segment.
        number: Counted from 0 by its writer.
        before: Counts when it was begun.
        after: Counts with its last whole block.
        found: Requests in it.
        erased: What was erased from it.
        removed: Requests in it when it was removed.
        torn: Bytes of a tail that cannot be read.
        closed: Whether its writer stopped gracefully in it.
        flush_seconds: Of its header.
        wrong: What does not add up in it, in words.
    """

    name: str
    number: int
    before: Counts
    after: Counts
    found: int = 0
    erased: Erasure = Erasure()
    removed: int = 0
    torn: int = 0
    closed: bool = False
    flush_seconds: float = 0.0
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WriterAccount:
    """The account of one writer.

    Args:
        writer: 16 hexadecimal digits.
        state: `closed` gracefully, `running`, or `killed`.
        account: Its own.
        wrong: What does not add up, in words; empty where all does.
    """

    writer: str
    state: Literal["closed", "running", "killed"]
    account: Account
    wrong: tuple[str, ...] = field(default=())


def account(folder: str | Path) -> Account:
    """Add up all writers of a folder.

    Args:
        folder: The ledger.

    Returns:
        The account; while the service runs, `waiting` is what is still in memory.

    Raises:
        InputError: If the folder does not exist or holds an unknown layout.
    """
    return add_up(each.account for each in verify(folder))


def verify(folder: str | Path) -> tuple[WriterAccount, ...]:
    """Add up each writer of a folder, and say what does not add up.

    A segment that is missing is noticed by its number and by the counts of its neighbours, an edited block by
    its checksum, an entry that was taken out by the counts of its block.

    Args:
        folder: The ledger.

    Returns:
        One account a writer, in the order of their beginning.

    Raises:
        InputError: As `account`.
    """
    root = Path(folder)
    written: dict[str, list[Segment | Removal]] = {}
    for segment in segments(root):
        written.setdefault(segment.writer, []).append(segment)
    for note in removals(root):
        written.setdefault(note.writer, []).append(note)
    return tuple(_writer(root, writer, parts) for writer, parts in written.items())


def add_up(accounts: Iterable[Account]) -> Account:
    """Return the sum of accounts.

    Example:
        >>> add_up([]).coverage
        1.0
    """
    every = list(accounts)
    names = [name for name in Account.__dataclass_fields__ if name != "flush_seconds"]
    totals = {name: sum(getattr(each, name) for each in every) for name in names}
    return Account(**totals, flush_seconds=max((each.flush_seconds for each in every), default=0.0))


def weigh(segment: Segment) -> Part | None:
    """Read all of a segment and count what is in it; None where it was not begun whole, or is gone."""
    found = opened(segment)
    if found is None:
        return None
    header, rest = found
    return _weighed(segment.name, segment.number, header, rest)


def _weighed(name: str, number: int, header: Header, rest: Iterator[Block]) -> Part:
    before = after = next(rest).counts
    requests, torn, closed, wrong, erased = 0, 0, False, [], Erasure()
    for place, block in enumerate(rest, start=1):
        if block.torn:
            torn = block.torn
            if block.damaged:
                wrong.append(f"block {place} of {name} was changed: its checksum is wrong")
            continue
        entries, truths, gone = _counted(block)
        requests, closed = requests + entries, closed or block.kind is Kind.CLOSED
        erased = joined([erased, gone])
        wrong += _wrong(f"block {place} of {name}", after, block.counts, entries, truths, gone)
        after = block.counts
    return Part(
        name,
        number,
        before,
        after,
        found=requests,
        erased=erased,
        torn=torn,
        closed=closed,
        flush_seconds=header.flush_seconds,
        wrong=tuple(wrong),
    )


def _counted(block: Block) -> tuple[int, int, Erasure]:
    entries = truths = 0
    gone = Erasure()
    for item in decode_entries(block.payload):
        match item:
            case Entry():
                entries += 1
            case Truth():
                truths += 1
            case Erasure():
                gone = joined([gone, item])
    return entries, truths, gone


def _wrong(
    name: str, before: Counts, after: Counts, entries: int, truths: int, gone: Erasure
) -> Iterator[str]:
    """Compare what a block holds with what its counts say."""
    if after.received != after.logged + after.sampled_out + after.dropped:
        yield f"the counts of {name} do not add up"
    logged, outcomes = after.logged - before.logged, after.outcomes - before.outcomes
    if entries + gone.requests != logged:
        yield f"{name} holds {entries} requests, and {gone.requests} erased; its counts say {logged}"
    if truths + gone.outcomes != outcomes:
        yield f"{name} holds {truths} outcomes, and {gone.outcomes} erased; its counts say {outcomes}"


def _writer(root: Path, writer: str, written: list[Segment | Removal]) -> WriterAccount:
    files = [each for each in written if isinstance(each, Segment)]
    weighed = [weigh(segment) for segment in files]
    notes = [_removed(each) for each in written if isinstance(each, Removal)]
    parts = sorted([*notes, *(part for part in weighed if part)], key=lambda part: part.number)
    live = root / f"{writer}.live"
    running = any(in_use(segment.path) for segment in files)
    return of_parts(writer, parts, running=running, received=_live(live))


def of_parts(
    writer: str, parts: Sequence[Part], *, running: bool = False, received: int | None = None
) -> WriterAccount:
    """Add up the segments of one writer.

    Args:
        writer: 16 hexadecimal digits.
        parts: One a segment, by number.
        running: Whether its process lives.
        received: What its counter in memory says; None where that is gone.
    """
    closed = any(part.closed for part in parts)
    last = parts[-1].after if parts else Counts()
    waiting = 0 if closed or received is None else max(0, received - last.received)
    return WriterAccount(
        writer,
        "closed" if closed else "running" if running else "killed",
        _account(parts, last, waiting, closed=closed),
        (*_gaps(writer, parts), *_end(writer, closed=closed, counted=received is not None)),
    )


def _removed(note: Removal) -> Part:
    gone = note.after.logged - note.before.logged
    return Part(note.segment, note.number, note.before, note.after, removed=gone, closed=note.closed)


def _live(path: Path) -> int | None:
    """Return how many requests a writer received, from its counter in memory."""
    return int.from_bytes(path.read_bytes()[:8], "little") if path.is_file() else None


def _account(parts: Sequence[Part], last: Counts, waiting: int, *, closed: bool) -> Account:
    return Account(
        **last._asdict(),
        found=sum(part.found for part in parts),
        waiting=waiting,
        torn=sum(part.torn > 0 for part in parts),
        writers=1,
        unclosed=int(not closed),
        flush_seconds=max((part.flush_seconds for part in parts), default=0.0),
        erased=sum(part.erased.requests for part in parts),
        erased_rows=sum(part.erased.rows for part in parts),
        removed=sum(part.removed for part in parts),
    )


def _gaps(writer: str, parts: Sequence[Part]) -> Iterator[str]:
    """Say where a writer's segments do not follow each other."""
    expected, before = _FIRST, Counts()
    for part in parts:
        yield from part.wrong
        if part.number > expected:
            names = f"{expected}" if part.number == expected + 1 else f"{expected} to {part.number - 1}"
            lost = part.before.logged - before.logged
            yield f"segment {names} of {writer} is missing, with {lost} logged requests"
        elif part.before != before:
            yield f"{part.name} does not go on where the segment before it ends"
        expected, before = part.number + 1, part.after
    for part in parts[:-1]:
        if part.torn and not any("checksum" in each for each in part.wrong):
            yield f"{part.name} ends in half a block, and is not the writer's last"


def _end(writer: str, *, closed: bool, counted: bool) -> Iterator[str]:
    """Say where a writer's end is missing: it neither stopped gracefully nor left its counter behind."""
    if not closed and not counted:
        yield f"the end of {writer} is missing: no closing block, and its counter {writer}.live is gone"

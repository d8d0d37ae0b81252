"""Reading what was shipped: rows and outcomes as they were in the segments, and the account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from interlock.errors import InputError
from interlock.serve.ledger import Account, Header, Record, Truth, WriterAccount, add_up
from interlock.serve.ledger.account import Part, of_parts
from interlock.shipping import columns
from interlock.shipping.destination import Destination
from interlock.shipping.manifest import OUTCOMES, ROWS, File, Manifest, digest, manifests, read
from interlock.shipping.parquet import Part as Parquet
from interlock.shipping.parquet import table_of

__all__ = ["ShippedRows", "fetch", "reaching", "stored"]


class ShippedRows:
    """What was shipped to a destination; only files that a manifest names are read, and each is compared.

    Args:
        destination: Where.
    """

    def __init__(self, destination: Destination) -> None:
        self.destination = destination

    def __str__(self) -> str:
        return self.destination.shown

    def records(self) -> Iterator[Record]:
        """Yield every row, writer by writer.

        Raises:
            InputError: If the destination is away, or a file is not the one that was shipped.
        """
        return (record for _, record in self.rows())

    def rows(self) -> Iterator[tuple[Header, Record]]:
        """Yield every row after the header that names its inputs.

        Raises:
            InputError: As `records`.
        """
        for table in self._tables(ROWS):
            header = columns.header_of(table)
            for record in columns.records(table):
                yield header, record

    def outcomes(self) -> Iterator[Truth]:
        """Yield every outcome, writer by writer.

        Raises:
            InputError: As `records`.
        """
        for table in self._tables(OUTCOMES):
            yield from columns.truths(table)

    def writers(self) -> tuple[WriterAccount, ...]:
        """Return the account of each writer, after comparing every file with its digest.

        Raises:
            InputError: If the destination is away.
        """
        with reaching(self.destination):
            return self._writers(compared=True)

    def account(self) -> Account:
        """Return the account of all writers, as the manifests tell it.

        Raises:
            InputError: If the destination is away.
        """
        with reaching(self.destination):
            return add_up(each.account for each in self._writers(compared=False))

    def _writers(self, *, compared: bool) -> tuple[WriterAccount, ...]:
        written: dict[str, list[Part]] = {}
        for manifest in manifests(self.destination):
            written.setdefault(manifest.writer, []).append(self._part(manifest, compared=compared))
        # The counter in memory is not shipped: what was in it is told by the ledger itself.
        return tuple(of_parts(writer, parts, received=0) for writer, parts in written.items())

    def _part(self, manifest: Manifest, *, compared: bool) -> Part:
        wrong = tuple(self._wrong(manifest)) if compared else ()
        return Part(
            manifest.segment,
            manifest.number,
            manifest.before,
            manifest.after,
            found=manifest.requests,
            erased=manifest.erased,
            removed=manifest.expired,
            torn=manifest.torn,
            closed=manifest.closed,
            flush_seconds=manifest.header.flush_seconds,
            wrong=wrong,
        )

    def _wrong(self, manifest: Manifest) -> Iterator[str]:
        for file in manifest.files:
            try:
                _held(self.destination, manifest.segment, file)
            except InputError as error:
                yield f"{error.what}: {file.name}"

    def _tables(self, folder: str) -> Iterator[Any]:
        with reaching(self.destination):
            for manifest in manifests(self.destination):
                for file in manifest.files:
                    if file.name.startswith(f"{folder}/"):
                        held = _held(self.destination, manifest.segment, file)
                        table = table_of(held.content, f"{self.destination.shown}/{file.name}")
                        yield table.slice(held.start, held.rows)


class _Held(NamedTuple):
    """What holds a file's rows: itself, or the one that it became a part of."""

    content: bytes
    start: int = 0
    rows: int | None = None


def _held(destination: Destination, segment: str, file: File) -> _Held:
    """Read a shipped file, also where it was joined with others after its manifest was read.

    Raises:
        InputError: If its rows are not there, or are others.
        OSError: If the destination is away.
    """
    try:
        return _Held(_compared(destination, file))
    except FileNotFoundError:
        now = read(destination, segment)
    for other in now.files if now else ():
        for part in other.joined:
            if part.name == file.name:
                return _Held(fetch(destination, other), part.start, part.rows)
    return _Held(fetch(destination, file))


def stored(part: Parquet, destination: Destination) -> File:
    """Write a file and read it back.

    Raises:
        OSError: If the destination is away, or the file is not what was written.
    """
    destination.put(part.name, part.content)
    wanted = digest(part.content)
    if digest(destination.get(part.name)) != wanted:
        raise OSError(f"{part.name} does not read back as it was written")
    return File(name=part.name, rows=part.rows, sha256=wanted, requests=part.requests)


def fetch(destination: Destination, file: File) -> bytes:
    """Read a shipped file and compare it with its digest.

    Raises:
        InputError: If it is not there, or is another.
        OSError: If the destination is away.
    """
    try:
        return _compared(destination, file)
    except FileNotFoundError:
        raise InputError(
            "a shipped file is missing",
            where=f"{destination.shown}/{file.name}",
            next_step="restore it, or ship its segment again",
        ) from None


def _compared(destination: Destination, file: File) -> bytes:
    """Read a shipped file and compare it with its digest; raises `FileNotFoundError` where there is none."""
    content = destination.get(file.name)
    if digest(content) not in (file.sha256, file.then):
        raise InputError(
            "a shipped file was changed",
            where=f"{destination.shown}/{file.name}",
            next_step="restore it, or ship its segment again",
        )
    return content


@contextmanager
def reaching(destination: Destination) -> Iterator[None]:
    """Turn what a system says that is away into an `InputError`."""
    try:
        yield
    except OSError as error:
        raise InputError(
            "what was shipped cannot be read",
            where=destination.shown,
            got=error,
            next_step="check address and credentials, then try again",
        ) from error

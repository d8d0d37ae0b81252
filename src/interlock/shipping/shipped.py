"""Reading what was shipped: rows and outcomes as they were in the segments, and the account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from interlock.errors import InputError
from interlock.serve.ledger import Account, Header, Record, Truth, WriterAccount, add_up
from interlock.serve.ledger.account import Part, of_parts
from interlock.shipping import columns
from interlock.shipping.destination import Destination
from interlock.shipping.manifest import OUTCOMES, ROWS, File, Manifest, digest, manifests
from interlock.shipping.parquet import table_of

__all__ = ["ShippedRows", "fetch", "reaching"]


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
        for content, name in self._contents(ROWS):
            table = table_of(content, name)
            header = columns.header_of(table)
            for record in columns.records(table):
                yield header, record

    def outcomes(self) -> Iterator[Truth]:
        """Yield every outcome, writer by writer.

        Raises:
            InputError: As `records`.
        """
        for content, name in self._contents(OUTCOMES):
            yield from columns.truths(table_of(content, name))

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
                fetch(self.destination, file)
            except InputError as error:
                yield f"{error.what}: {file.name}"

    def _contents(self, folder: str) -> Iterator[tuple[bytes, str]]:
        with reaching(self.destination):
            for manifest in manifests(self.destination):
                for file in manifest.files:
                    if file.name.startswith(f"{folder}/"):
                        yield fetch(self.destination, file), f"{self.destination.shown}/{file.name}"


def fetch(destination: Destination, file: File) -> bytes:
    """Read a shipped file and compare it with its digest.

    Raises:
        InputError: If it is not there, or is another.
        OSError: If the destination is away.
    """
    where = f"{destination.shown}/{file.name}"
    try:
        content = destination.get(file.name)
    except FileNotFoundError:
        raise InputError(
            "a shipped file is missing", where=where, next_step="restore it, or ship its segment again"
        ) from None
    if digest(content) not in (file.sha256, file.then):
        raise InputError(
            "a shipped file was changed", where=where, next_step="restore it, or ship its segment again"
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

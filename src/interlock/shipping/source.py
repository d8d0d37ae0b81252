"""One interface to what a service logged, be it in segments or shipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from interlock.serve.ledger import (
    Account,
    Header,
    Record,
    Truth,
    WriterAccount,
    account,
    outcomes,
    read,
    verify,
)
from interlock.serve.ledger.erasure import read_rows
from interlock.serve.ledger.removal import is_shipped_to
from interlock.shipping.destination import Destination
from interlock.shipping.shipped import ShippedRows

__all__ = ["Segments", "Source", "open_ledger"]


class Source(Protocol):
    """What a service logged."""

    def records(self) -> Iterator[Record]:
        """Yield every row."""
        ...

    def rows(self) -> Iterator[tuple[Header, Record]]:
        """Yield every row after the header that names its inputs."""
        ...

    def outcomes(self) -> Iterator[Truth]:
        """Yield every outcome; of several for one prediction the latest `time` counts."""
        ...

    def writers(self) -> tuple[WriterAccount, ...]:
        """Return the account of each writer, and what does not add up."""
        ...

    def account(self) -> Account:
        """Return the account of all writers."""
        ...


class Segments:
    """The segments of a folder.

    Args:
        folder: The ledger.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def __str__(self) -> str:
        return str(self.folder)

    def records(self) -> Iterator[Record]:
        """Yield every row."""
        return read(self.folder)

    def rows(self) -> Iterator[tuple[Header, Record]]:
        """Yield every row after the header that names its inputs."""
        return ((header, record) for header, records in read_rows(self.folder) for record in records)

    def outcomes(self) -> Iterator[Truth]:
        """Yield every outcome."""
        return outcomes(self.folder)

    def writers(self) -> tuple[WriterAccount, ...]:
        """Return the account of each writer."""
        return verify(self.folder)

    def account(self) -> Account:
        """Return the account of all writers."""
        return account(self.folder)


def open_ledger(address: str | Path) -> Source:
    """Return what was logged at a place.

    Args:
        address: The folder of a ledger, or a folder or an address that one was shipped to.

    Raises:
        InputError: If there is no such scheme.

    Example:
        >>> import tempfile
        >>> open_ledger(tempfile.mkdtemp()).account().received
        0
    """
    if is_shipped_to(address):
        return ShippedRows(Destination.at(str(address)))
    return Segments(address)

"""What every source offers the table: a schema, and batches that can be read again and again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

__all__ = ["BLOCK_BYTES", "Scan"]

#: How much of a text file is parsed at once: large enough for few calls, small beside any memory budget.
BLOCK_BYTES = 2 << 20


class Scan(Protocol):
    """One source of rows. Reading it twice gives the same rows in the same order."""

    @property
    def schema(self) -> Any:
        """The `pyarrow.Schema` of all its columns, those that Interlock cannot use included."""

    def batches(self, names: Sequence[str], size: int) -> Iterator[Any]:
        """Yield record batches that hold at least the columns `names`, from the first row on.

        Args:
            names: Columns of the schema.
            size: Rows a batch that suit the caller; a source that reads in blocks of bytes may exceed it.
        """

    def rows(self) -> int:
        """Return the number of rows."""

    def digest(self) -> str:
        """Return `sha256:` and the digest of the content."""

    def parts(self) -> tuple[Scan, ...]:
        """Return sources that together hold the same rows in the same order and can be sent to a process."""

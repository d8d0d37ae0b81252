"""What is to be done, what was done of it, and the account of all: three small files beside the parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from interlock.deploy.scoring.columns import Counts

__all__ = ["Manifest", "Plan", "Receipt", "manifest_of"]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that what is written depends on.

    Args:
        interlock: The version.
        release: The release's digest.
        contract: The contract's digest.
        source: The digest of the source's content.
        rows: How many rows it has.
        parts: How many rows each part has.
        keep: Columns that are taken along.
        absent: Inputs of the contract that the source is known not to have.
        explain: How many reasons each prediction gets.
        format: Of the parts.
    """

    interlock: str
    release: str
    contract: str
    source: str
    rows: int
    parts: tuple[int, ...]
    keep: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    explain: int = 0
    format: str = "parquet"

    @property
    def digest(self) -> str:
        """Its identity: what is written under another one is another result."""
        return f"sha256:{hashlib.sha256(msgspec.json.encode(self)).hexdigest()}"

    def name(self, number: int) -> str:
        """Return the name of a part's file; it belongs to this plan and to no other.

        Example:
            >>> plan = Plan(interlock="1", release="r", contract="c", source="s", rows=1, parts=(1,))
            >>> plan.name(0)[:11], plan.name(0)[-8:]
            ('part-00000-', '.parquet')
        """
        return f"part-{number:05d}-{self.digest.removeprefix('sha256:')[:12]}.{self.format}"


class Receipt(msgspec.Struct, frozen=True):
    """A part that is there.

    Args:
        number: Its place among the parts.
        name: Its file; empty in a database.
        sha256: Of its bytes; of its rows in a database.
        size: Bytes.
        read: Rows that were read; read = predicted + rejected.
        predicted: Rows that got a prediction.
        rejected: Rows that the contract refused.
        flagged: Predicted rows of which the contract said something.
    """

    number: int
    name: str
    sha256: str
    size: int
    read: int
    predicted: int
    rejected: int
    flagged: int

    @property
    def counts(self) -> Counts:
        """Its account."""
        return Counts(self.read, self.predicted, self.rejected, self.flagged)


class Manifest(msgspec.Struct, frozen=True):
    """The account of a whole result. It is written last: where it is, all is there.

    Args:
        plan: What was done.
        digest: The plan's.
        read: Rows that were read; read = predicted + rejected = the rows of the source.
        predicted: Rows that got a prediction.
        rejected: Rows that the contract refused.
        flagged: Predicted rows of which the contract said something.
        parts: What there is, in order.
    """

    plan: Plan
    digest: str
    read: int
    predicted: int
    rejected: int
    flagged: int
    parts: tuple[Receipt, ...]

    @property
    def counts(self) -> Counts:
        """The account of all parts."""
        return Counts(self.read, self.predicted, self.rejected, self.flagged)


def manifest_of(plan: Plan, receipts: Iterable[Receipt]) -> Manifest:
    """Return the manifest of a finished result.

    Args:
        plan: What was to be done.
        receipts: One for each part.

    Raises:
        ValueError: If the account does not come out: a row is lost or doubled.
    """
    parts: Sequence[Receipt] = sorted(receipts, key=lambda each: each.number)
    total = Counts()
    for part in parts:
        total = total.plus(part.counts)
    whole = tuple(part.read for part in parts) == plan.parts and total.read == plan.rows
    if not whole or any(part.predicted + part.rejected != part.read for part in parts):
        message = f"{plan.rows} rows in {len(plan.parts)} parts were to be read, and {total} came out"
        raise ValueError(message)
    return Manifest(plan, plan.digest, *total, tuple(parts))

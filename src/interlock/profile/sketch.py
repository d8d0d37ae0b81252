"""Many distinct strings in a fixed size: counts by hash, a uniform sample of them, and how many they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from interlock.profile import distinct
from interlock.profile.codec import Reader, Writer
from interlock.profile.hashing import hash_strings

__all__ = ["BUCKETS", "KEPT", "TEXT", "Sketch"]

#: How many counts by hash: the bucket of a string is its hash modulo this.
BUCKETS = 1024
#: How many strings are kept by name: those with the smallest hashes,
KEPT = 512
#: each with so many of its first characters; two strings are told apart by their hashes.
TEXT = 48


class Sketch:
    """A summary of strings that depends on their multiset alone.

    The kept strings have exact counts: a string among the smallest hashes of a union is among them in each
    part in which it occurs. They are a uniform sample of the distinct strings, coordinated between tables.

    Attributes:
        buckets: Counts by hash, int64 [BUCKETS]; linear, so they can be added and compared.
        registers: Of the distinct strings, see `distinct`.
        kept: By hash: the first characters of a string, and its count.

    Source:
        E. Cohen, H. Kaplan, Summarizing data using bottom-k sketches (2007).
    """

    __slots__ = ("buckets", "kept", "registers")

    def __init__(self) -> None:
        self.buckets = np.zeros(BUCKETS, dtype=np.int64)
        self.registers = np.zeros(distinct.REGISTERS, dtype=np.uint8)
        self.kept: dict[int, tuple[str, int]] = {}

    def update(self, texts: Sequence[str], hashes: NDArray[np.uint64], counts: NDArray[np.int64]) -> None:
        """Add strings, given with their hashes and how often each occurs."""
        distinct.observe(self.registers, hashes)
        np.add.at(self.buckets, (hashes % np.uint64(BUCKETS)).astype(np.intp), counts)
        for index in self._candidates(hashes).tolist():
            self._keep(int(hashes[index]), texts[index][:TEXT], int(counts[index]))
        self._shrink()

    def merge(self, other: Sketch) -> None:
        """Add the strings of another sketch."""
        np.maximum(self.registers, other.registers, out=self.registers)
        self.buckets += other.buckets
        for hashed, (text, count) in other.kept.items():
            self._keep(hashed, text, count)
        self._shrink()

    @property
    def n(self) -> int:
        """How many strings."""
        return int(self.buckets.sum())

    @property
    def distinct(self) -> int:
        """The number of distinct strings: exact while all are kept, else estimated (standard error 1.6 %)."""
        if len(self.kept) < KEPT:
            return len(self.kept)
        return max(KEPT, min(self.n, round(distinct.estimate(self.registers))))

    def sample(self) -> dict[str, int]:
        """Return the kept strings, shortened, with their counts; those that look alike then are added."""
        result: dict[str, int] = {}
        for text, count in self.kept.values():
            result[text] = result.get(text, 0) + count
        return result

    def count(self, value: str) -> int:
        """Return the exact count of a kept string, else an upper bound: the rest of its bucket."""
        hashed = int(hash_strings([value])[0])
        if hashed in self.kept:
            return self.kept[hashed][1]
        if len(self.kept) < KEPT:
            return 0
        same = sum(count for other, (_, count) in self.kept.items() if other % BUCKETS == hashed % BUCKETS)
        return int(self.buckets[hashed % BUCKETS]) - same

    def withhold(self, fewest: int) -> None:
        """Name the kept strings that fewer than `fewest` rows hold by their hashes."""
        self.kept = {
            hashed: (text if count >= fewest else f"#{hashed:016x}", count)
            for hashed, (text, count) in self.kept.items()
        }

    def write(self, writer: Writer) -> None:
        """Write the canonical bytes."""
        hashes = sorted(self.kept)
        writer.array(self.buckets)
        writer.block(self.registers.tobytes())
        writer.array(np.array(hashes, dtype=np.uint64))
        writer.array(np.array([self.kept[hashed][1] for hashed in hashes], dtype=np.int64))
        for hashed in hashes:
            writer.text(self.kept[hashed][0])

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read what `write` wrote; raises `InputError` if it makes no sense."""
        result = cls()
        result.buckets = reader.array().astype(np.int64)
        result.registers = distinct.read(reader)
        hashes, counts = reader.array().tolist(), reader.array().tolist()
        result.kept = {hashed: (reader.text(), count) for hashed, count in zip(hashes, counts, strict=True)}
        if len(result.buckets) != BUCKETS or not 0 < len(hashes) <= KEPT:
            raise reader.error("a sketch of another size")
        if (
            min(counts) < 1
            or sum(counts) > result.n
            or any(len(text) > TEXT for text, _ in result.kept.values())
        ):
            raise reader.error("a sketch out of its limits")
        return result

    def _candidates(self, hashes: NDArray[np.uint64]) -> NDArray[np.intp]:
        if len(self.kept) >= KEPT:
            return np.flatnonzero(hashes <= np.uint64(max(self.kept)))
        if len(hashes) > KEPT:
            return np.flatnonzero(hashes <= np.partition(np.unique(hashes), KEPT - 1)[KEPT - 1])
        return np.arange(len(hashes))

    def _keep(self, hashed: int, text: str, count: int) -> None:
        if hashed in self.kept:
            known, before = self.kept[hashed]
            text, count = min(known, text), before + count
        self.kept[hashed] = (text, count)

    def _shrink(self) -> None:
        if len(self.kept) > KEPT:
            self.kept = {hashed: self.kept[hashed] for hashed in sorted(self.kept)[:KEPT]}

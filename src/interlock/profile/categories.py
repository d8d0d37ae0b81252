"""Counts of strings: exact while there are few distinct ones, beyond that a sketch of a fixed size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.profile.codec import Reader, Writer, decode
from interlock.profile.hashing import hash_strings
from interlock.profile.sketch import Sketch

__all__ = ["BUDGET", "TEXT_BUDGET", "Categories"]

#: The most distinct strings that are counted exactly,
BUDGET = 4096
#: and the most UTF-8 bytes that they may have together.
TEXT_BUDGET = 1 << 17

_HEADER = b"ILc1"


class Categories:
    """How often each string of a column occurs.

    Up to `BUDGET` distinct strings of up to `TEXT_BUDGET` bytes together each has its exact count. Beyond
    that a `Sketch` takes over. Which of the two depends on the set of strings alone, so `a + b` equals the
    categories of the concatenation to the byte. The empty string is a string like any other.

    Example:
        >>> categories = Categories.from_strings(["JFK", "LGA", "JFK"])
        >>> categories.n, categories.distinct, categories.top(1)
        (3, 2, [('JFK', 2)])
    """

    __slots__ = ("_bytes", "_counts", "_sketch")

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._bytes = 0
        self._sketch: Sketch | None = None

    @classmethod
    def from_strings(cls, values: Sequence[str]) -> Self:
        """Return the categories of some strings."""
        result = cls()
        codes, dictionary = _factorize(values)
        result.update(codes, dictionary)
        return result

    def update(self, codes: NDArray[np.integer], dictionary: Sequence[str] | NDArray[np.object_]) -> None:
        """Add strings.

        Args:
            codes: Which string of `dictionary` each row holds, shape [n]; no nulls among them.
            dictionary: Strings, not necessarily all used.
        """
        if codes.size:
            self.add(np.bincount(codes, minlength=len(dictionary)), dictionary)

    def add(self, counts: NDArray[np.int64], strings: Sequence[str] | NDArray[np.object_]) -> None:
        """Add strings with their counts.

        Args:
            counts: How often each string occurs, 0 or more, shape [n].
            strings: n strings.
        """
        used = np.flatnonzero(counts)
        texts = [strings[index] for index in used.tolist()]
        if self._sketch is None and len(set(texts)) <= BUDGET:
            self._count(zip(texts, counts[used].tolist(), strict=True))
        else:
            self._to_sketch().update(texts, hash_strings(texts), counts[used])

    def merge(self, other: Categories) -> None:
        """Add the strings of other categories."""
        if other._sketch is not None:
            self._to_sketch().merge(other._sketch)
        else:
            self.add(np.fromiter(other._counts.values(), np.int64, len(other._counts)), list(other._counts))

    def __add__(self, other: Categories) -> Self:
        result = type(self)()
        result.merge(self)
        result.merge(other)
        return result

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Categories) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Categories(n={self.n}, distinct={self.distinct}, exact={self.exact})"

    @property
    def exact(self) -> bool:
        """Whether every distinct string has its own exact count."""
        return self._sketch is None

    @property
    def n(self) -> int:
        """How many strings."""
        return sum(self._counts.values()) if self._sketch is None else self._sketch.n

    @property
    def distinct(self) -> int:
        """The number of distinct strings: exact, or estimated (standard error 1.6 %)."""
        return len(self._counts) if self._sketch is None else self._sketch.distinct

    @property
    def counts(self) -> Mapping[str, int]:
        """The known strings with exact counts; where not `exact`, a uniform sample of the distinct ones."""
        return dict(self._counts) if self._sketch is None else self._sketch.sample()

    def top(self, k: int = 10) -> list[tuple[str, int]]:
        """Return the most frequent known strings and their counts, among equals in alphabetical order.

        Where not `exact`, they are the most frequent ones of a uniform sample of the distinct strings: each
        count is exact, but a more frequent string may be missing.
        """
        return sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[:k]

    def count(self, value: str) -> int:
        """Return how often `value` occurs; where not `exact` and not in the sample, an upper bound."""
        return self._counts.get(value, 0) if self._sketch is None else self._sketch.count(value)

    def buckets(self) -> NDArray[np.int64]:
        """Return the counts by hash, shape [1024]: any two categories can be compared by them."""
        return self._sketched().buckets.copy()

    def withhold(self, fewest: int) -> None:
        """Take away the names of strings that fewer than `fewest` rows hold.

        Such a string is named `#` and its hash in hexadecimal digits: it cannot be read, though who guesses
        it can tell. Buckets, counts and the number of distinct strings stay what they are. Where names were
        withheld it is not `exact` any more.

        Example:
            >>> categories = Categories.from_strings(["late", "late", "Ada fell ill"])
            >>> categories.withhold(2)
            >>> [text for text, _ in categories.top() if not text.startswith("#")]
            ['late']
        """
        if min(self.counts.values(), default=fewest) < fewest:
            self._to_sketch().withhold(fewest)

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        writer = Writer(_HEADER)
        writer.unsigned(self.exact)
        if self._sketch is not None:
            self._sketch.write(writer)
        else:
            texts = sorted(self._counts)
            writer.array(np.array([self._counts[text] for text in texts], dtype=np.int64))
            for text in texts:
                writer.text(text)
        return writer.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the categories that `to_bytes` wrote; raises `InputError` on any other bytes."""
        return decode(data, _HEADER, "set of categories", cls._read, cls.to_bytes)

    @classmethod
    def _read(cls, reader: Reader) -> Self:
        result = cls()
        if reader.unsigned():
            counts = reader.array().tolist()
            result._count((reader.text(), count) for count in counts)
            result._check(reader.error)
        else:
            result._sketch = Sketch.read(reader)
        reader.finish()
        return result

    def _check(self, error: Callable[[str], InputError]) -> None:
        if self._sketch is not None or min(self._counts.values(), default=1) < 1:
            raise error("counts out of range")

    def _count(self, pairs: Iterable[tuple[str, int]]) -> None:
        counts = self._counts
        for text, count in pairs:
            if text in counts:
                counts[text] += count
            else:
                counts[text] = count
                self._bytes += len(text.encode("utf-8", "surrogatepass"))
        if len(counts) > BUDGET or self._bytes > TEXT_BUDGET:
            self._to_sketch()

    def _to_sketch(self) -> Sketch:
        self._sketch = self._sketched()
        self._counts, self._bytes = {}, 0
        return self._sketch

    def _sketched(self) -> Sketch:
        if self._sketch is not None:
            return self._sketch
        result, texts = Sketch(), list(self._counts)
        result.update(texts, hash_strings(texts), np.fromiter(self._counts.values(), np.int64, len(texts)))
        return result


def _factorize(values: Sequence[str]) -> tuple[NDArray[np.int32], list[str]]:
    places: dict[str, int] = {}
    codes = [places.setdefault(value, len(places)) for value in values]
    return np.array(codes, dtype=np.int32), list(places)

"""The profile of one column: what it holds, what is missing, and how its values are distributed."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from copy import deepcopy
from typing import Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.profile.categories import Categories
from interlock.profile.codec import Reader, Writer, decode
from interlock.profile.exact import are_whole
from interlock.profile.histogram import Histogram
from interlock.profile.moments import Moments
from interlock.profile.values import KINDS, Kind, Values

__all__ = ["ColumnProfile"]

_HEADER = b"ILC1"
_CHUNK = 1 << 16
_NARROW = 1 << 16  # a chunk of integers with this range is tallied first

N = TypeVar("N", bound=np.generic)


class ColumnProfile:
    """The profile of one column; profiles of parts add up to the profile of the whole, to the byte.

    Args:
        kind: As in `Values`.

    Attributes:
        kind: As given; `+` and `update` refuse another kind.
        rows: How many rows, nulls included.
        nulls: How many rows hold no value.
        nans: How many hold NaN.
        positive_infinities: How many hold infinity.
        negative_infinities: How many hold minus infinity.
        empties: How many hold the empty string; they are among the categories, too.
        moments: Of the finite values (booleans 0, 1; timestamps microseconds of 1970 on); None for strings.
        histogram: Of the same values as float64; None for strings.
        categories: Of the strings; None for other kinds.
        lengths: The strings' lengths in characters; None for other kinds.

    Example:
        >>> column = ColumnProfile.of(Values("number", np.array([1.5, np.nan, 2.5])))
        >>> column.rows, column.nans, column.mean
        (3, 1, 2.0)
    """

    __slots__ = (
        "categories",
        "empties",
        "histogram",
        "kind",
        "lengths",
        "moments",
        "nans",
        "negative_infinities",
        "nulls",
        "positive_infinities",
        "rows",
    )

    def __init__(self, kind: Kind) -> None:
        string = kind == "string"
        self.kind = kind
        self.rows = self.nulls = self.nans = self.positive_infinities = self.negative_infinities = (
            self.empties
        ) = 0
        self.moments = None if string else Moments()
        self.histogram = None if string else Histogram()
        self.categories = Categories() if string else None
        self.lengths = Histogram() if string else None

    @classmethod
    def of(cls, values: Values) -> Self:
        """Return the profile of one batch."""
        result = cls(values.kind)
        result.update(values)
        return result

    def update(self, values: Values) -> None:
        """Add a batch.

        Args:
            values: One column of it, of this profile's kind.

        Raises:
            InputError: The kind is another.
        """
        self._same_kind(values.kind)
        data = values.data if values.valid is None else values.data[values.valid]
        self.rows += len(values.data)
        self.nulls += len(values.data) - len(data)
        if self.kind == "string":
            self._update_strings(data.astype(np.int64), values.dictionary)
        elif self.kind == "number":
            self._update_numbers(self._finite(data.astype(np.float64, copy=False)))
        else:
            self._update_integers(data.astype(np.int64, copy=False))

    def merge(self, other: ColumnProfile) -> None:
        """Add the rows of another profile of the same kind."""
        self._same_kind(other.kind)
        for name in ("rows", "nulls", "nans", "positive_infinities", "negative_infinities", "empties"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for mine, theirs in zip(self._summaries(), other._summaries(), strict=True):
            mine.merge(theirs)  # type: ignore[arg-type]

    def __add__(self, other: ColumnProfile) -> Self:
        result = deepcopy(self)
        result.merge(other)
        return result

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ColumnProfile) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ColumnProfile({self.kind}, rows={self.rows}, nulls={self.nulls}, distinct={self.distinct})"

    @property
    def infinities(self) -> int:
        """How many rows hold an infinity of either sign."""
        return self.positive_infinities + self.negative_infinities

    @property
    def n(self) -> int:
        """How many rows hold a value that is neither null, nor NaN, nor infinite."""
        return self.rows - self.nulls - self.nans - self.infinities

    @property
    def minimum(self) -> float:
        """The smallest finite value; NaN if there is none, and for strings."""
        return math.nan if self.moments is None else self.moments.minimum

    @property
    def maximum(self) -> float:
        """The largest finite value; NaN if there is none, and for strings."""
        return math.nan if self.moments is None else self.moments.maximum

    @property
    def mean(self) -> float:
        """The mean of the finite values; NaN if there is none, and for strings."""
        return math.nan if self.moments is None else self.moments.mean

    @property
    def std(self) -> float:
        """The standard deviation (ddof = 1) of the finite values; NaN for fewer than two, and for strings."""
        return math.nan if self.moments is None else self.moments.std

    @property
    def distinct(self) -> int:
        """The number of distinct finite values or strings: exact up to 4,096, else within about 1.6 %."""
        summary = self.histogram if self.categories is None else self.categories
        return 0 if summary is None else summary.distinct

    @overload
    def quantile(self, q: float) -> float: ...
    @overload
    def quantile(self, q: NDArray[np.float64] | list[float]) -> NDArray[np.float64]: ...
    def quantile(self, q: float | NDArray[np.float64] | list[float]) -> float | NDArray[np.float64]:
        """Return quantiles of the finite values, see `Histogram.quantile`.

        Raises:
            InputError: The column holds strings.
        """
        return self._distribution().quantile(q)

    @overload
    def cdf(self, x: float) -> float: ...
    @overload
    def cdf(self, x: NDArray[np.float64] | list[float]) -> NDArray[np.float64]: ...
    def cdf(self, x: float | NDArray[np.float64] | list[float]) -> float | NDArray[np.float64]:
        """Return the share of finite values that are at most `x`.

        Raises:
            InputError: The column holds strings.
        """
        return self._distribution().cdf(x)

    def top(self, k: int = 10) -> list[tuple[str, int]] | list[tuple[float, int]]:
        """Return the most frequent values and their counts.

        Strings: see `Categories.top`. Other kinds: the fullest cells of the histogram, each by the middle of
        what it can hold, which is the value itself in an `exact` histogram.
        """
        if self.categories is not None:
            return self.categories.top(k)
        return self._distribution().top(k)

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        writer = Writer(_HEADER)
        writer.text(self.kind)
        for value in self._counters():
            writer.unsigned(value)
        for summary in self._summaries():
            writer.block(summary.to_bytes())
        return writer.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the profile that `to_bytes` wrote; raises `InputError` on any other bytes."""
        return decode(data, _HEADER, "column profile", cls._read, cls.to_bytes)

    @property
    def digest(self) -> str:
        """`sha256:` and 64 hexadecimal digits: equal for equal profiles, on every machine."""
        return f"sha256:{hashlib.sha256(self.to_bytes()).hexdigest()}"

    @classmethod
    def _read(cls, reader: Reader) -> Self:
        kind = reader.text()
        if kind not in KINDS:
            raise reader.error(f"the kind {kind!r}")
        result = cls(kind)
        result.rows, result.nulls, result.nans = reader.unsigned(), reader.unsigned(), reader.unsigned()
        result.positive_infinities, result.negative_infinities = reader.unsigned(), reader.unsigned()
        result.empties = reader.unsigned()
        if kind == "string":
            result.categories = Categories.from_bytes(reader.block())
            result.lengths = Histogram.from_bytes(reader.block())
        else:
            result.moments = Moments.from_bytes(reader.block())
            result.histogram = Histogram.from_bytes(reader.block())
        reader.finish()
        if any(summary.n != result.n for summary in result._summaries()):
            raise reader.error("the counts contradict each other")
        return result

    def _counters(self) -> tuple[int, ...]:
        infinities = self.positive_infinities, self.negative_infinities
        return (self.rows, self.nulls, self.nans, *infinities, self.empties)

    def _summaries(self) -> list[Moments | Histogram | Categories]:
        parts = (self.moments, self.histogram) if self.categories is None else (self.categories, self.lengths)
        return [part for part in parts if part is not None]

    def _same_kind(self, kind: Kind) -> None:
        if kind != self.kind:
            raise InputError(
                f"a column of kind {self.kind} cannot take values of kind {kind}",
                next_step="read all parts of the table with the same schema",
            )

    def _distribution(self) -> Histogram:
        if self.histogram is None:
            raise InputError("strings have no order here", got=self.kind, next_step="use `top`, or `lengths`")
        return self.histogram

    def _update_strings(self, codes: NDArray[np.int64], dictionary: NDArray[np.object_] | None) -> None:
        if codes.size == 0 or dictionary is None or self.categories is None or self.lengths is None:
            return
        counts = np.bincount(codes, minlength=len(dictionary))
        used = np.flatnonzero(counts)
        strings, counts = dictionary[used].tolist(), counts[used]
        lengths = np.fromiter(map(len, strings), np.int64, len(strings))
        self.empties += int(counts[lengths == 0].sum())
        self.categories.add(counts, strings)
        self.lengths.update(lengths, counts)

    def _finite(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        finite = np.isfinite(data)
        if finite.all():
            return data
        self.nans += int(np.isnan(data).sum())
        self.positive_infinities += int((data == math.inf).sum())
        self.negative_infinities += int((data == -math.inf).sum())
        return data[finite]

    def _update_numbers(self, data: NDArray[np.float64]) -> None:
        for chunk in _chunks(data):
            if are_whole(chunk):
                values, counts = _tally(chunk.astype(np.int64))
                self._take(chunk if counts is None else values.astype(np.float64), counts)
            else:
                self._take(chunk, None)

    def _update_integers(self, data: NDArray[np.int64]) -> None:
        for chunk in _chunks(data):
            self._take(*_tally(chunk))

    def _take(
        self, values: NDArray[np.float64] | NDArray[np.int64], counts: NDArray[np.int64] | None
    ) -> None:
        if self.moments is not None and self.histogram is not None:
            self.moments.update(values, counts)
            self.histogram.update(values, counts)


def _chunks(data: NDArray[N]) -> Iterator[NDArray[N]]:
    for start in range(0, len(data), _CHUNK):
        yield data[start : start + _CHUNK]


def _tally(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    """Count the distinct integers where they are few; most real columns are like that."""
    low, high = int(values.min()), int(values.max())
    if high - low >= min(_NARROW, 8 * len(values)):
        return values, None
    table = np.bincount(values - low)
    found = np.flatnonzero(table)
    return found + low, table[found]

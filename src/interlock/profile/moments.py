"""Count, extremes, mean and variance from exact sums: the same to the last bit in any order."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from fractions import Fraction
from typing import Self

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.profile.codec import Reader, Writer, decode
from interlock.profile.exact import LARGEST_CHUNK, UNIT, are_whole, float_sums, integer_sums

__all__ = ["Moments"]

_HEADER = b"ILm1"
_ROOT_BITS = 64  # of a square root, before its one rounding: more than 53 and a guard


class Moments:
    """The count, the extremes and the exact sums of a column's finite values.

    Sum and sum of squares are integers in units of 2**-1074 and 2**-2148, so `a + b` equals the moments of
    the concatenation whatever the batches, and nothing cancels at any offset.

    Attributes:
        n: How many values.

    Example:
        >>> moments = Moments.from_values(np.array([1e9 + 1, 1e9 + 2, 1e9 + 3]))
        >>> moments.mean, moments.variance
        (1000000002.0, 1.0)
    """

    __slots__ = ("_high", "_low", "_squares", "_sum", "n")

    def __init__(self) -> None:
        self.n = 0
        self._sum = 0
        self._squares = 0
        self._low: float | int | None = None
        self._high: float | int | None = None

    @classmethod
    def from_values(cls, values: NDArray[np.generic]) -> Self:
        """Return the moments of some values; see `update`."""
        result = cls()
        result.update(values)
        return result

    def update(self, values: NDArray[np.generic], counts: NDArray[np.int64] | None = None) -> None:
        """Add values.

        Args:
            values: Finite; an integer or boolean array is taken exactly, any other as float64. Shape [n].
            counts: How often each occurs, shape [n]; None is once.

        Raises:
            InputError: A value is infinite or NaN.
        """
        whole = values.dtype.kind in "biu"
        array = values.astype(np.int64 if whole else np.float64, copy=False).ravel()
        if array.size == 0:
            return
        low, high = array.min().item(), array.max().item()
        if not (math.isfinite(low) and math.isfinite(high)):
            raise InputError(
                "moments take finite values", got=f"{low} to {high}", next_step="count the others apart"
            )
        self._extend(low + 0, high + 0)
        for start in range(0, array.size, LARGEST_CHUNK):
            part = slice(start, start + LARGEST_CHUNK)
            self._add(array[part], None if counts is None else counts[part])

    def merge(self, other: Moments) -> None:
        """Add the values of another column."""
        if other._low is None or other._high is None:
            return
        self.n += other.n
        self._sum += other._sum
        self._squares += other._squares
        self._extend(other._low, other._high)

    def __add__(self, other: Moments) -> Self:
        result = copy(self)
        result.merge(other)
        return result

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Moments) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return (
            f"Moments(n={self.n}, mean={self.mean:g}, std={self.std:g}, {self.minimum:g} to {self.maximum:g})"
        )

    @property
    def minimum(self) -> float:
        """The smallest value (an `int` if all were integers), NaN if there is none."""
        return math.nan if self._low is None else self._low

    @property
    def maximum(self) -> float:
        """The largest value (an `int` if all were integers), NaN if there is none."""
        return math.nan if self._high is None else self._high

    @property
    def total(self) -> Fraction:
        """The exact sum."""
        return Fraction(self._sum, 1 << UNIT)

    @property
    def squares(self) -> Fraction:
        """The exact sum of squares."""
        return Fraction(self._squares, 1 << (2 * UNIT))

    @property
    def mean(self) -> float:
        """The mean, correctly rounded; NaN if there are no values."""
        return self._sum / (self.n << UNIT) if self.n else math.nan

    @property
    def variance(self) -> float:
        """The sample variance (ddof = 1), correctly rounded; NaN for fewer than two values."""
        if self.n < 2:
            return math.nan
        return _divide(*self._variance())

    @property
    def std(self) -> float:
        """The sample standard deviation (ddof = 1), correctly rounded; NaN for fewer than two values."""
        if self.n < 2:
            return math.nan
        return _root(*self._variance())

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        writer = Writer(_HEADER)
        writer.unsigned(self.n)
        if self.n:
            _write_scaled(writer, self._sum)
            _write_scaled(writer, self._squares)
            _write_extreme(writer, self.minimum)
            _write_extreme(writer, self.maximum)
        return writer.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the moments that `to_bytes` wrote; raises `InputError` on any other bytes."""
        return decode(data, _HEADER, "set of moments", cls._read, cls.to_bytes)

    @classmethod
    def _read(cls, reader: Reader) -> Self:
        result = cls()
        result.n = reader.unsigned()
        if result.n:
            result._sum, result._squares = _read_scaled(reader), _read_scaled(reader)
            result._low, result._high = _read_extreme(reader), _read_extreme(reader)
            result._check(reader.error)
        reader.finish()
        return result

    def _check(self, error: Callable[[str], InputError]) -> None:
        low, high = (Fraction(value) * self.n for value in (self.minimum, self.maximum))
        if not low <= self.total <= high or self._variance()[0] < 0:
            raise error("the sums contradict the extremes")

    def _add(self, values: NDArray[np.generic], counts: NDArray[np.int64] | None) -> None:
        self.n += len(values) if counts is None else int(counts.sum())
        if values.dtype == np.int64 or are_whole(values.view(np.float64)):
            total, squares = integer_sums(values.astype(np.int64, copy=False), counts)
            self._sum += total << UNIT
            self._squares += squares << (2 * UNIT)
        else:
            total, squares = float_sums(values.view(np.float64), counts)
            self._sum += total
            self._squares += squares

    def _extend(self, low: float, high: float) -> None:
        lows = [low] if self._low is None else [self._low, low]
        highs = [high] if self._high is None else [self._high, high]
        kind = float if any(isinstance(value, float) for value in lows + highs) else int
        self._low, self._high = kind(min(lows)), kind(max(highs))

    def _variance(self) -> tuple[int, int]:
        return self.n * self._squares - self._sum**2, (self.n * (self.n - 1)) << (2 * UNIT)


def _divide(numerator: int, denominator: int) -> float:
    try:
        return numerator / denominator
    except OverflowError:
        return math.inf


def _root(numerator: int, denominator: int) -> float:
    shift = max(0, denominator.bit_length() - numerator.bit_length() + 2 * _ROOT_BITS)
    shift += shift % 2
    quotient, rest = divmod(numerator << shift, denominator)
    root = math.isqrt(quotient)
    inexact = bool(rest) or root * root != quotient
    return _divide(2 * root + inexact, 1 << (shift // 2 + 1))


def _write_scaled(writer: Writer, value: int) -> None:
    zeros = (value & -value).bit_length() - 1 if value else 0
    writer.unsigned(zeros)
    writer.integer(value >> zeros)


def _read_scaled(reader: Reader) -> int:
    zeros = reader.unsigned()
    if zeros > 1 << 14:
        raise reader.error("a sum is out of range")
    return reader.integer() << zeros


def _write_extreme(writer: Writer, value: float) -> None:
    whole = isinstance(value, int)
    writer.unsigned(whole)
    if whole:
        writer.integer(int(value))
    else:
        writer.number(value)


def _read_extreme(reader: Reader) -> float:
    return reader.integer() if reader.unsigned() else reader.number()

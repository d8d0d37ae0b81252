"""Exact sums: no order of addition, no machine and no batching can change a bit of them."""

from __future__ import annotations

import math
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST_CHUNK", "UNIT", "are_whole", "float_sums", "integer_sums"]

Limb = tuple[NDArray[np.float64] | NDArray[np.int64], int]

#: Sums are integers in units of 2**-UNIT (the smallest float64), sums of squares in its square.
UNIT = 1074
#: So many values go into one call: partial sums stay below 2**53 and 2**63, and the arrays in the cache.
LARGEST_CHUNK = 1 << 14

_EXPONENT = 0x7FF
_FLOAT_LIMB = 19  # twice that, and 14 bits for a chunk, are 52
_MOST_LIMBS = 7
_FAR = 300  # an exponent so far from 0 that the squares of the limbs might overflow or underflow
_MANTISSA = 52
_LIMB = 18
_WHOLE = 2.0**53
_GLANCE = 64  # most columns of fractions show one here
_INTEGER_LIMB = 23


def are_whole(values: NDArray[np.float64]) -> bool:
    """Return whether all values are whole numbers below 2**53, so that int64 arithmetic on them is exact.

    Example:
        >>> are_whole(np.array([1.0, -3.0])), are_whole(np.array([0.5])), are_whole(np.array([1e300]))
        (True, False, False)
    """
    few = values[:_GLANCE]
    if not np.array_equal(few, np.floor(few)):
        return False
    return bool(np.abs(values).max(initial=0) < _WHOLE) and np.array_equal(values, np.floor(values))


def integer_sums(values: NDArray[np.int64], counts: NDArray[np.int64] | None = None) -> tuple[int, int]:
    """Return the sum and the sum of squares of integers.

    Args:
        values: Any int64, shape [n], n from 1 to `LARGEST_CHUNK`, or to 2**16 with counts.
        counts: How often each occurs; None is once.

    Returns:
        Two exact integers, in units of 1.

    Example:
        >>> integer_sums(np.array([2**62, 2**62, 1]))
        (9223372036854775809, 42535295865117307932921825928971026433)
    """
    low = int(values.min())
    offsets = values.view(np.uint64) - np.uint64(low & 0xFFFF_FFFF_FFFF_FFFF)
    largest = int(offsets.max())
    n = len(values) if counts is None else int(counts.sum())
    if counts is not None and n * largest**2 >= 1 << 63:
        return _slow_sums(values.tolist(), counts)
    total, squares = _offset_sums(offsets, largest, counts)
    return n * low + total, n * low**2 + 2 * low * total + squares


def float_sums(values: NDArray[np.float64], counts: NDArray[np.int64] | None = None) -> tuple[int, int]:
    """Return the sum and the sum of squares of floating point numbers.

    Each number is cut into limbs of 19 bits at the same places, so that sums of limbs and of their products
    are integers below 2**53, which float64 holds exactly. Numbers too far apart for a few cuts go into a
    superaccumulator.

    Args:
        values: Finite, shape [n], n from 1 to `LARGEST_CHUNK`.
        counts: How often each occurs; None is once. A slow path, for few values.

    Returns:
        Two exact integers, in units of 2**-1074 and 2**-2148.

    Source:
        S. Rump, T. Ogita, S. Oishi, Accurate floating-point summation (2008), for the cuts; U. Kulisch,
        Computer arithmetic and validity (2013), chapter 8, for the superaccumulator.

    Example:
        >>> total, squares = float_sums(np.array([1e300, 0.5, -1e300]))
        >>> total == 1 << (UNIT - 1)
        True
    """
    if counts is not None:
        return _slow_sums([_fixed(value) for value in values.tolist()], counts)
    limbs = _cut(values)
    return _accumulate(values) if limbs is None else _combine(limbs, UNIT)


def _cut(values: NDArray[np.float64]) -> list[Limb] | None:
    """Cut numbers into limbs, whole numbers and the exponent of their unit; None if a few do not do."""
    top = math.frexp(float(np.abs(values).max()))[1]
    if abs(top) > _FAR:
        return None
    limbs: list[Limb] = []
    rest = values
    for unit in range(top - _FLOAT_LIMB, top - _FLOAT_LIMB * (_MOST_LIMBS + 1), -_FLOAT_LIMB):
        shift = math.ldexp(1.5, _MANTISSA + unit)
        limb = (rest + shift) - shift
        rest = rest - limb
        limbs.append((limb * math.ldexp(1, -unit), unit))
        if not rest.any():
            return limbs
    return None


def _combine(limbs: list[Limb], point: int) -> tuple[int, int]:
    """Return the sums in units of `2**-point` and its square."""
    total = sum(int(limb.sum()) << (unit + point) for limb, unit in limbs)
    squares = 0
    for (one, unit), (other, another) in combinations_with_replacement(limbs, 2):
        product = int(np.einsum("i,i->", one, other)) << (unit + another + 2 * point)
        squares += product if unit == another else 2 * product
    return total, squares


def _accumulate(values: NDArray[np.float64]) -> tuple[int, int]:
    """Sum limbs of the mantissas by exponent: a superaccumulator made of `bincount`."""
    bits = values.view(np.int64)
    exponents = (bits >> _MANTISSA) & _EXPONENT
    mantissas = (bits & ((1 << _MANTISSA) - 1)) | (np.minimum(exponents, 1) << _MANTISSA)
    a, b, c = (((mantissas >> place * _LIMB) & (2**_LIMB - 1)).astype(np.float64) for place in range(3))
    low = int(exponents.min())
    groups = exponents - low
    shifts = [max(exponent, 1) - 1 for exponent in range(low, low + int(groups.max()) + 1)]
    total = _gather(groups, [np.copysign(a, values), np.copysign(b + c * 2.0**_LIMB, values)], shifts)
    products = [a * a, 2 * a * b, 2 * a * c + b * b, 2 * b * c, c * c]
    return total, _gather(groups, products, [2 * shift for shift in shifts])


def _gather(groups: NDArray[np.int64], limbs: list[NDArray[np.float64]], shifts: list[int]) -> int:
    total = 0
    for place, limb in enumerate(limbs):
        sums = np.bincount(groups, weights=limb)
        for group in np.flatnonzero(sums).tolist():
            total += int(sums[group]) << (shifts[group] + place * _LIMB)
    return total


def _offset_sums(
    offsets: NDArray[np.uint64], largest: int, counts: NDArray[np.int64] | None
) -> tuple[int, int]:
    if counts is not None:
        weighted = offsets.view(np.int64) * counts
        return int(weighted.sum()), int(np.dot(weighted, offsets.view(np.int64)))
    units = range(0, max(1, largest.bit_length()), _INTEGER_LIMB)
    mask = np.uint64((1 << _INTEGER_LIMB) - 1)
    return _combine([(((offsets >> np.uint64(unit)) & mask).view(np.int64), unit) for unit in units], 0)


def _slow_sums(values: list[int], counts: NDArray[np.int64] | None) -> tuple[int, int]:
    weights = [1] * len(values) if counts is None else counts.tolist()
    total = sum(value * weight for value, weight in zip(values, weights, strict=True))
    return total, sum(value * value * weight for value, weight in zip(values, weights, strict=True))


def _fixed(value: float) -> int:
    numerator, denominator = value.as_integer_ratio()
    return (numerator << UNIT) // denominator

"""How many distinct values there are, in 4 KiB: HyperLogLog, which depends on the set alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from interlock.profile.codec import Reader

__all__ = ["HIGHEST_RANK", "REGISTERS", "estimate", "mix", "observe", "read"]

#: The number of registers; the relative standard error is 1.04 / sqrt(REGISTERS) = 1.6 %.
REGISTERS = 4096

_INDEX_BITS = 12
_REST_BITS = 64 - _INDEX_BITS

#: A register never holds more.
HIGHEST_RANK = _REST_BITS + 1


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return a 64-bit hash of each 64-bit integer: the finaliser of SplitMix64, a bijection.

    Args:
        values: Shape [n].

    Returns:
        Shape [n].

    Source:
        G. Steele, D. Lea, C. Flood, Fast splittable pseudorandom number generators (2014); variant 13 of
        D. Stafford's mixers.

    Example:
        >>> f"{mix(np.array([0x9E3779B97F4A7C15], dtype=np.uint64))[0]:x}"
        'e220a8397b1dcdaf'
    """
    hashed = values ^ (values >> np.uint64(30))
    hashed *= np.uint64(0xBF58476D1CE4E5B9)
    hashed ^= hashed >> np.uint64(27)
    hashed *= np.uint64(0x94D049BB133111EB)
    hashed ^= hashed >> np.uint64(31)
    return hashed


def observe(registers: NDArray[np.uint8], hashes: NDArray[np.uint64]) -> None:
    """Take hashes into the registers, in place.

    A register is named by the high 12 bits of a hash; it keeps the largest rank seen, which is one more than
    the number of zeros that the other 52 bits begin with. Two sets' registers unite by `np.maximum`.

    Args:
        registers: Shape [REGISTERS], zeros at the start.
        hashes: Shape [n].

    Source:
        P. Flajolet et al., HyperLogLog: the analysis of a near-optimal cardinality estimator (2007).

    Example:
        >>> registers = np.zeros(REGISTERS, dtype=np.uint8)
        >>> observe(registers, np.array([1 << 51], dtype=np.uint64))
        >>> int(registers[0])
        1
    """
    rest = hashes & np.uint64((1 << _REST_BITS) - 1)
    lowest = int(registers.min())
    if lowest:  # most hashes cannot raise any register any more
        able = np.flatnonzero(rest < np.uint64(1 << max(0, _REST_BITS - lowest)))
        hashes, rest = hashes[able], rest[able]
    ranks = (_REST_BITS + 1 - np.frexp(rest.astype(np.float64))[1]).astype(np.uint8)
    np.maximum.at(registers, (hashes >> np.uint64(_REST_BITS)).astype(np.intp), ranks)


def estimate(registers: NDArray[np.uint8]) -> float:
    """Return the estimated number of distinct values.

    Args:
        registers: Shape [REGISTERS].

    Returns:
        0 to 2**64; standard error 1.6 % at any size.

    Source:
        O. Ertl, New cardinality estimation algorithms for HyperLogLog sketches (2017), algorithm 6.

    Example:
        >>> estimate(np.zeros(REGISTERS, dtype=np.uint8))
        0.0
    """
    ranks = np.bincount(registers, minlength=_REST_BITS + 2)
    total = REGISTERS * _tau(1 - ranks[_REST_BITS + 1] / REGISTERS)
    for rank in range(_REST_BITS, 0, -1):
        total = (total + int(ranks[rank])) / 2
    total += REGISTERS * _sigma(ranks[0] / REGISTERS)
    return REGISTERS**2 / (2 * math.log(2) * float(total)) if total else 2.0**64


def read(reader: Reader) -> NDArray[np.uint8]:
    """Read registers that were written as one block; raises `InputError` if they cannot be any."""
    registers = np.frombuffer(reader.block(), dtype=np.uint8)
    if len(registers) != REGISTERS or registers.max() > HIGHEST_RANK:
        raise reader.error("registers out of range")
    return registers.copy()


def _sigma(x: float) -> float:
    if x == 1:
        return math.inf
    y, total, previous = 1.0, x, -1.0
    while total != previous:
        x *= x
        previous = total
        total += x * y
        y *= 2
    return total


def _tau(x: float) -> float:
    if x in (0, 1):
        return 0.0
    y, total, previous = 1.0, 1 - x, -1.0
    while total != previous:
        x = math.sqrt(x)
        y /= 2
        previous = total
        total -= (1 - x) ** 2 * y
    return total / 3

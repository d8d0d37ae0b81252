"""One stable 64-bit hash of strings, the same on every machine and in every version of Python.

The UTF-8 bytes (lone surrogates as `surrogatepass` writes them), padded with zeros, are cut into 8-byte
little-endian words. With `mix` the finaliser of SplitMix64 (see `distinct`), `G` = 0x9E3779B97F4A7C15, the
length in bytes and all sums modulo 2**64:

    hash = mix((length + 1) * G + sum over i of mix(word[i] + (i + 1) * G))

It spreads well and is fast; it does not withstand somebody who looks for collisions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from interlock.profile.distinct import mix

__all__ = ["hash_strings"]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_WORD = 8


def hash_strings(values: Sequence[str]) -> NDArray[np.uint64]:
    """Return the hash of each string.

    Args:
        values: Any strings, n of them.

    Returns:
        Shape [n].

    Example:
        >>> f"{hash_strings([''])[0]:016x}"  # the first output of SplitMix64 seeded with 0
        'e220a8397b1dcdaf'
    """
    encoded = [value.encode("utf-8", "surrogatepass") for value in values]
    lengths = np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded))
    sizes = -(-lengths // _WORD)
    ends = np.cumsum(sizes)
    words = _padded(b"".join(encoded), lengths, ends - sizes)
    place = np.arange(len(words)) - np.repeat(ends - sizes, sizes) + 1
    mixed = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mix(words + place.astype(np.uint64) * _GAMMA))])
    sums = mixed[ends] - mixed[ends - sizes]
    return mix((lengths + 1).astype(np.uint64) * _GAMMA + sums)


def _padded(data: bytes, lengths: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Lay each string's bytes out from its own word on, zeros behind it."""
    source = np.cumsum(lengths) - lengths
    target = np.arange(len(data)) + np.repeat(starts * _WORD - source, lengths)
    size = int(starts[-1] + -(-lengths[-1] // _WORD)) if len(lengths) else 0
    room = np.zeros(size * _WORD, dtype=np.uint8)
    room[target] = np.frombuffer(data, dtype=np.uint8)
    return room.view("<u8").astype(np.uint64, copy=False)

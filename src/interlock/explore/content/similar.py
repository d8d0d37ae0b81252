"""Texts that are nearly the same: found by hashing in linear time, then compared exactly."""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.explore.content.documents import Documents

__all__ = ["LEAST", "Similar", "similar"]

#: Two texts are nearly the same from this Jaccard similarity of their runs of three words on.
LEAST = 0.8
_RUN = 3
#: Texts of fewer words are names or answers, not texts that were copied and changed.
_WORDS = 8
#: Hashes a text and how many of them make a bucket: a pair at 0.8 shares one of 16 with probability 0.9998.
_HASHES, _BAND = 64, 4
Codes = NDArray[np.uint64]


class Similar(NamedTuple):
    """Groups of texts that are nearly the same.

    Args:
        groups: The texts of each group by their places, the largest group first.
        compared: Texts that were long enough to be compared.
    """

    groups: tuple[tuple[int, ...], ...]
    compared: int


def similar(texts: Documents) -> Similar:
    """Return the groups of texts that are nearly the same.

    Each text is the set of its runs of three words. MinHash puts pairs that look alike into one bucket; each
    text of a bucket is compared exactly with the first one and the one before it, so that the cost is bounded
    by the number of texts times 32. So nothing is reported that is not alike, and little is missed: tests
    measure both.

    Args:
        texts: Different ones; those of fewer than eight words are passed over.

    Source:
        A. Z. Broder, On the resemblance and containment of documents (1997); J. Leskovec, A. Rajaraman,
        J. D. Ullman, Mining of Massive Datasets, chapter 3 (banding).
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    places = np.flatnonzero(texts.lengths >= _WORDS)
    if len(places) < 2:
        return Similar((), len(places))
    runs, starts = _runs(texts, places)
    pairs = _candidates(_signatures(runs, starts))
    alike = pairs[_jaccard(runs, starts, pairs) >= LEAST] if len(pairs) else pairs
    n = len(places)
    graph = csr_array((np.ones(len(alike)), (alike[:, 0], alike[:, 1])), shape=(n, n))
    _, group = connected_components(graph, directed=False)
    members: dict[int, list[int]] = {}
    for place in np.unique(alike):
        members.setdefault(int(group[place]), []).append(int(places[place]))
    return Similar(tuple(sorted(map(tuple, members.values()), key=lambda each: (-len(each), each))), n)


def _runs(texts: Documents, places: NDArray[np.int64]) -> tuple[Codes, NDArray[np.int64]]:
    """Return the different runs of three words of each text as 64-bit hashes, one text after the other."""
    hashed = np.array(
        [zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in texts.vocabulary], np.uint64
    )
    code = _mixed(hashed)[texts.words]
    with np.errstate(over="ignore"):
        runs = _mixed(code[:-2] + np.uint64(3) * code[1:-1] + np.uint64(7) * code[2:])
    chosen = [np.unique(runs[texts.starts[place] : texts.starts[place + 1] - _RUN + 1]) for place in places]
    return np.concatenate(chosen), np.cumsum([0, *map(len, chosen)])


def _mixed(codes: Codes) -> Codes:
    """Scatter 64-bit numbers (the finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        codes = (codes ^ (codes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        codes = (codes ^ (codes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    scattered: Codes = codes ^ (codes >> np.uint64(31))
    return scattered


def _signatures(runs: Codes, starts: NDArray[np.int64]) -> Codes:
    """Return the smallest of each text's runs under 64 orders, shape [n, 64]."""
    found = np.empty((len(starts) - 1, _HASHES), np.uint64)
    seeds = np.random.default_rng(0).integers(1, 2**63, _HASHES, dtype=np.uint64) | np.uint64(1)
    with np.errstate(over="ignore"):
        for place, seed in enumerate(seeds):
            ordered = runs * seed
            found[:, place] = np.minimum.reduceat(ordered ^ (ordered >> np.uint64(32)), starts[:-1])
    return found


def _candidates(signatures: Codes) -> NDArray[np.int64]:
    """Return pairs that share a bucket, [k, 2]: each text with the bucket's first and the one before."""
    pairs = [np.empty((0, 2), np.int64)]
    for first in range(0, _HASHES, _BAND):
        with np.errstate(over="ignore"):
            weights = np.array([1, 3, 7, 13], np.uint64)
            bucket = _mixed((signatures[:, first : first + _BAND] * weights).sum(axis=1, dtype=np.uint64))
        order = np.argsort(bucket, kind="stable")
        fresh = np.r_[True, np.diff(bucket[order]) != 0]
        leader = order[np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))]
        later = np.flatnonzero(~fresh)
        pairs += [np.column_stack([other, order[later]]) for other in (leader[later], order[later - 1])]
    return np.unique(np.concatenate(pairs), axis=0)


def _jaccard(runs: Codes, starts: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    from scipy.sparse import csr_array

    distinct, numbers = np.unique(runs, return_inverse=True)
    sets = csr_array((np.ones(len(runs)), numbers, starts), shape=(len(starts) - 1, len(distinct)))
    sizes = np.diff(starts)
    found = np.empty(len(pairs))
    for begin in range(0, len(pairs), 20_000):  # in parts, to bound the memory
        first, second = pairs[begin : begin + 20_000].T
        shared = np.asarray(sets[first].multiply(sets[second]).sum(axis=1)).ravel()
        found[begin : begin + 20_000] = shared / (sizes[first] + sizes[second] - shared)
    return found

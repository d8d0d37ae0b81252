"""Texts as bags of words, split once however many models learn from them."""

from __future__ import annotations

import weakref
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from interlock.contract.check import Coded
from interlock.contract.model import MISSING
from interlock.develop.emit.graph import Graph
from interlock.profile.words import bag

__all__ = ["Bags", "bags", "emit_sums"]

_KEPT = 8


class Bags(NamedTuple):
    """The words of some texts.

    Args:
        words: Every word that occurs; a missing text is the one word `MISSING`.
        counts: Sparse float64 [texts, words], how often `bag` writes each word.
    """

    words: tuple[str, ...]
    counts: sparse.csr_matrix


#: The levels that were split last; a sample and what is taken from it share theirs.
_kept: dict[int, tuple[weakref.ref[NDArray[np.object_]], Bags]] = {}


def bags(column: Coded) -> tuple[Bags, NDArray[np.int64]]:
    """Split the texts of a column.

    Args:
        column: The rows.

    Returns:
        The bags of the texts that occur and perhaps of others, and for each row its place among them.
    """
    used = np.unique(column.codes)
    if 2 * len(used) < len(column.levels) and not _is_kept(column.levels):
        return _split(column.levels[used]), np.searchsorted(used, column.codes)
    if not _is_kept(column.levels):
        while len(_kept) >= _KEPT:
            del _kept[next(iter(_kept))]
        _kept[id(column.levels)] = (weakref.ref(column.levels), _split(column.levels))
    return _kept[id(column.levels)][1], column.codes.astype(np.int64)


def _is_kept(levels: NDArray[np.object_]) -> bool:
    return id(levels) in _kept and _kept[id(levels)][0]() is levels


def _split(levels: NDArray[np.object_]) -> Bags:
    split = [[MISSING] if level == MISSING else bag(level).split() for level in levels]
    places: dict[str, int] = {}
    found = np.fromiter((places.setdefault(word, len(places)) for word in chain(*split)), np.int32)
    ends = np.cumsum([0, *(len(words) for words in split)])
    counts = sparse.csr_matrix((np.ones(len(found)), found, ends), shape=(len(split), len(places)))
    counts.sum_duplicates()
    return Bags(tuple(places), counts)


def emit_sums(graph: Graph, column: int, vocabulary: tuple[str, ...], table: NDArray[np.float64]) -> str:
    """Add up what the words of a text are worth, in a graph.

    Args:
        graph: Its string tensor holds the words of the text, as `bag` writes them.
        column: The text's column there.
        vocabulary: V words.
        table: float64 [V + 2, k]: the worth of each word, of a missing text, of a word that is not known.

    Returns:
        The sums, double [n, k].
    """
    # What fills up the shorter texts of a batch is the empty string: worth nothing.
    table = np.concatenate([table, np.zeros((1, table.shape[1]))])
    split = graph.node("StringSplit", graph.string_columns((column,)), delimiter=" ", unread=1)
    codes = graph.node(
        "LabelEncoder",
        split,
        domain="ai.onnx.ml",
        keys_strings=[*vocabulary, MISSING, ""],
        values_int64s=[*range(len(vocabulary) + 1), len(table) - 1],
        default_int64=len(vocabulary) + 1,
    )
    worth = graph.node("Gather", graph.constant(table), codes, axis=0)
    axes = graph.constant(np.array([1, 2], np.int64))
    return graph.node("ReduceSum", worth, axes, keepdims=0)

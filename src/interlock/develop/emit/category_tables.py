"""CatBoost's statistics of categories, as one table that is looked up by combinations of codes.

CatBoost replaces a category, or a combination of categories with splits of other features, by figures of the
rows that had it: the share of a class, the count. Once trained, these are constants. A combination of codes
and of answers to splits becomes one whole number; a map leads from there to a row of figures.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.develop.emit.graph import Graph
from interlock.errors import GateError

__all__ = ["CategoryTables", "category_hashes", "of_catboost_tables"]

_MOST_COMBINATIONS = 4_000_000
_WORD = (1 << 64) - 1
_K2, _K3 = 0x9AE16A3B2F90404F, 0xC949D7C7509E6557
_MULTIPLIER = 0x9DDFEA08EB382D69
_COMBINE = np.uint64(0x4906BA494954CB65)


@dataclass(frozen=True, eq=False)
class CategoryTables:
    """Figures of combinations, further columns of the matrix [numbers, codes].

    A combination is the sum of its parts, each times its factor, plus an offset of its own. The parts are the
    codes, then for each threshold whether the number is above it, then for each hit whether the code is it.

    Args:
        codes: int64 [m]: the columns of the matrix that hold codes.
        above: int64 [b]: the columns that are compared with thresholds.
        thresholds: float64 [b]: with what.
        missing: bool [b]: whether NaN counts as above.
        equal: int64 [h]: the columns that are compared with codes.
        hits: int64 [h]: with which.
        factors: int64 [m + b + h, combinations].
        offsets: int64 [combinations].
        keys: int64 [e]: the combinations that were seen.
        values: float64 [e + combinations, k]: the figures of each key, then of what was never seen.
    """

    codes: NDArray[np.int64]
    above: NDArray[np.int64]
    thresholds: NDArray[np.float64]
    missing: NDArray[np.bool_]
    equal: NDArray[np.int64]
    hits: NDArray[np.int64]
    factors: NDArray[np.int64]
    offsets: NDArray[np.int64]
    keys: NDArray[np.int64]
    values: NDArray[np.float64]

    @property
    def combinations(self) -> int:
        """How many combinations of columns there are."""
        return len(self.offsets)

    @property
    def width(self) -> int:
        """How many columns of figures they give."""
        return self.combinations * int(self.values.shape[1])

    def columns_of(self, combination: int) -> list[int]:
        """Return the columns of the matrix that a combination tells of."""
        every = np.concatenate([self.codes, self.above, self.equal])
        return [int(column) for column in np.unique(every[self.factors[:, combination] > 0])]

    def transform(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Look the figures up.

        Args:
            matrix: float64 [n, p]: float32 numbers, NaN where missing, and codes.

        Returns:
            float64 [n, width].
        """
        numbers = matrix[:, self.above]
        above = np.where(np.isnan(numbers), self.missing, numbers > self.thresholds)
        equal = matrix[:, self.equal] == self.hits
        parts = np.concatenate([matrix[:, self.codes].astype(np.int64), above, equal], axis=1)
        asked = parts.astype(np.int64) @ self.factors + self.offsets
        order = np.argsort(self.keys)
        found = order[np.searchsorted(self.keys, asked, sorter=order).clip(max=len(self.keys) - 1)]
        unseen = len(self.keys) + np.arange(self.combinations)
        rows = np.where(self.keys[found] == asked, found, unseen)
        return self.values[rows].reshape(len(matrix), self.width)

    def emit(self, graph: Graph, matrix: str) -> str:
        """Add the same computation to a graph and return its tensor, double [n, width]."""
        parts = graph.node("Concat", *self._emit_parts(graph, matrix), axis=1)
        # Whole numbers below 2^53 are exact in double, and ONNX Runtime multiplies doubles faster.
        sums = graph.node("MatMul", parts, graph.constant(self.factors.astype(np.float64)))
        asked = graph.node("Add", sums, graph.constant(self.offsets[None].astype(np.float64)))
        found = graph.node(
            "LabelEncoder",
            graph.node("Cast", asked, to=graph.INT64),
            domain="ai.onnx.ml",
            keys_int64s=self.keys.tolist(),
            values_int64s=list(range(len(self.keys))),
            default_int64=-1,
        )
        unknown = graph.node("Less", found, graph.constant(np.array(0, np.int64)))
        unseen = graph.constant(len(self.keys) + np.arange(self.combinations, dtype=np.int64)[None])
        rows = graph.node("Where", unknown, unseen, found)
        figures = graph.node("Gather", graph.constant(self.values), rows)
        shape = graph.constant(np.array([-1, self.width], np.int64))
        return graph.node("Reshape", figures, shape)

    def _emit_parts(self, graph: Graph, matrix: str) -> list[str]:
        parts = [graph.columns(matrix, tuple(self.codes.tolist()))]
        if len(self.above):
            numbers = graph.columns(matrix, tuple(self.above.tolist()))
            above = graph.node("Greater", numbers, graph.constant(self.thresholds[None]))
            if self.missing.any():
                counts = graph.node("And", graph.node("IsNaN", numbers), graph.constant(self.missing[None]))
                above = graph.node("Or", above, counts)
            parts.append(graph.node("Cast", above, to=graph.DOUBLE))
        if len(self.equal):
            known = graph.columns(matrix, tuple(self.equal.tolist()))
            equal = graph.node("Equal", known, graph.constant(self.hits[None].astype(np.float64)))
            parts.append(graph.node("Cast", equal, to=graph.DOUBLE))
        return parts


@functools.lru_cache(maxsize=1)
def category_hashes(codes: int = 2000) -> NDArray[np.uint64]:
    """Return what CatBoost makes of the codes "0", "1", ... as categories, uint64 [codes].

    Source:
        CityHash 1.0, `HashLen0to16`; CatBoost, `CalcCatFeatureHash`: the lower 32 bits, extended by sign.
    """
    lower = np.array([_city(str(code).encode()) & 0xFFFFFFFF for code in range(codes)], np.uint32)
    return lower.astype(np.int32).astype(np.int64).astype(np.uint64)


def _city(text: bytes) -> int:
    length = len(text)
    if length >= 4:
        first, last = (int.from_bytes(each, "little") for each in (text[:4], text[-4:]))
        return _city_of_two(length + (first << 3), last)
    mixed = text[0] + (text[length >> 1] << 8), length + (text[-1] << 2)
    product = (mixed[0] * _K2 & _WORD) ^ (mixed[1] * _K3 & _WORD)
    return (product ^ (product >> 47)) * _K2 & _WORD


def _city_of_two(low: int, high: int) -> int:
    first = (low ^ high) * _MULTIPLIER & _WORD
    first ^= first >> 47
    second = (high ^ first) * _MULTIPLIER & _WORD
    return (second ^ (second >> 47)) * _MULTIPLIER & _WORD


def of_catboost_tables(
    model: Mapping[str, Any], used: Sequence[int], numbers: int, sizes: Sequence[int]
) -> tuple[CategoryTables, dict[int, int]]:
    """Read the statistics of a model.

    Args:
        model: CatBoost's JSON; its categories are codes, written as decimal numbers.
        used: The places in `features_info.ctrs` that are needed; at least one.
        numbers: How many numbers stand before the codes in the matrix.
        sizes: How many codes each column of categories has.

    Returns:
        The tables, and for each used place the column of figures it became.

    Raises:
        GateError: So many combinations are possible that the ones seen cannot be found.

    Source:
        CatBoost, `CalcHash`, `TModelCtr::Calc`, `ICtrValueTable`; Prokhorenkova et al. (2018), CatBoost.
    """
    every = model["features_info"]["ctrs"]
    groups: dict[str, list[int]] = {}
    for place in used:
        groups.setdefault(str(every[place]["elements"]), []).append(place)
    places = list(groups.values())
    parts = _Parts.of([every[group[0]]["elements"] for group in places], model, numbers, sizes)
    seen = [parts.seen(every[group[0]]["elements"]) for group in places]
    k = max(map(len, places))
    offsets, keys, values, rest = [], [], [], np.zeros((len(places), k))
    offset = 0
    for at, group in enumerate(places):
        hashes, total = seen[at]
        figures = [_figures(every[place], model["ctr_data"], hashes) for place in group]
        known = np.logical_or.reduce([each[1] for each in figures])
        table = np.zeros((int(known.sum()), k))
        for column, (all_figures, _, default) in enumerate(figures):
            table[:, column], rest[at, column] = all_figures[known], default
        offsets.append(offset)
        keys.append(offset + np.flatnonzero(known))
        values.append(table)
        offset += total
    columns = {
        place: at * k + column for at, group in enumerate(places) for column, place in enumerate(group)
    }
    return parts.tables(
        np.array(offsets, np.int64), np.concatenate(keys), np.concatenate([*values, rest])
    ), columns


@dataclass(frozen=True)
class _Parts:
    """What combinations are made of: columns of codes, thresholds, hits; see `CategoryTables`."""

    numbers: int
    sizes: tuple[int, ...]
    bits: tuple[tuple[int, float], ...]
    hits: tuple[tuple[int, int], ...]
    missing: tuple[bool, ...]
    elements: tuple[Any, ...]

    @classmethod
    def of(
        cls, groups: Sequence[Any], model: Mapping[str, Any], numbers: int, sizes: Sequence[int]
    ) -> _Parts:
        every = [element for group in groups for element in group]
        floats = model["features_info"].get("float_features") or []
        bits = dict.fromkeys(
            (each["float_feature_index"], each["border"])
            for each in every
            if each["combination_element"] == "float_feature"
        )
        hits = dict.fromkeys(
            (each["cat_feature_index"], _code(each["value"]))
            for each in every
            if each["combination_element"] == "cat_feature_exact_value"
        )
        missing = tuple(floats[column]["nan_value_treatment"] == "AsTrue" for column, _ in bits)
        return cls(numbers, tuple(sizes), tuple(bits), tuple(hits), missing, tuple(groups))

    def place(self, element: Mapping[str, Any]) -> tuple[int, int]:
        """Return the place of a part, and how many values it has."""
        kind = element["combination_element"]
        if kind == "cat_feature_value":
            at = element["cat_feature_index"]
            return at, self.sizes[at]
        if kind == "float_feature":
            return len(self.sizes) + self.bits.index((element["float_feature_index"], element["border"])), 2
        hit = (element["cat_feature_index"], _code(element["value"]))
        return len(self.sizes) + len(self.bits) + self.hits.index(hit), 2

    def seen(self, elements: Sequence[Mapping[str, Any]]) -> tuple[NDArray[np.uint64], int]:
        """Hash every possible combination, in the order of its number."""
        sizes = [self.place(each)[1] for each in elements]
        total = int(np.prod([float(size) for size in sizes]))
        if total > _MOST_COMBINATIONS:
            raise GateError(
                "too many combinations of categories to compile",
                got=f"{total:,}, above {_MOST_COMBINATIONS:,}",
                next_step="combine fewer categories",
            )
        hashes = np.zeros(1, np.uint64)
        for element, size in zip(elements, sizes, strict=True):
            categories = element["combination_element"] == "cat_feature_value"
            values = category_hashes()[:size] if categories else np.arange(size, dtype=np.uint64)
            hashes = (_COMBINE * (hashes[:, None] + _COMBINE * values[None])).ravel()
        return hashes, total

    def tables(
        self, offsets: NDArray[np.int64], keys: NDArray[np.int64], values: NDArray[np.float64]
    ) -> CategoryTables:
        factors = np.zeros((len(self.sizes) + len(self.bits) + len(self.hits), len(offsets)), np.int64)
        for at, elements in enumerate(self.elements):
            factor = 1
            for element in reversed(elements):
                place, size = self.place(element)
                factors[place, at] = factor
                factor *= size
        return CategoryTables(
            codes=self.numbers + np.arange(len(self.sizes)),
            above=np.array([column for column, _ in self.bits], np.int64),
            thresholds=np.array([threshold for _, threshold in self.bits], np.float64),
            missing=np.array(self.missing, bool),
            equal=np.array([self.numbers + column for column, _ in self.hits], np.int64),
            hits=np.array([code for _, code in self.hits], np.int64),
            factors=factors,
            offsets=offsets,
            keys=keys,
            values=values,
        )


def _code(value: int) -> int:
    """Return the code that CatBoost's hash of a category stands for."""
    return int(np.flatnonzero(category_hashes() == np.uint64(value & _WORD))[0])


def _figures(
    ctr: Mapping[str, Any], data: Mapping[str, Any], hashes: NDArray[np.uint64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], float]:
    """Return the figure of every combination, which were seen, and the figure of one that was not."""
    table = data[ctr["identifier"]]
    stride = table["hash_stride"]
    names = np.array([int(each) for each in table["hash_map"][::stride]], np.uint64)
    counts = np.array(table["hash_map"], object).reshape(-1, stride)[:, 1:].astype(np.float64)
    real = names != np.uint64(_WORD)
    order = np.argsort(names[real])
    names, counts = names[real][order], counts[real][order]
    found = np.searchsorted(names, hashes).clip(max=max(0, len(names) - 1))
    known = names[found] == hashes
    if np.count_nonzero(known) != len(names):
        raise GateError(
            "CatBoost's categories are not the ones it was given",
            got=f"{np.count_nonzero(known)} of {len(names)} found again",
            next_step="leave catboost out in [develop] candidates, and report it",
        )
    figures = np.where(known, _calc(ctr, table, counts)[found], 0.0)
    return figures, known, float(_calc(ctr, table, np.zeros((1, counts.shape[1])))[0])


def _calc(
    ctr: Mapping[str, Any], table: Mapping[str, Any], counts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Compute the figure as CatBoost does, in float32."""
    kind, border = ctr["ctr_type"], ctr["target_border_idx"]
    total = counts.sum(axis=1)
    if kind in ("Counter", "FeatureFreq"):
        hit, total = counts[:, 0], np.full(len(counts), float(table["counter_denominator"]))
    elif kind == "Borders":
        hit = counts[:, border + 1 :].sum(axis=1)
    elif kind == "Buckets":
        hit = counts[:, border]
    else:  # the mean of a target: its sum, then how many
        hit, total = counts[:, 0], counts[:, 1]
    single = np.float32
    share = (hit.astype(single) + single(ctr["prior_numerator"])) / (
        total.astype(single) + single(ctr["prior_denomerator"])
    )
    return np.asarray((share + single(ctr["shift"])) * single(ctr["scale"]), np.float64)

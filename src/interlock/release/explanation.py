"""The explanation of a release: what each column adds to a row's score, exactly, with numpy alone.

A file beside the graph holds what ONNX has no place for: how many training rows went each way at every split,
and the mean of every linear term. The graph gives the features that these are applied to.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from interlock.errors import ReleaseError
from interlock.release.shapley import Paths, Trees

__all__ = ["EXPLANATION", "Attribution", "Explanation", "Forest", "Levels", "Linear", "Part"]

#: Its file in a release; a release may be without.
EXPLANATION = "explanation.bin"

_LARGEST = 1 << 29  # bytes, unpacked
_Kind = Literal["|b1", "|u1", "<u2", "<u4", "<i4", "<i8", "<f4", "<f8"]


class Attribution(NamedTuple):
    """What a row's score is made of: `base` and all `contributions` add up to it.

    Args:
        base: The mean score over the training rows.
        contributions: float64 [columns].
    """

    base: float
    contributions: NDArray[np.float64]

    @property
    def score(self) -> float:
        """Their sum."""
        return float(self.base + self.contributions.sum())


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees; their features are places in the tensor `features`.

    Args:
        trees: The trees.
        scale: What their sum is multiplied by.
    """

    trees: Trees
    scale: float = 1.0


@dataclass(frozen=True, eq=False)
class Linear:
    """Features times weights.

    Args:
        places: int [q], in the tensor `features`.
        weights: float64 [q, width].
        means: float64 [q]: each feature's mean over the training rows.
        scale: What the sum is multiplied by.
    """

    places: NDArray[np.int64]
    weights: NDArray[np.float64]
    means: NDArray[np.float64]
    scale: float = 1.0


@dataclass(frozen=True, eq=False)
class Levels:
    """One effect for each code of a feature.

    Args:
        place: In the tensor `features`.
        effects: float64 [codes, width].
        means: float64 [width]: the mean effect over the training rows.
        scale: What the effect is multiplied by.
    """

    place: int
    effects: NDArray[np.float64]
    means: NDArray[np.float64]
    scale: float = 1.0


Part = Forest | Linear | Levels


@dataclass(frozen=True, eq=False)
class Explanation:
    """A score as a sum of parts, and whose columns they tell of.

    What the trees need is laid out when a score is first explained, and kept.

    Args:
        unit: Of the score, in words: `log-odds`, `log probability`, or the target's.
        columns: The columns that contributions are given for; a declared feature is one of its own.
        sources: int [p]: for each feature the place of its column in `columns`.
        bias: float64 [width]: what is added to the parts.
        parts: What the score is the sum of.

    Example:
        >>> line = Linear(np.array([0]), np.array([[2.0]]), np.array([5.0]))
        >>> told = Explanation("kWh", ("heat",), np.array([0]), np.array([1.0]), (line,))
        >>> told.attribute(np.array([6.0]))
        Attribution(base=11.0, contributions=array([2.]))
        >>> Explanation.from_bytes(told.to_bytes()).unit
        'kWh'
    """

    unit: str
    columns: tuple[str, ...]
    sources: NDArray[np.int64]
    bias: NDArray[np.float64]
    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "_paths", {})

    @property
    def width(self) -> int:
        """How many scores a row has: the classes of a multiclass task, else 1."""
        return len(self.bias)

    def attribute(self, features: NDArray[np.float64], target: int = 0) -> Attribution:
        """Say what each column adds to one score of one row.

        Args:
            features: float64 [p]: what the graph gives as `features`.
            target: Which score: the class of a multiclass task, else 0.

        Returns:
            Exact Shapley values: of trees by the rows that training saw on each side of every split, of
            linear terms by their distance from the mean; of a column the sum over its features.
        """
        base, single = float(self.bias[target]), np.zeros(len(self.sources))
        for number, part in enumerate(self.parts):
            if isinstance(part, Forest):
                paths = self._laid_out(number, part.trees, target)
                base += part.scale * paths.base
                single += part.scale * paths.attribute(features)
            elif isinstance(part, Linear):
                weights = part.scale * part.weights[:, target]
                base += float(weights @ part.means)
                np.add.at(single, part.places, weights * (features[part.places] - part.means))
            else:
                mean = float(part.means[target])
                base += part.scale * mean
                single[part.place] += part.scale * (part.effects[int(features[part.place]), target] - mean)
        contributions = np.bincount(self.sources, single, minlength=len(self.columns))
        return Attribution(float(base), contributions.astype(np.float64, copy=False))

    def _laid_out(self, number: int, trees: Trees, target: int) -> Paths:
        kept: dict[tuple[int, int], Paths] = vars(self)["_paths"]
        if (number, target) not in kept:
            kept[number, target] = Paths(trees, target)
        return kept[number, target]

    def to_bytes(self) -> bytes:
        """Return the file: msgpack, deflated; no code in it."""
        parts = [_written(part) for part in self.parts]
        file = _File(self.unit, self.columns, _Array.of(self.sources), _Array.of(self.bias), parts)
        return zlib.compress(msgspec.msgpack.encode(file), 9)

    @classmethod
    def from_bytes(cls, data: bytes) -> Explanation:
        """Read the file.

        Raises:
            ReleaseError: If it holds no explanation.
        """
        try:
            file = msgspec.msgpack.decode(_inflated(data), type=_File)
            parts = tuple(_read(part) for part in file.parts)
            return cls(file.unit, file.columns, _ints(file.sources), file.bias.values(), parts)
        except (msgspec.MsgspecError, zlib.error, ValueError, TypeError, KeyError, IndexError) as error:
            raise ReleaseError(
                "the explanation cannot be read",
                where=EXPLANATION,
                got=error,
                next_step="release the model again in this version",
            ) from error


class _Array(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    kind: _Kind
    shape: tuple[int, ...]
    data: bytes

    @classmethod
    def of(cls, values: NDArray[Any]) -> _Array:
        """Write an array in the smallest kind that holds every value exactly."""
        with np.errstate(invalid="ignore", over="ignore"):
            tried = ((kind, values.astype(kind)) for kind in get_args(_Kind))
            kind, small = next(each for each in tried if np.array_equal(each[1], values))
        return cls(kind, values.shape, np.ascontiguousarray(small).tobytes())

    def values(self, kind: Any = np.float64) -> NDArray[Any]:
        return np.frombuffer(self.data, self.kind).reshape(self.shape).astype(kind)


class _Trees(msgspec.Struct, frozen=True, tag="trees", forbid_unknown_fields=True):
    scale: float
    arrays: dict[str, _Array]


class _Linear(msgspec.Struct, frozen=True, tag="linear", forbid_unknown_fields=True):
    scale: float
    places: _Array
    weights: _Array
    means: _Array


class _Levels(msgspec.Struct, frozen=True, tag="levels", forbid_unknown_fields=True):
    scale: float
    place: int
    effects: _Array
    means: _Array


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    unit: str
    columns: tuple[str, ...]
    sources: _Array
    bias: _Array
    parts: list[_Trees | _Linear | _Levels]
    format: Literal[1] = 1


_INTEGERS = ("roots", "targets", "feature", "children", "bounds")
_DTYPES: dict[str, Any] = {
    **dict.fromkeys(_INTEGERS, np.int64),
    "comparison": np.uint8,
    "missing": np.bool_,
}


def _written(part: Part) -> _Trees | _Linear | _Levels:
    if isinstance(part, Forest):
        return _Trees(
            part.scale, {field.name: _Array.of(getattr(part.trees, field.name)) for field in fields(Trees)}
        )
    if isinstance(part, Linear):
        return _Linear(part.scale, _Array.of(part.places), _Array.of(part.weights), _Array.of(part.means))
    return _Levels(part.scale, part.place, _Array.of(part.effects), _Array.of(part.means))


def _read(part: _Trees | _Linear | _Levels) -> Part:
    if isinstance(part, _Trees):
        arrays = {name: each.values(_DTYPES.get(name, np.float64)) for name, each in part.arrays.items()}
        return Forest(Trees(**arrays), part.scale)
    if isinstance(part, _Linear):
        return Linear(_ints(part.places), part.weights.values(), part.means.values(), part.scale)
    return Levels(part.place, part.effects.values(), part.means.values(), part.scale)


def _ints(array: _Array) -> NDArray[np.int64]:
    return array.values(np.int64)


def _inflated(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    unpacked = unpacker.decompress(data, _LARGEST)
    if unpacker.unconsumed_tail or not unpacker.eof:
        message = "it is cut short, or larger than half a gibibyte"
        raise ValueError(message)
    return unpacked


def _check(explanation: Explanation) -> None:
    """Refuse what cannot be computed with.

    Raises:
        ReleaseError: If shapes or places do not fit together.
    """
    features, width = len(explanation.sources), explanation.width
    fits = _within(explanation.sources, len(explanation.columns)) and all(
        _fits(part, features, width) for part in explanation.parts
    )
    if not fits:
        raise ReleaseError(
            "the parts of an explanation do not fit together",
            where=EXPLANATION,
            got=f"{len(explanation.columns)} columns, {features} features, {width} scores",
            next_step="release the model again in this version",
        )


def _fits(part: Part, features: int, width: int) -> bool:
    if isinstance(part, Forest):
        return _is_forest(part.trees, features, width)
    if isinstance(part, Linear):
        q = len(part.places)
        return (
            part.weights.shape == (q, width) and part.means.shape == (q,) and _within(part.places, features)
        )
    return (
        0 <= part.place < features
        and part.effects.ndim == 2
        and part.effects.shape[1] == width
        and part.means.shape == (width,)
    )


def _is_forest(trees: Trees, features: int, width: int) -> bool:
    """Whether every node has one parent and stands under a root, and every place is one."""
    splits, nodes = len(trees.feature), len(trees.cover)
    lengths = {len(trees.comparison), len(trees.split), len(trees.missing), len(trees.children)}
    whole = (
        lengths == {splits}
        and trees.children.shape == (splits, 2)
        and trees.values.ndim == 2
        and trees.values.shape[1] in (1, width)
        and nodes == splits + len(trees.values)
        and len(trees.bounds) == splits + 1
        and len(trees.targets) == len(trees.roots)
    )
    return whole and all(
        (
            _within(trees.feature, features),
            _within(trees.targets, width),
            _within(trees.roots, splits),
            _within(trees.bounds, len(trees.members) + 1),
            bool((np.diff(trees.bounds) >= 0).all()),
            _has_one_parent_each(trees, nodes),
        )
    )


def _has_one_parent_each(trees: Trees, nodes: int) -> bool:
    """Whether going down from the roots reaches each node once; both ways may lead to one leaf."""
    if not _within(trees.children, nodes):
        return False
    same = trees.children[:, 0] == trees.children[:, 1]
    below = np.concatenate([trees.roots, trees.children[:, 0], trees.children[~same, 1]])
    if not np.array_equal(np.bincount(below, minlength=nodes), np.ones(nodes, np.int64)):
        return False
    reached, at = 0, trees.roots
    while len(at):
        reached += len(at)
        splits = at[at < len(trees.feature)]
        at = np.concatenate([trees.children[splits, 0], trees.children[splits[~same[splits]], 1]])
    return reached == nodes


def _within(places: NDArray[np.int64] | Sequence[int], end: int) -> bool:
    return bool(np.all((np.asarray(places) >= 0) & (np.asarray(places) < end)))

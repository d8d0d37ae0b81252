"""From a formula and rows to the columns of numbers that a model is fitted to, and again for new rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import msgspec
import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.basis import State
from interlock.explore.models.expression import Labels, evaluate, parse
from interlock.explore.models.formula import Formula
from interlock.explore.models.frame import Frame
from interlock.report.format import count

__all__ = ["INTERCEPT", "Block", "Design", "Factor", "learn", "response"]

Array = NDArray[np.float64]
INTERCEPT = "Intercept"
_LARGEST = 4 << 30


class Factor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One expression of a formula, with what it learned.

    Args:
        text: The expression.
        levels: Of a category, the base first; empty for numbers.
        state: What `center`, `scale`, `poly` and `bs` learned, by the text of the call.
        width: Columns of numbers; 0 for a category.
    """

    text: str
    levels: tuple[str, ...] = ()
    state: dict[str, State] = {}
    width: int = 0


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Columns that belong together: a product of factors.

    Args:
        term: The term of the formula that they belong to.
        factors: Places in the design's factors.
        full: For each of them, whether a category has a column for its base too.
    """

    term: str
    factors: tuple[int, ...]
    full: tuple[bool, ...]


class Design(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How rows become numbers.

    Args:
        factors: Every expression of the right side once.
        blocks: In the order of the columns.
        offsets: Expressions whose sum is added with a coefficient of 1.
    """

    factors: tuple[Factor, ...]
    blocks: tuple[Block, ...]
    offsets: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The name of each column, such as `x:C(g)[b]`."""
        return tuple(name for _, names in self.grouped for name in names)

    @property
    def grouped(self) -> tuple[tuple[Block, tuple[str, ...]], ...]:
        """Each block with the names of its columns."""
        return tuple((block, tuple(self._block_names(block))) for block in self.blocks)

    @property
    def terms(self) -> tuple[str, ...]:
        """The term of each column."""
        return tuple(block.term for block, names in self.grouped for _ in names)

    @property
    def intercept(self) -> bool:
        """Whether the first column is constant."""
        return bool(self.blocks) and not self.blocks[0].factors

    @property
    def names(self) -> tuple[str, ...]:
        """The table's columns that are read."""
        texts = [factor.text for factor in self.factors] + list(self.offsets)
        return tuple(dict.fromkeys(name for text in texts for name in parse(text).names))

    def matrix(self, frame: Frame) -> Array:
        """Return the rows as numbers.

        Args:
            frame: Complete rows.

        Returns:
            Shape [n, k], in the order of `columns`; column by column in memory.

        Raises:
            InputError: If a level was not there when the design was learned, or an expression has no finite
                value; it names the row.
        """
        rows, k = frame.rows, sum(self._width(block) for block in self.blocks)
        if rows * k * 8 > _LARGEST:
            raise InputError(
                f"{count(rows)} rows and {count(k)} columns do not fit in memory",
                got=_widest(self),
                next_step="leave out a category with many levels, or take a sample of the rows",
            )
        used = {place for block in self.blocks for place in block.factors}
        encoded = {place: _encoded(self.factors[place], frame) for place in used}
        matrix = np.empty((rows, k), order="F")
        place = 0
        for block in self.blocks:
            for column in self._block_columns(block, encoded, rows):
                matrix[:, place] = column
                place += 1
        return matrix

    def offset(self, frame: Frame) -> Array:
        """Return what is added with a coefficient of 1, shape [n]."""
        total = np.zeros(frame.rows)
        for text in self.offsets:
            total += _finite(text, _numbers(text, frame, {}), frame)
        return total

    def _block_columns(
        self, block: Block, encoded: Mapping[int, Labels | Array], rows: int
    ) -> Iterable[Array]:
        columns: list[Array] = [np.ones(rows)]
        for place, full in zip(block.factors, block.full, strict=True):
            new = _columns(encoded[place], full=full)
            columns = [first * second for second in new for first in columns]
        return columns

    def _width(self, block: Block) -> int:
        factors = [(self.factors[place], full) for place, full in zip(block.factors, block.full, strict=True)]
        return math.prod(
            len(each.levels) - (not full) if each.levels else each.width for each, full in factors
        )

    def _block_names(self, block: Block) -> list[str]:
        names = [""]
        for place, full in zip(block.factors, block.full, strict=True):
            new = _factor_names(self.factors[place], full=full)
            names = [f"{first}:{second}" if first else second for second in new for first in names]
        return names if block.factors else [INTERCEPT]


def learn(formula: Formula, frame: Frame) -> Design:
    """Learn levels, and what `center` and the like need, from the rows of a fit.

    Args:
        formula: From `formula_of`.
        frame: Complete rows.

    Returns:
        The design. A category within a term loses its base level where the other columns already span it.

    Raises:
        InputError: If a category has one level alone, or an expression has no finite value.

    Source:
        The rule for redundant columns is that of J. M. Chambers, T. J. Hastie, Statistical Models in S
        (1992), section 2.4, by subsets as in patsy.

    Example:
        >>> import pyarrow as pa
        >>> from interlock.explore.models.formula import formula_of
        >>> from interlock.explore.models.frame import read
        >>> rows = read(pa.table({"x": [1.0, 2.0, 4.0], "g": ["a", "b", "a"]}), ["x", "g"]).frame
        >>> learn(formula_of("y ~ x * g"), rows).columns
        ('Intercept', 'x', 'g[b]', 'x:g[b]')
    """
    texts = tuple(dict.fromkeys(text for term in formula.terms for text in term))
    factors = tuple(_learn_factor(text, frame) for text in texts)
    place = {text: index for index, text in enumerate(texts)}
    blocks: list[Block] = []
    spanned: set[tuple[frozenset[int], frozenset[int]]] = set()
    for term in formula.terms:
        places = tuple(place[text] for text in term)
        blocks.extend(_blocks(":".join(term) or INTERCEPT, places, factors, spanned))
    offsets = tuple(parse(text).text[len("offset(") : -1] for text in formula.offsets)
    return Design(factors, tuple(blocks), offsets)


def response(formula: Formula, frame: Frame) -> Array:
    """Return the values on the left side, shape [n].

    Raises:
        InputError: If they are no finite numbers.
    """
    return _finite(formula.response, _numbers(formula.response, frame, {}), frame)


def _learn_factor(text: str, frame: Frame) -> Factor:
    state: dict[str, State] = {}
    found = evaluate(parse(text), frame, state)
    if not isinstance(found, Labels):
        _finite(text, found, frame)
        return Factor(text, (), state, found.shape[1] if found.ndim == 2 else 1)
    levels = _base_first(text, found)
    if len(levels) < 2:
        raise InputError(
            f"`{text}` has one level alone, so there is nothing to compare",
            got=", ".join(map(repr, levels)),
            next_step="leave it out of the formula",
        )
    return Factor(text, levels)


def _base_first(text: str, found: Labels) -> tuple[str, ...]:
    if found.base and found.base not in found.levels:
        raise InputError(
            f"the reference level of `{text}` does not occur",
            got=found.base,
            next_step=f"it has {_listed(found.levels)}",
        )
    return (
        (found.base, *(each for each in found.levels if each != found.base)) if found.base else found.levels
    )


def _blocks(
    name: str,
    places: tuple[int, ...],
    factors: tuple[Factor, ...],
    spanned: set[tuple[frozenset[int], frozenset[int]]],
) -> list[Block]:
    """Return a term's columns, without what earlier terms span already."""
    categories = [place for place in places if factors[place].levels]
    numbers = frozenset(place for place in places if not factors[place].levels)
    parts: list[dict[int, bool]] = []
    for size in range(len(categories) + 1):
        for subset in combinations(categories, size):
            key = (numbers, frozenset(subset))
            if key not in spanned:
                spanned.add(key)
                parts.append(dict.fromkeys(subset, False))
    while _absorb(parts):
        pass
    return [_block(name, places, numbers, part) for part in parts]


def _absorb(parts: list[dict[int, bool]]) -> bool:
    """Merge a part into one with a single category more, which then has a column for its base too."""
    for short in parts:
        for long in parts:
            more = set(long) - set(short)
            if len(more) == 1 and len(long) == len(short) + 1 and all(long[k] == short[k] for k in short):
                (extra,) = more
                if not long[extra]:
                    long[extra] = True
                    parts.remove(short)
                    return True
    return False


def _block(name: str, places: tuple[int, ...], numbers: frozenset[int], part: dict[int, bool]) -> Block:
    chosen = tuple(place for place in places if place in numbers or place in part)
    return Block(name, chosen, tuple(part.get(place, False) for place in chosen))


def _factor_names(factor: Factor, *, full: bool) -> list[str]:
    if factor.levels:
        return [f"{factor.text}[{level}]" for level in factor.levels[0 if full else 1 :]]
    return [factor.text] if factor.width == 1 else [f"{factor.text}[{i + 1}]" for i in range(factor.width)]


def _columns(encoded: Labels | Array, *, full: bool) -> list[Array]:
    if isinstance(encoded, Labels):
        first = 0 if full else 1
        return [(encoded.codes == level).astype(np.float64) for level in range(first, len(encoded.levels))]
    return [encoded] if encoded.ndim == 1 else list(encoded.T)


def _encoded(factor: Factor, frame: Frame) -> Labels | Array:
    """Evaluate a factor with what it learned."""
    state = dict(factor.state)
    found = evaluate(parse(factor.text), frame, state)
    if not factor.levels:
        if isinstance(found, Labels):
            raise _changed(factor.text, "numbers", "text")
        return _finite(factor.text, found, frame)
    if not isinstance(found, Labels):
        raise _changed(factor.text, "text", "numbers")
    return Labels(_known(factor, found, frame), factor.levels)


def _known(factor: Factor, found: Labels, frame: Frame) -> NDArray[np.int64]:
    """Return each row's place in the levels that were learned."""
    place = {level: index for index, level in enumerate(factor.levels)}
    unseen = [level for level in found.levels if level not in place]
    if unseen:
        row = int(np.argmax(found.codes == found.levels.index(unseen[0])))
        raise InputError(
            f"column `{', '.join(parse(factor.text).names)}` holds a level that the model has never seen: "
            + _listed(unseen),
            where=f"row {frame.places[row]}",
            got=unseen[0],
            next_step=f"the model knows {_listed(factor.levels)}; leave such rows out, or fit with rows that"
            " have it",
        )
    return np.array([place[level] for level in found.levels], np.int64)[found.codes]


def _numbers(text: str, frame: Frame, state: dict[str, State]) -> Array:
    found = evaluate(parse(text), frame, state)
    if isinstance(found, Labels):
        raise InputError(
            f"`{text}` holds text where numbers are needed",
            got=_listed(found.levels),
            next_step=f"say which level counts as 1: `I({text} == '{found.levels[-1]}') ~ ...`"
            if found.levels
            else "check the column",
        )
    return found


def _finite(text: str, values: Array, frame: Frame) -> Array:
    bad = ~np.isfinite(values)
    if bad.any():
        rows = bad.any(axis=1) if bad.ndim == 2 else bad
        first = int(np.argmax(rows))
        inputs = ", ".join(f"{name} = {frame.columns[name].at(first)}" for name in parse(text).names)
        raise InputError(
            f"`{text}` has no finite value in {count(int(rows.sum()))} rows",
            where=f"row {frame.places[first]}, the first of them",
            got=inputs,
            next_step="leave such rows out, or take another transformation, such as log1p for zeros",
        )
    return values


def _changed(text: str, was: str, now: str) -> InputError:
    return InputError(
        f"column `{', '.join(parse(text).names)}` held {was} when the model was fitted, and holds {now} here",
        next_step="give the column the type that it had",
    )


def _widest(design: Design) -> str:
    factor = max(design.factors, key=lambda each: max(len(each.levels), each.width))
    return f"`{factor.text}` alone makes {count(max(len(factor.levels), factor.width))} columns"


def _listed(levels: Sequence[str], limit: int = 20) -> str:
    more = f" and {count(len(levels) - limit)} more" if len(levels) > limit else ""
    return ", ".join(map(repr, levels[:limit])) + more

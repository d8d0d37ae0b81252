"""Whether a slice is enough to judge a model on, and which rule says that it is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interlock.validate.influence import enough_groups
from interlock.validate.partitions import Partition

__all__ = ["LeftOut", "Rule", "Unjudged", "lacking", "unjudged"]

_FEWEST_OF_A_CLASS = 20  # DeLong's interval needs some of both


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A slice that people declared and that was not judged.

    Args:
        name: As declared.
        n: Its rows.
        why: The rule.
    """

    name: str
    n: int
    why: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Why slices that were looked for were not judged.

    Args:
        why: The rule.
        slices: How many it left out.
        largest: Rows of the largest of them.
    """

    why: str
    slices: int
    largest: int


@dataclass(frozen=True, slots=True)
class Unjudged:
    """What was not judged.

    Args:
        declared: Slices that people declared.
        rules: Of all others, the rule that left out most first.
    """

    declared: tuple[LeftOut, ...] = ()
    rules: tuple[Rule, ...] = ()

    @property
    def sentence(self) -> str:
        """The rules in words; empty where nothing was left out by them."""
        said = (
            f"{each.slices:,} {'has' if each.slices == 1 else 'have'} {each.why}; "
            f"the largest has {each.largest:,} rows"
            for each in self.rules
        )
        return ". ".join(said)


def lacking(
    inside: NDArray[np.bool_],
    came: NDArray[np.bool_] | None,
    clusters: NDArray[np.int64] | None,
    minimum: int,
) -> str:
    """Return the rule by which a slice is not judged; empty where it is enough.

    Args:
        inside: Which rows are in the slice, [n].
        came: Which rows are positive, [n]; None where there are not two classes.
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
        minimum: Fewest rows of a slice, and of its rest.

    Example:
        >>> half = np.arange(400) < 200
        >>> lacking(half, np.arange(400) % 25 == 0, None, 100)
        'fewer than 20 positive or 20 negative rows, in the slice or in the rest'
        >>> lacking(half, None, None, 100)
        ''
    """
    n = int(inside.sum())
    if n == 0:
        return "no row"
    if n < minimum:
        return f"fewer than {minimum:,} rows, which `slice_rows` asks for"
    if n > len(inside) - minimum:
        return f"fewer than {minimum:,} rows outside, which `slice_rows` asks for"
    if not enough_groups(inside, clusters):
        return "rows of fewer than five days or groups"
    if came is None:
        return ""
    counts = (inside & came, inside & ~came, ~inside & came, ~inside & ~came)
    few = min(int(each.sum()) for each in counts) < _FEWEST_OF_A_CLASS
    fewest = f"{_FEWEST_OF_A_CLASS} positive or {_FEWEST_OF_A_CLASS} negative rows"
    return f"fewer than {fewest}, in the slice or in the rest" if few else ""


def unjudged(
    task: str,
    target: NDArray[np.float64],
    partitions: Sequence[Partition],
    declared: Sequence[Partition],
    *,
    clusters: NDArray[np.int64] | None = None,
    minimum: int = 100,
) -> Unjudged:
    """Return the slices that are not enough to judge, as `worst_slices` leaves them out.

    Args:
        task: `binary`, `multiclass` or `regression`.
        target: [n].
        partitions: How the rows were cut.
        declared: Slices that people declared, one part each.
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
        minimum: Fewest rows of a slice, and of its rest.
    """
    came = target == 1 if task == "binary" else None
    told = (
        (each.labels[0], each.codes == 0, lacking(each.codes == 0, came, clusters, minimum))
        for each in declared
    )
    found: dict[str, list[int]] = {}
    for inside in _parts(partitions):
        found.setdefault(lacking(inside, came, clusters, minimum), []).append(int(inside.sum()))
    rules = [Rule(why, len(sizes), max(sizes)) for why, sizes in found.items() if why]
    return Unjudged(
        tuple(LeftOut(name, int(inside.sum()), why) for name, inside, why in told if why),
        tuple(sorted(rules, key=lambda rule: -rule.slices)),
    )


def _parts(partitions: Sequence[Partition]) -> list[NDArray[np.bool_]]:
    """List the parts that have rows; those that several columns cut out alike once."""
    found = {
        np.packbits(inside).tobytes(): inside
        for partition in partitions
        for inside in (partition.codes == code for code in range(len(partition.labels)))
        if inside.any()
    }
    return list(found.values())

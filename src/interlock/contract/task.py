"""What kind of prediction a target asks for, and its classes."""

from __future__ import annotations

from interlock.contract.labels import label
from interlock.contract.model import Task
from interlock.errors import InputError
from interlock.profile import ColumnProfile

__all__ = ["infer"]

#: A number with more distinct values is regressed on, not classified.
_FEW = 20


def infer(name: str, found: ColumnProfile, task: Task | None = None) -> tuple[Task, tuple[str, ...]]:
    """Return the task a target asks for, and its classes.

    Two distinct values are `binary`; strings, and whole numbers with up to 20 distinct values, are
    `multiclass`; other numbers `regression`.

    Args:
        name: The target's name, for errors.
        found: The target's profile.
        task: What people say it is; None infers it.

    Returns:
        The task, and the labels in order (the positive one last for `binary`), none for a regression.

    Raises:
        InputError: Where the target has fewer than two values, or does not fit the task.

    Example:
        >>> import numpy as np
        >>> from interlock.profile import Profile, Values
        >>> infer("n", Profile.of({"n": Values("integer", np.array([1, 2, 10, 2]))})["n"])
        ('multiclass', ('1', '2', '10'))
    """
    where = f"column {name!r}"
    classes, varies = _classes(found)
    if not varies:
        what = "the target has the same value in every row" if classes else "the target has no values"
        raise InputError(
            what, where=where, got=classes[0] if classes else "", next_step="choose another target"
        )
    if found.kind == "string" and len(classes) > max(_FEW, found.rows // 2):
        raise InputError(
            "the target looks like an identifier: it has hardly two rows of one value",
            where=where,
            got=f"{len(classes):,} distinct values in {found.rows:,} rows",
            next_step="choose another target, or make it coarser in the table",
        )
    if task is None:
        task = _natural(found, classes)
    if task == "regression":
        if found.kind == "string":
            next_step = "make the target a number, or choose another task"
            raise InputError("a regression needs numbers", where=where, got="strings", next_step=next_step)
        return task, ()
    if len(classes) < 2 or (task == "binary" and len(classes) != 2):
        got = f"{len(classes) or 'too many'} distinct values"
        next_step = "choose another task, or make the target coarser in the table"
        raise InputError(
            f"the target does not fit the task {task}", where=where, got=got, next_step=next_step
        )
    return task, classes


def _natural(found: ColumnProfile, classes: tuple[str, ...]) -> Task:
    if len(classes) == 2:
        return "binary"
    whole = found.kind == "integer" or (found.histogram is not None and found.histogram.whole)
    few = found.kind in ("integer", "number") and whole and 0 < len(classes) <= _FEW
    return "multiclass" if few or found.kind == "string" else "regression"


def _classes(found: ColumnProfile) -> tuple[tuple[str, ...], bool]:
    """Return the distinct values as labels, none where too many to list, and whether there are two."""
    if found.kind == "string":
        categories = found.categories
        if categories is None or not categories.exact:
            return (), categories is not None and categories.distinct > 1
        return tuple(
            sorted(level for level, _ in categories.top(int(categories.distinct)))
        ), categories.distinct > 1
    if found.histogram is None or found.histogram.n == 0:
        return (), False
    cells = found.histogram.cells()
    if len(cells.left) > 1000 or not found.histogram.exact:
        return (), True
    values = [bool(value) if found.kind == "boolean" else float(value) for value in cells.left]
    return tuple(map(label, values)), len(values) > 1

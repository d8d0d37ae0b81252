"""What cleaning steps do to a column: how many rows, which values before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from interlock.contract.cleaning import Cleaner
from interlock.contract.moment import read_timestamp
from interlock.contract.step import Step, in_order
from interlock.explore.cleaning.levels import Levels, read_levels
from interlock.report.format import number
from interlock.table import Table

__all__ = ["Change", "Effect", "applied", "measure"]

_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One value before and after a step.

    Args:
        before: As people read it.
        after: Likewise; None where it becomes null.
        rows: How many rows hold it.
    """

    before: str
    after: str | None
    rows: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a step does.

    Args:
        rows: Rows whose value changes.
        n: Rows looked at.
        before: Different values before, nulls not counted.
        after: Different values after.
        examples: The most frequent changes; those that change the text, not its type alone, come first.
        basis: Which rows were looked at, for people.
        unread: Rows whose text a step cannot turn into a number or a moment: the check refuses them.
    """

    rows: int
    n: int
    before: int
    after: int
    examples: tuple[Change, ...] = ()
    basis: str = "all rows"
    unread: int = 0

    @property
    def share(self) -> float:
        """Of the rows looked at, those whose value changes."""
        return self.rows / self.n if self.n else 0.0


def measure(step: Step, levels: Levels, others: Sequence[Step] = ()) -> Effect:
    """Measure what a step does beside the other steps of its column.

    Args:
        step: On the values of a column.
        levels: The column's values before any of the steps.
        others: The other steps on that column.

    Returns:
        What the column is with the step, compared with what it is after those that run before it.

    Example:
        >>> strip = Step("strip", "city")
        >>> effect = measure(strip, Levels({"Oslo": 5, " Oslo": 2}, 7))
        >>> effect.rows, effect.before, effect.after, effect.examples[0].before
        (2, 2, 1, ' Oslo')
    """
    first, then = _around(step, others)
    before: set[object] = set()
    after: set[object] = set()
    changed: dict[tuple[str, str | None], int] = {}
    rows = unread = 0
    for value, hits in levels.counts.items():
        was, now = first(value), then(value)
        before.add(was)
        after.add(now)
        unread += hits if _is_unread(step, now) else 0
        if was is not now and (was != now or type(was) is not type(now)):
            rows += hits
            change = (written(was), None if now is None else written(now))
            changed[change] = changed.get(change, 0) + hits
        elif step.kind == "date" and isinstance(now, str) and not _is_unread(step, now):
            rows += hits  # text that is written as a moment already: what changes is the column's type
    top = sorted(changed.items(), key=lambda item: (item[0][0] == item[0][1], -item[1], item[0][0]))[
        :_EXAMPLES
    ]
    examples = tuple(Change(*change, hits) for change, hits in top)
    return Effect(
        rows, levels.rows, len(before - {None}), len(after - {None}), examples, levels.basis, unread
    )


def applied(table: Table, steps: Sequence[Step]) -> tuple[Effect, ...]:
    """Measure what accepted steps do to a raw table.

    Args:
        table: The raw table.
        steps: The steps, in their order.

    Returns:
        One effect a step. `drop` changes every row; `duplicates` none, its rows left before this.
    """
    own = {step.column: [s for s in steps if s.column == step.column] for step in steps if step.column}
    columns = [name for name in own if name in table.names]
    levels = read_levels(table, columns) if columns else {}
    rows = table.count()
    nothing = Effect(0, rows, 0, 0)
    effects = []
    for step in steps:
        if step.column not in levels or step.kind == "duplicates":
            effects.append(nothing)
        elif step.kind == "drop":
            effects.append(Effect(rows, rows, len(levels[step.column].counts), 0))
        else:
            others = [other for other in own[step.column] if other is not step and other.kind != "drop"]
            effects.append(measure(step, levels[step.column], others))
    return tuple(effects)


def _is_unread(step: Step, value: object) -> bool:
    if not isinstance(value, str):
        return False
    return step.kind == "number" or (step.kind == "date" and not isinstance(read_timestamp(value), float))


def _around(step: Step, others: Sequence[Step]) -> tuple[Cleaner, Cleaner]:
    """Return the steps that run before a step, and these with it; codes are what text became."""
    ordered = in_order((*others, step))
    if step.kind == "missing":
        rest = [other for other in ordered if other is not step and other.kind != "range"]
    else:
        rest = [*ordered[: ordered.index(step)]]
    if step.kind in ("number", "date"):
        rest = [words for other in rest for words in _words_alone(other)]
    return Cleaner(rest), Cleaner([*rest, step])


def _words_alone(step: Step) -> list[Step]:
    """Leave out the codes, which are not looked for before text is converted."""
    texts = tuple(value for value in step.values if isinstance(value, str))
    if step.kind != "missing":
        return [step]
    return [replace(step, values=texts)] if texts else []


def written(value: object) -> str:
    """Return a value as people read it; no-break blanks, tabs and the like are shown as `␣`."""
    if isinstance(value, float):
        return number(value, 12)
    return "".join("␣" if letter.isspace() and letter != " " else letter for letter in str(value))

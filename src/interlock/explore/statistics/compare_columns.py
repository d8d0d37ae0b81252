"""Every column of a table compared between groups, with the p-values adjusted for how many there are."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from interlock.errors import InputError
from interlock.explore.statistics.adjust import Adjusted, Adjustment, adjust
from interlock.explore.statistics.compare import compare
from interlock.explore.statistics.log_tail import p_text
from interlock.explore.statistics.result import Result
from interlock.report.format import count, number
from interlock.report.values import Bars

__all__ = ["Comparisons", "compare_columns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """What comparing several columns found.

    Args:
        by: The column that makes the groups.
        results: One a column, in the order of the columns.
        names: Of those columns.
        adjusted: Their p-values, adjusted for each other.
        failed: Columns that could not be compared, and why.
        text: Two or three plain sentences.
    """

    by: str
    results: tuple[Result, ...]
    names: tuple[str, ...]
    adjusted: Adjusted
    failed: tuple[tuple[str, str], ...]
    text: str

    def __getitem__(self, name: str) -> Result:
        if name not in self.names:
            step = f"one of {', '.join(self.names)}"
            raise InputError("this column was not compared", where=name, next_step=step)
        return self.results[self.names.index(name)]

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    @property
    def picture(self) -> Bars:
        """How far beyond chance each column differs: minus the decimal logarithm of its adjusted p-value."""
        shown = [place for place in self._ranked() if not math.isnan(self.adjusted.log_p[place])]
        return Bars(
            title=f"What differs by {self.by}",
            n=max((each.n for each in self.results), default=0),
            x_title="−log10 of the adjusted p-value",
            note=f"the line is at {number(self.adjusted.alpha)}, {self.adjusted.method}",
            labels=tuple(self.names[place] for place in shown),
            values=tuple(max(-self.adjusted.log_p[place] / math.log(10), 0.0) for place in shown),
            baseline=-math.log10(self.adjusted.alpha),
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw the picture on Matplotlib axes; None makes new ones."""
        return self.picture.plot(ax)

    def __str__(self) -> str:
        rows = []
        for place in self._ranked():
            adjusted = p_text(self.adjusted.log_p[place])
            mark = " *" if self.adjusted.rejected[place] else ""
            rows.append(f"  {self.names[place]}: {self.results[place].effect}, adjusted {adjusted}{mark}")
        return "\n".join([self.text, *rows, *(f"  {name}: {why}" for name, why in self.failed)])

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>"
            + "".join(
                f"<td>{html.escape(cell)}</td>"
                for cell in (
                    self.names[place],
                    self.results[place].method,
                    str(self.results[place].effect),
                    p_text(self.adjusted.log_p[place]),
                )
            )
            + "</tr>"
            for place in self._ranked()
        )
        head = "".join(f'<th scope="col">{name}</th>' for name in ("column", "method", "effect", "adjusted"))
        lost = "".join(f"<li>{html.escape(f'{name}: {why}')}</li>" for name, why in self.failed)
        return f"<p>{html.escape(self.text)}</p><table><tr>{head}</tr>{rows}</table><ul>{lost}</ul>"

    def _ranked(self) -> list[int]:
        """Return the places, the smallest p-value first, those without one last."""
        return sorted(range(len(self.results)), key=lambda place: _last_if_none(self.adjusted.log_p[place]))


def compare_columns(
    table: Any,
    *,
    by: str,
    columns: Sequence[str] | None = None,
    pair: str | None = None,
    reference: str | None = None,
    adjustment: Adjustment = "holm",
    confidence: float = 0.95,
) -> Comparisons:
    """Compare every column of a table between groups, each by the method of its type.

    A column that cannot be compared, such as one of dates, never loses the others: it stands in `failed`.

    Args:
        table: Anything `open_table` takes, or a mapping of names to sequences.
        by: The column that makes the groups.
        columns: Which to compare; None for all others.
        pair: The column that says which rows belong together.
        reference: The group that is subtracted.
        adjustment: Of the p-values for each other, see `adjust`.
        confidence: Of the intervals, each on its own; 1 minus it is the level of the adjustment.

    Returns:
        A result a column, which of them hold when all are taken together, and what could not be compared.

    Raises:
        InputError: If there is no such column, or `by` makes no two groups.

    Source:
        See `compare` and `adjust`.

    Example:
        >>> table = {"g": ["a"] * 9 + ["b"] * 9, "x": range(18), "y": [1, 2, 3] * 6}
        >>> print(compare_columns(table, by="g").text)
        Of 2 columns 1 differs by `g` beyond chance: x. The chance of any false claim is at most 5 % (Holm).
    """
    opened, known = _opened(table)
    wanted = [name for name in known if name not in (by, pair)] if columns is None else list(columns)
    absent = [name for name in (by, *wanted) if name not in known]
    if absent:
        step = f"use one of: {', '.join(known)}"
        raise InputError("there is no such column", got=absent[0], next_step=step)
    if not wanted:
        raise InputError("there is no column to compare", next_step=f"give columns besides {by}")
    results: list[Result] = []
    names: list[str] = []
    failed: list[tuple[str, str]] = []
    for name in wanted:
        try:
            results.append(
                compare(opened, value=name, by=by, pair=pair, reference=reference, confidence=confidence)
            )
            names.append(name)
        except InputError as error:
            if error.where in (by, pair, "reference", "confidence"):
                raise
            failed.append((name, error.what))
    adjusted = adjust([each.log_p for each in results], adjustment, alpha=1 - confidence, log=True)
    text = _in_words(by, names, adjusted, failed)
    return Comparisons(
        by=by, results=tuple(results), names=tuple(names), adjusted=adjusted, failed=tuple(failed), text=text
    )


def _opened(table: Any) -> tuple[Any, list[str]]:
    if isinstance(table, dict):
        return table, [str(name) for name in table]
    from interlock.table import open_table

    opened = open_table(table)
    return opened, [*opened.names, *opened.skipped]


def _in_words(by: str, names: Sequence[str], adjusted: Adjusted, failed: Sequence[tuple[str, str]]) -> str:
    held = sorted(
        (place for place, said in enumerate(adjusted.rejected) if said),
        key=lambda place: adjusted.log_p[place],
    )
    first = ", ".join(names[place] for place in held[:5])
    more = f" and {count(len(held) - 5)} more" if len(held) > 5 else ""
    some = f"{count(len(held))} differ{'s' if len(held) == 1 else ''}" if held else "none differs"
    told = f"Of {count(len(names))} columns {some} by `{by}` beyond chance"
    promise = adjusted.text.partition(": ")[2]
    lost = f" {count(len(failed))} could not be compared." if failed else ""
    return f"{told}{': ' if held else ''}{first}{more}. {promise[:1].upper()}{promise[1:]}{lost}"


def _last_if_none(log_p: float) -> float:
    return math.inf if math.isnan(log_p) else log_p

"""Which formats dates that are written as text have; none where day and month cannot be told apart."""

from __future__ import annotations

import json
from collections.abc import Iterable

from interlock.contract.dates import FORMATS, PAIRS, dated
from interlock.contract.moment import read_timestamp
from interlock.errors import InputError
from interlock.explore.cleaning.levels import read_levels
from interlock.explore.cleaning.words import missing_words
from interlock.table import Table, kind_of
from interlock.table.misfit import first_misfit

__all__ = ["date_formats", "require_times"]


def date_formats(texts: Iterable[str]) -> tuple[str, ...]:
    """Return formats in which every text is a date, each with one reading.

    Where a text such as `3/2/2013` could be two days, the others decide: one with 31 in the first place says
    that the day comes first. Where none does, or one says this and another that, there is no answer.

    Args:
        texts: The different texts of a column, words for "unknown" apart.

    Returns:
        Formats as a cleaning step states them, sorted; none where there is no answer.

    Example:
        >>> date_formats(["31.1.2013", "2/25/2013", "3/2/2013", "2013-02-01"])
        ('1/31/2013', '31.1.2013')
        >>> date_formats(["1/2/2013", "3/2/2013"])
        ()
    """
    plain = [text.strip() for text in texts]
    readers = {example: dated((example,)) for example in FORMATS}
    chosen: set[str] = set()
    doubtful: set[frozenset[str]] = set()
    for text in plain:
        if isinstance(read_timestamp(text), float):
            continue
        fitting = frozenset(example for example, read in readers.items() if read(text) is not None)
        if not fitting:
            return ()
        if len(fitting) == 1:
            chosen |= fitting
        else:
            doubtful.add(fitting)
    if any(set(pair) <= chosen for pair in PAIRS) or not all(fitting & chosen for fitting in doubtful):
        return ()
    return tuple(sorted(chosen or ({"2013-01-31"} if plain else ())))


def require_times(table: Table, column: str) -> None:
    """Raise where a time column holds text, and say which cleaning step would read it.

    Without times a table cannot be parted by time, so this cannot wait for the proposals of an exploration.

    Args:
        table: Seen through the steps that are accepted.
        column: The time column; one that the table does not have is left to others.

    Raises:
        InputError: With the step to write, where every value is a date.
    """
    if column not in table.names or kind_of(table.schema.field(column).type) != "string":
        return
    counts = {str(text): hits for text, hits in read_levels(table, [column])[column].counts.items()}
    words = missing_words(counts, alone=True)
    formats = date_formats(text for text in counts if text.strip() not in words)
    lines = [f'[[clean]]\ncolumn = "{column}"\nstep = "date"\nformats = {_written(formats)}']
    lines += (
        [f'[[clean]]\ncolumn = "{column}"\nstep = "missing"\nvalues = {_written(words)}'] if words else []
    )
    if formats:
        raise InputError(
            "the time column holds text",
            where=f"column {column!r}",
            got=max(counts, key=lambda text: counts[text], default=""),
            next_step="add to interlock.toml:\n\n" + "\n\n".join(lines),
        )
    misfit = first_misfit(table, column, "timestamp")
    raise InputError(
        "the time column holds text",
        where=f"column {column!r}" + (f", first in row {misfit.row:,} of the table" if misfit else ""),
        got=misfit.value if misfit else "",
        next_step="repair the rows, choose another time column, or turn it into times with `sql`",
    )


def _written(texts: tuple[str, ...]) -> str:
    return json.dumps(texts, ensure_ascii=False)

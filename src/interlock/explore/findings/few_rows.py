"""Few rows for so many columns: where a model would rather learn the rows by heart."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.contract import Contract
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.statistics.estimate import Estimate
from interlock.report.format import count, number

__all__ = ["few_rows"]

#: Rows that each input asks for, at least: the lower end of Harrell's 10 to 20.
_EACH = 10
_SEVERITY = 0.5


def few_rows(rows: int, contract: Contract) -> Iterator[Finding]:
    """Yield the finding that a table has fewer than ten rows for each input, if it has.

    Args:
        rows: Of the whole table, also where a budget left only a sample to be read.
        contract: Says which columns are inputs; without a target nothing is to be learned.

    Yields:
        One finding at most.

    Source:
        F. E. Harrell, Regression Modeling Strategies, 2nd edition, Springer 2015, section 4.4: ten to twenty
        rows for each candidate predictor.

    Example:
        >>> import pyarrow as pa
        >>> from interlock.explore import explore
        >>> found = explore(pa.table({"x": [1.5, 2.5, 3.5, 2.5], "y": [1.5, 0.5, 2.5, 1.0]}), target="y")
        >>> [each.sentence.partition(".")[0] for each in few_rows(4, found.contract)]
        ['4 rows are few for 1 input: at ten rows each it asks for 10']
    """
    inputs = len(contract.inputs)
    if contract.target is None or rows >= _EACH * inputs:
        return
    each = rows / inputs
    sentence = (
        f"{count(rows)} row{'s are' if rows != 1 else ' is'} few for {count(inputs)} "
        f"input{'s' if inputs > 1 else ''}: at ten rows each {'they ask' if inputs > 1 else 'it asks'} for "
        f"{count(_EACH * inputs)}. Leave out inputs, or gather more rows."
    )
    method = f"rows for each input ({number(each, 3)}), counted; Harrell asks for 10 to 20"
    yield finding("few rows", (), sentence, Estimate(each, each, each, rows), method, _SEVERITY)

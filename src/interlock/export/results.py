"""What an exploration found, as tables: one row a finding, one row an association."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from interlock.explore import Exploration

__all__ = ["associations_table", "findings_table"]

_FINDINGS = {
    "rank": pa.int64(),
    "kind": pa.string(),
    "columns": pa.string(),
    "sentence": pa.string(),
    "effect": pa.float64(),
    "low": pa.float64(),
    "high": pa.float64(),
    "n": pa.int64(),
    "method": pa.string(),
    "severity": pa.float64(),
}
_AS_THEY_ARE = ("kind", "effect", "low", "high", "n", "method", "severity")
_ASSOCIATIONS = {
    "column": pa.string(),
    "about": pa.string(),
    "measure": pa.string(),
    "value": pa.float64(),
    "low": pa.float64(),
    "high": pa.float64(),
    "strength": pa.float64(),
    "strength_low": pa.float64(),
    "strength_high": pa.float64(),
    "log_p": pa.float64(),
    "p": pa.float64(),
    "n": pa.int64(),
    "discovered": pa.bool_(),
}


def findings_table(exploration: Exploration) -> Any:
    """Return the findings as a `pyarrow.Table`, the most serious first; `columns` joins names by commas.

    Example:
        >>> from interlock.explore import explore
        >>> found = explore(pa.table({"a": [1, 1, 1, None], "b": [1, 2, 3, 4]}))
        >>> findings_table(found).column_names[:3]
        ['rank', 'kind', 'columns']
    """
    rows = [
        {
            "rank": rank,
            "columns": ", ".join(each.columns),
            "sentence": each.sentence.replace("`", ""),
            **{name: getattr(each, name) for name in _AS_THEY_ARE},
        }
        for rank, each in enumerate(exploration.findings, start=1)
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(list(_FINDINGS.items())))


def associations_table(exploration: Exploration) -> Any:
    """Return the associations with the target as a `pyarrow.Table`, the strongest first."""
    rows = [{name: getattr(each, name) for name in _ASSOCIATIONS} for each in exploration.associations]
    return pa.Table.from_pylist(rows, schema=pa.schema(list(_ASSOCIATIONS.items())))

"""Columns of a table that name image files beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from interlock.contract import Contract
from interlock.explore.association import is_known, target_values
from interlock.explore.content.images import ENDINGS, Images, evenly, look_at, summarise
from interlock.explore.sample import Sample

__all__ = ["image_columns"]

#: The most files of a column that are looked at, and the strings by which a column is recognised.
_MOST, _TRIED = 2_000, 50
#: A column names images where so many of its strings end as images do, and so many of these files are there.
_NAMED, _THERE = 0.9, 0.5


def image_columns(sample: Sample, contract: Contract, folder: Path) -> Iterator[Images]:
    """Yield what the images hold that a column of paths names.

    Only files inside the folder are opened, so that a table cannot make anyone read, and show, what lies
    elsewhere.

    Args:
        sample: Rows of the table.
        contract: Of the table; the classes of its target are the pictures' labels.
        folder: Where relative paths start: the folder of the table's file.
    """
    for column in contract.columns:
        values = sample.columns[column.name]
        if values.kind != "string" or values.dictionary is None or column.role == "target":
            continue
        codes = np.where(is_known(values), values.data, -1).astype(np.int64)
        names = [values.dictionary[code] for code in np.flatnonzero(np.bincount(codes[codes >= 0]))]
        inside = _inside(names, folder)
        if not inside:
            continue
        chosen = evenly(sorted(inside), _MOST)
        used, first = np.unique(codes, return_index=True)
        rows = dict(zip(names, first[used >= 0].tolist(), strict=True))
        labels = _labels([rows[str(path)] for path in chosen], sample, contract)
        found = [
            each._replace(path=str(path))
            for each, path in zip(look_at([folder / path for path in chosen]), chosen, strict=True)
        ]
        yield summarise(column.name, found, labels, files=len(names), root=folder, in_column=True)


def _inside(names: list[str], folder: Path) -> list[Path]:
    """Return the paths that stay inside the folder; none where the column does not name images there."""
    few = names[:: max(len(names) // _TRIED, 1)]
    if not few or np.mean([Path(name).suffix.lower() in ENDINGS for name in few]) < _NAMED:
        return []
    root = folder.resolve()
    paths = [Path(name) for name in names if "\0" not in name and Path(name).suffix.lower() in ENDINGS]
    inside = [path for path in paths if (root / path).resolve().is_relative_to(root)]
    tried = inside[:: max(len(inside) // _TRIED, 1)]
    there = [(root / path).is_file() for path in tried]
    return inside if there and np.mean(there) >= _THERE else []


def _labels(rows: list[int], sample: Sample, contract: Contract) -> list[str]:
    if contract.target is None or not contract.classes:
        return []
    target = target_values(sample, contract)[rows]
    return ["" if np.isnan(place) else contract.classes[int(place)] for place in target]

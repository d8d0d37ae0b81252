from __future__ import annotations

from pathlib import Path

import pytest
from tests.fixtures_project import ROWS, begin_parcels

from interlock import stages
from interlock.errors import InputError
from interlock.parting import part, rows_of
from interlock.project import Project


def test_the_latest_rows_are_sealed_and_none_is_lost(tmp_path: Path) -> None:
    parts = part(begin_parcels(tmp_path))
    train, holdout = (each.read()["sent"].to_pylist() for each in (parts.train, parts.holdout))
    assert len(train) + len(holdout) == ROWS
    assert len(holdout) == ROWS // 5
    assert max(train) < min(holdout)


def test_a_learner_gets_the_rows_of_a_part_as_the_contract_reads_them(tmp_path: Path) -> None:
    project = begin_parcels(tmp_path)
    stages.explore(project)
    for name, rows in (("train", ROWS - ROWS // 5), ("holdout", ROWS // 5)):
        assert len(rows_of(project, name)) == rows


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    begin_parcels(tmp_path, '[split]\nby = "group"\ngroup = "shop"\n')
    with pytest.raises(InputError, match="there is no column 'shop'"):
        part(Project(tmp_path))

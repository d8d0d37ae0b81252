from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from interlock.config import FILE
from interlock.errors import InputError
from interlock.holdout import seal
from interlock.project import Project

ROWS = {
    "when": [f"2024-01-{day:02d}T00:00:00Z" for day in range(1, 21)],
    "who": [f"p{row % 5}" for row in range(20)],
    "row": list(range(20)),
    "y": [row % 2 for row in range(20)],
}


def _project(folder: Path, settings: str) -> Project:
    table = pa.table(ROWS)
    when = table["when"].cast(pa.timestamp("us", "UTC"))
    pq.write_table(table.set_column(0, "when", when), folder / "rows.parquet")
    (folder / FILE).write_text(f'[project]\nname = "x"\n[data]\nsource = "rows.parquet"\n{settings}')
    return Project(folder)


def _parts(project: Project) -> tuple[pa.Table, pa.Table]:
    folder = project.folder("explore")
    return pq.read_table(folder / "train.parquet"), pq.read_table(folder / "holdout.parquet")


@pytest.mark.parametrize(
    "settings",
    [
        'time = "when"',
        "[split]\nholdout = 0.3",
        'target = "y"\n[split]\nby = "stratified"',
        '[split]\nby = "group"\ngroup = "who"',
    ],
)
def test_each_row_is_in_one_part_and_unchanged(tmp_path: Path, settings: str) -> None:
    project = _project(tmp_path, settings)
    table, explanation = seal(project)
    train, holdout = _parts(project)
    together = pa.concat_tables([train, holdout]).sort_by("row")
    assert together.to_pylist() == pq.read_table(tmp_path / "rows.parquet").to_pylist()
    assert table.count() == train.num_rows
    assert f"{holdout.num_rows} held out" in explanation


def test_by_time_the_last_rows_are_sealed(tmp_path: Path) -> None:
    project = _project(tmp_path, 'time = "when"')
    _, explanation = seal(project)
    assert _parts(project)[1]["row"].to_pylist() == [16, 17, 18, 19]
    assert "from 2024-01-17 00:00:00 UTC on" in explanation


def test_a_group_stays_together(tmp_path: Path) -> None:
    project = _project(tmp_path, '[split]\nby = "group"\ngroup = "who"')
    seal(project)
    train, holdout = _parts(project)
    assert not set(train["who"].to_pylist()) & set(holdout["who"].to_pylist())


def test_a_split_without_its_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a split by group needs a column") as caught:
        seal(_project(tmp_path, '[split]\nby = "group"'))
    assert "`group` in [split]" in caught.value.next_step


def test_a_refused_split_keeps_what_was_sealed_before(tmp_path: Path) -> None:
    seal(_project(tmp_path, 'time = "when"'))
    before = [part.to_pylist() for part in _parts(Project(tmp_path))]
    with pytest.raises(InputError, match="no column 'wehn'"):
        seal(_project(tmp_path, 'time = "wehn"'))
    assert [part.to_pylist() for part in _parts(Project(tmp_path))] == before

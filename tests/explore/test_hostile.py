"""Tables that break tools: each is explored and reported, or refused in words."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from interlock.errors import InputError
from interlock.explore import Exploration, explore
from interlock.explore.sample import CELLS
from interlock.explore.survey import survey
from interlock.table import open_table

SCRIPT = "<script>alert(1)</script>"
MARKUP = "</script><img src=x onerror=alert(1)>"
HALVES = [True, False] * 50
DAY = 86_400_000_000

TABLES = {
    "one row": (pa.table({"a": [1], "b": ["x"]}), None),
    "two rows": (pa.table({"a": [1, 2], "b": ["x", "y"], "y": [True, False]}), "y"),
    "columns of nulls": (pa.table({"a": pa.nulls(100), "b": pa.nulls(100, pa.float64()), "y": HALVES}), "y"),
    "nulls alone": (pa.table({"a": pa.nulls(100)}), None),
    "cells of 100,000 characters": (
        pa.table({"a": [f"{'x' * 100_000}{place % 7}" for place in range(100)], "y": HALVES}),
        "y",
    ),
    "infinite values": (
        pa.table({"a": [np.inf, -np.inf, 1.0, np.nan] * 25, "b": [np.inf] * 100, "y": HALVES}),
        "y",
    ),
    "the ends of float64": (pa.table({"a": [5e-324, 1.7e308, -1.7e308, 0.0] * 25, "y": HALVES}), "y"),
    "clocks that go back": (
        pa.table(
            {"t": pa.array([DAY * (place % 10) for place in range(100)], pa.timestamp("us")), "y": HALVES}
        ),
        "y",
    ),
    "clocks far out": (
        pa.table({"t": pa.array([-(2**62), 0, 2**62, None] * 25, pa.timestamp("us")), "y": HALVES}),
        "y",
    ),
    "integers beyond 2**53": (
        pa.table(
            {"id": [2**53 + place for place in range(100)], "x": [2**63 - 1 - place for place in range(100)]}
        ),
        None,
    ),
    "unsigned 64 bits": (
        pa.table({"u": pa.array([2**64 - 1 - place for place in range(100)], pa.uint64())}),
        None,
    ),
    "invisible characters": (pa.table({"a": ["\u202etxt", "\ufeff", "\x00", ""] * 25, "y": HALVES}), "y"),
    "odd names": (
        pa.table(
            {
                "a.b": HALVES,
                '"q"': HALVES,
                "new\nline": [1, 2, 3, 4] * 25,
                "😀": ["é", "ü"] * 50,
                "n" * 5000: [1, 2] * 50,
            }
            | {"  ": [1, 2] * 50, "\x00": [1, 5] * 50, "`tick`": [3, 2] * 50, "y": HALVES}
        ),
        "y",
    ),
}


def _round(table: pa.Table, target: str | None, folder: Path) -> tuple[Exploration, str]:
    """Explore, save, load, and return what was loaded with its report."""
    explore(table, target=target).save(folder / "saved")
    loaded = Exploration.load(folder / "saved")
    assert loaded._repr_html_()
    return loaded, loaded.report(folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TABLES)
def test_it_is_explored_and_reported(name: str, tmp_path: Path) -> None:
    table, target = TABLES[name]
    found, page = _round(table, target, tmp_path)
    assert found.rows == table.num_rows
    assert list(found.profile.columns) == table.column_names
    assert found.profile.rows == table.num_rows
    assert len(page) < 1_000_000


class _Tags(HTMLParser):
    """The elements of a page, and what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_tags_in_names_and_values_are_text(tmp_path: Path) -> None:
    hostile = {
        SCRIPT: [SCRIPT, MARKUP, "&amp;", "</td>"] * 50,
        "<b>": [1, 2, 3, 4] * 50,
        MARKUP: ["a", "b"] * 100,
    }
    plain = dict(zip(["first", "second", "third"], hostile.values(), strict=True))
    _, page = _round(pa.table(hostile), MARKUP, tmp_path)
    _, harmless = _round(pa.table(plain | {"first": ["s", "m", "a", "t"] * 50}), "third", tmp_path)
    read, expected = _Tags(), _Tags()
    read.feed(page)
    expected.feed(harmless)
    assert set(read.tags) <= set(expected.tags)
    assert read.tags.count("script") == expected.tags.count("script")
    assert "img" not in read.tags
    assert SCRIPT in "".join(read.text)


def test_duplicate_names_are_refused_by_name() -> None:
    table = pa.Table.from_arrays([pa.array([1, 2]), pa.array([1, 2])], names=["a", "a"])
    with pytest.raises(InputError, match="column names are duplicated: 'a'"):
        explore(table)


def test_large_integers_keep_their_last_digit() -> None:
    found = explore(pa.table({"id": [2**53 + place for place in range(200)]}))
    assert found.profile["id"].distinct <= 200
    assert found.profile["id"].kind == "integer"


def test_a_column_that_changes_type_half_way_is_text(tmp_path: Path) -> None:
    path = tmp_path / "half.csv"
    rows = [*(f"{place},1" for place in range(20_000)), *(f"n{place},2" for place in range(20_000))]
    path.write_text("a,b\n" + "\n".join(rows) + "\n")
    found = explore(path)
    assert found.profile["a"].kind == "string"
    assert found.profile["a"].n == found.rows == 40_000


@pytest.mark.slow
def test_a_wide_table_gives_a_smaller_sample() -> None:
    width = CELLS // 2000
    numbers = pa.array(np.arange(3000, dtype=np.int8))
    table = pa.table({f"c{place}": numbers for place in range(width)})
    assert survey(open_table(table)).sample.rows == 2000


@pytest.mark.slow
def test_a_million_levels(tmp_path: Path) -> None:
    levels = pa.array([f"level {place}" for place in range(1_000_000)])
    late = pa.array(np.random.default_rng(0).random(1_000_000) > 0.5)
    found, page = _round(pa.table({"c": levels, "y": late}), "y", tmp_path)
    assert abs(found.profile["c"].distinct / 1e6 - 1) < 0.05
    assert any(each.kind == "identifier" for each in found.findings)
    assert len(page) < 1_000_000


_MEASURED = """
import resource, sys
import interlock as il
found = il.explore(sys.argv[1], target="y", **eval(sys.argv[3]))
found.report(sys.argv[2])
used = resource.getrusage(resource.RUSAGE_SELF)
lines = open("/proc/self/status").read().splitlines()  # ru_maxrss may be that of the process before
peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
print(used.ru_utime + used.ru_stime, peak / 1024, found.exactness)
"""


def _measured(path: Path, report: Path, limits: str = "{}") -> tuple[float, float, str]:
    """Return the CPU seconds, the peak in MiB, and what a fresh process says of its exactness."""
    command = [sys.executable, "-c", _MEASURED, str(path), str(report), limits]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout
    cpu, peak, exact = said.split(" ", 2)
    return float(cpu), float(peak), exact.strip()


@pytest.mark.slow
def test_five_thousand_columns_in_a_minute(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    kinds = (
        lambda: rng.normal(size=1000),
        lambda: rng.integers(0, 50, 1000),
        lambda: rng.choice([*"abcd"], 1000),
    )
    columns = {f"column {place}": kinds[place % 3]() for place in range(5000)}
    pq.write_table(pa.table(columns | {"y": rng.random(1000) > 0.5}), tmp_path / "wide.parquet")
    cpu, peak, _ = _measured(tmp_path / "wide.parquet", tmp_path / "wide.html")
    assert cpu < 60
    assert peak < 600
    assert (tmp_path / "wide.html").stat().st_size < 3_000_000


def _long(path: Path, rows: int) -> Path:
    """Write a table of ten columns in pieces."""
    rng = np.random.default_rng(0)
    with pq.ParquetWriter(path, pa.table(_piece(rng, 1)).schema) as writer:
        for _ in range(rows // 250_000):
            writer.write_table(pa.table(_piece(rng, 250_000)))
    return path


def _piece(rng: np.random.Generator, n: int) -> dict[str, pa.Array]:
    numbers = {f"n{place}": pa.array(rng.normal(size=n)) for place in range(5)}
    levels = {f"c{place}": pa.array(rng.integers(0, 5000, n).astype(str)) for place in range(4)}
    return numbers | levels | {"y": pa.array(rng.random(n) > 0.5)}


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows_and_stays_within_a_limit(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    one, three = (_long(tmp_path / f"{rows}.parquet", rows * 1_000_000) for rows in (1, 3))
    _, small, _ = _measured(one, report)
    _, large, exact = _measured(three, report)
    assert exact == "exact: all 3,000,000 rows were read"
    assert large < 1.15 * small
    _, limited, exact = _measured(three, report, '{"max_memory": "230MB"}')
    assert limited < 230e6 / 2**20 < large
    assert exact == "exact: all 3,000,000 rows were read"

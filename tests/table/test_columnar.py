from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from interlock.errors import InputError
from interlock.table import batch_values, open_table

ROWS = pa.table({"a": list(range(1000)), "b": [f"x{i % 7}" for i in range(1000)], "c": [None, 0.5] * 500})


def arrow_file(rows: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, rows.schema) as writer:
        writer.write_table(rows)


def arrow_stream(rows: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, rows.schema) as writer:
        writer.write_table(rows)


def parquet(rows: pa.Table, path: Path) -> None:
    pq.write_table(rows, path, row_group_size=300)


def feather(rows: pa.Table, path: Path) -> None:
    pyarrow.feather.write_feather(rows, path, chunksize=300)


@pytest.mark.parametrize(
    ("name", "write"),
    [("d.parquet", parquet), ("d.feather", feather), ("d.arrow", arrow_file), ("d.ipc", arrow_stream)],
)
def test_rows_come_back(tmp_path: Path, name: str, write: object) -> None:
    assert callable(write)
    write(ROWS, tmp_path / name)
    table = open_table(tmp_path / name)
    assert table.count() == 1000
    assert table.read().to_pydict() == ROWS.to_pydict()
    assert table.read(["c", "a"]).to_pydict() == ROWS.select(["c", "a"]).to_pydict()
    assert max(batch.num_rows for batch in table.batches(size=64)) <= 64
    assert sum(part.count() for part in table.parts()) == 1000
    assert table.fingerprint() == open_table(tmp_path / name).fingerprint()


def test_parquet_strings_stay_in_their_dictionary(tmp_path: Path) -> None:
    parquet(ROWS, tmp_path / "d.parquet")
    batch = next(open_table(tmp_path / "d.parquet").batches(["b"]))
    assert pa.types.is_dictionary(batch.schema.field("b").type)
    column = batch_values(batch)["b"]
    assert column.dictionary is not None
    assert sorted(column.dictionary) == [f"x{i}" for i in range(7)]


def test_parquet_parts_are_row_groups(tmp_path: Path) -> None:
    parquet(ROWS, tmp_path / "d.parquet")
    parts = open_table(tmp_path / "d.parquet").parts()
    assert [part.count() for part in parts] == [300, 300, 300, 100]
    assert (
        pa.concat_tables([part.read(["a"]) for part in parts]).to_pydict() == ROWS.select(["a"]).to_pydict()
    )


def test_columns_may_be_called_anything(tmp_path: Path) -> None:
    rows = pa.table({"a.b": ["x"], "a": [{"b": 1}], "class": [1], "🛩": [True]})
    pq.write_table(rows, tmp_path / "d.parquet")
    table = open_table(tmp_path / "d.parquet")
    assert table.skipped == {"a": "struct<b: int64>"}
    assert table.read().to_pydict() == {"a.b": ["x"], "class": [1], "🛩": [True]}
    assert table.read(["a.b"]).to_pydict() == {"a.b": ["x"]}


@pytest.mark.parametrize("name", ["d.parquet", "d.arrow"])
def test_a_file_that_is_not_what_it_says(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="not what its extension says, or is incomplete"):
        open_table(tmp_path / name)


def test_a_parquet_file_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    parquet(ROWS, path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="not what its extension says, or is incomplete"):
        open_table(path)


def test_an_arrow_file_damaged_inside_is_told_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "d.ipc"
    arrow_stream(ROWS, path)
    path.write_bytes(path.read_bytes()[:-3000])
    table = open_table(path)
    with pytest.raises(InputError, match=r"the file cannot be read\n.*\n  got: Expected to be able to read"):
        table.read()


@pytest.mark.parametrize("name", ["d.parquet", "d.arrow"])
def test_a_file_that_changed_since_it_was_opened_is_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write = parquet if name == "d.parquet" else arrow_file
    write(ROWS, path)
    table = open_table(path)
    write(ROWS.slice(0, 900), path)
    with pytest.raises(InputError, match=r"the file changed while it was read\n  where: .*\n  got: .* bytes"):
        table.read()


def test_schemas_that_differ_are_named(tmp_path: Path) -> None:
    parquet(ROWS, tmp_path / "1.parquet")
    parquet(ROWS.set_column(0, "a", ROWS["a"].cast(pa.float64())), tmp_path / "2.parquet")
    with pytest.raises(InputError, match="'a' is double, not int64"):
        open_table(tmp_path / "*.parquet")


def test_several_files_are_one_table(tmp_path: Path) -> None:
    parquet(ROWS.slice(0, 400), tmp_path / "1.parquet")
    parquet(ROWS.slice(400), tmp_path / "2.parquet")
    table = open_table([tmp_path / "1.parquet", tmp_path / "2.parquet"])
    assert table.name == "1.parquet and 1 more"
    assert table.read().to_pydict() == ROWS.to_pydict()

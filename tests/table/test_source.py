from pathlib import Path

import pyarrow as pa
import pytest

from interlock.errors import InputError
from interlock.table import open_table

ROWS = pa.table({"arrival_delay": range(10), "carrier": ["x", "y"] * 5, "list": [[1]] * 10})


def test_batches_have_at_most_the_size_and_all_the_rows() -> None:
    sizes = [batch.num_rows for batch in open_table(ROWS).batches(size=4)]
    assert sizes == [4, 4, 2]


def test_a_table_may_be_opened_again_renamed_and_queried() -> None:
    table = open_table(open_table(ROWS), name="flights")
    assert repr(table) == "Table(name='flights', columns=2, rows=10)"
    assert open_table(table, sql="select count(*)::int as n from data").read()["n"].to_pylist() == [10]


def test_columns_that_cannot_be_read_are_told() -> None:
    table = open_table(ROWS)
    assert table.names == ("arrival_delay", "carrier")
    assert table.skipped == {"list": "list<item: int64>"}
    with pytest.raises(InputError, match="column 'list' is of a type that cannot be read"):
        table.read(["list"])


def test_a_column_that_is_not_there_gets_close_names() -> None:
    with pytest.raises(
        InputError,
        match=r"there is no column 'arival_delay'\n  where: .*\n  next: did you mean 'arrival_delay'",
    ):
        open_table(ROWS).read(["arival_delay"])
    with pytest.raises(InputError, match="next: it has 'arrival_delay', 'carrier'"):
        open_table(ROWS).read(["zzz"])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (pa.table([[1], [2]], names=["a", "a"]), "column names are duplicated: 'a'"),
        (pa.table([[1]], names=[""]), "a column has no name"),
        (pa.table({}), "the table has no columns"),
    ],
)
def test_names_are_checked(rows: pa.Table, message: str) -> None:
    with pytest.raises(InputError, match=message):
        open_table(rows)


@pytest.mark.parametrize("source", [7, {"a", "b"}, object()])
def test_what_is_no_table_is_refused(source: object) -> None:
    with pytest.raises(InputError, match=r"this is not a table\n  got: builtins"):
        open_table(source)


def test_a_fingerprint_follows_the_content(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    before = open_table(path).fingerprint()
    assert before == open_table(path).fingerprint()
    path.write_text("a\n2\n", encoding="utf-8")
    assert open_table(path).fingerprint() != before

import gzip
from pathlib import Path

import pytest

from interlock.errors import InputError
from interlock.table import open_table
from interlock.table.delimited import DelimitedScan


def write(folder: Path, text: str | bytes, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def columns(path: Path, encoding: str = "utf-8") -> dict[str, list[object]]:
    result: dict[str, list[object]] = open_table(path, encoding=encoding).read().to_pydict()
    return result


def test_types_are_those_of_the_whole_file(tmp_path: Path) -> None:
    head = "".join(f"{i},{i},{i}\n" for i in range(1000, 400_000))  # far beyond the first block of 4 MiB
    table = open_table(write(tmp_path, f"a,b,zip\n{head}7,2.5,00501\n"))
    assert [str(field.type) for field in table.schema][:2] == ["int64", "double"]
    last = table.read()["zip"][-1].as_py()
    assert last == "00501"
    assert table.count() == 399_001 == sum(batch.num_rows for batch in table.batches())


def test_missing_without_quotes_and_text_with(tmp_path: Path) -> None:
    path = write(tmp_path, 'n,s\n1,NA\n"",""\nNA,"NA"\n,\n"7",x\n')
    assert columns(path) == {"n": [1, None, None, None, 7], "s": [None, "", "NA", None, "x"]}


def test_a_column_that_is_missing_throughout_is_null(tmp_path: Path) -> None:
    assert columns(write(tmp_path, "a,b\n1,\n2,NA\n"))["b"] == [None, None]


def test_quoted_line_breaks_and_delimiters(tmp_path: Path) -> None:
    assert columns(write(tmp_path, '"a\nb",c\n"x,\ny",1\n')) == {"a\nb": ["x,\ny"], "c": [1]}


@pytest.mark.parametrize(("name", "delimiter"), [("d.csv", ";"), ("d.tsv", "\t"), ("d.csv", "|")])
def test_the_header_tells_the_delimiter(tmp_path: Path, name: str, delimiter: str) -> None:
    path = write(tmp_path, delimiter.join(["a", "b"]) + "\n" + delimiter.join(["1,5", "2"]) + "\n", name)
    assert columns(path) == {"a": ["1,5"], "b": [2]}


def test_gzip_and_byte_order_mark(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress("\ufeffa,b\n1,2\n".encode()), "d.csv.gz")
    assert columns(path) == {"a": [1], "b": [2]}


def test_columns_may_be_called_anything(tmp_path: Path) -> None:
    assert list(columns(write(tmp_path, "class,a.b,🛩,\n1,2,3,4\n"))) == ["class", "a.b", "🛩", "column_4"]


def test_several_files_are_one_table_with_one_type(tmp_path: Path) -> None:
    write(tmp_path, "a,b\n1,x\n", "1.csv")
    write(tmp_path, "b,a\ny,2.5\n", "2.csv")
    table = open_table(tmp_path / "*.csv")
    assert table.read().to_pydict() == {"a": [1.0, 2.5], "b": ["x", "y"]}
    assert [part.read()["a"].to_pylist() for part in table.parts()] == [[1.0], [2.5]]
    assert [part.count() for part in table.parts()] == [1, 1]


def test_only_the_columns_asked_for_in_the_order_asked(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, "a,b,c\n1,2,3\n"))
    assert [batch.schema.names for batch in table.batches(["c", "a"])] == [["c", "a"]]


def test_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, "a,b\n"))
    assert (table.names, table.count(), list(table.batches())) == (("a", "b"), 0, [])


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    assert columns(write(tmp_path, "näme\nÅse\n".encode(encoding)), encoding) == {"näme": ["Åse"]}


def test_not_utf8_tells_the_byte(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\nx,\xe5\n")
    with pytest.raises(InputError) as error:
        open_table(path)
    assert str(error.value) == (
        f"the file is not utf-8\n  where: {path}, byte 6\n"
        '  next: pass encoding=..., such as "latin-1" or "cp1252"'
    )


def test_not_utf8_far_into_the_file_and_across_blocks(tmp_path: Path) -> None:
    start = b"a,b\n" + b"x,1\n" * ((4 << 20) // 4 - 2)
    start += b"x" * ((4 << 20) - 1 - len(start)) + "é".encode()  # a letter cut by the block's end
    path = write(tmp_path, start + b",1\n\xff,2\n")
    with pytest.raises(InputError, match=f"byte {len(start) + 3}\n"):
        open_table(path)


def test_not_utf8_in_the_header(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="byte 1\n"):
        open_table(write(tmp_path, b"n\xe4me,b\n1,2\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"a,b,a,b,c\n1,2,3,4,5\n", "column names are duplicated: 'a', 'b'"),
        (b"a,b\n1,2\n3\n", "row 3 has 1 values where the header has 2"),
        (b"a,b\n1,2\n3,4,5\n", "got: 3,4,5"),
        (b"a,b\n1,2\n3\n", r"where: .*data.csv, row 3 \(the header is row 1"),
    ],
)
def test_broken_files_say_where(tmp_path: Path, text: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        open_table(write(tmp_path, text))


def test_an_unknown_encoding_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such encoding\n  got: utf-99"):
        open_table(write(tmp_path, "a\n1\n"), encoding="utf-99")


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    packed = gzip.compress(b"a,b\n" + bytes(range(48, 58)) * 1000)
    path = write(tmp_path, packed[: len(packed) // 2], "d.csv.gz")
    with pytest.raises(InputError, match="the file"):
        open_table(path)


def test_files_that_differ_are_named(tmp_path: Path) -> None:
    write(tmp_path, "a,b\n1,2\n", "1.csv")
    write(tmp_path, "a,c\n1,2\n", "2.csv")
    with pytest.raises(
        InputError, match=r"differ in their columns: lacks 'b'; adds 'c'\n  where: .*2.csv against"
    ):
        open_table(tmp_path / "*.csv")


def test_a_file_that_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "a\n1\n")
    table = open_table(path)
    write(tmp_path, "a\nx\n")
    with pytest.raises(InputError, match="changed while it was read"):
        table.read()


def test_the_rows_of_each_file_are_known(tmp_path: Path) -> None:
    write(tmp_path, "a\n1\n2\n", "1.csv")
    table = open_table(tmp_path / "1.csv")
    assert isinstance(table._scan, DelimitedScan)
    assert table._scan.count == (2,)


@pytest.mark.slow
def test_a_header_longer_than_the_first_look_is_read_whole(tmp_path: Path) -> None:
    names = [f"a column with a long name, number {index}" for index in range(5000)]
    path = tmp_path / "wide.csv"
    path.write_text(
        "\n".join([",".join(f'"{name}"' for name in names), ",".join(map(str, range(5000)))]) + "\n"
    )
    table = open_table(path)
    assert list(table.names) == names
    assert table.read()[names[-1]].to_pylist() == [4999]

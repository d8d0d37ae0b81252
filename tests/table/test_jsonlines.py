import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from interlock.errors import InputError
from interlock.table import jsonlines, open_table, profile


def write(folder: Path, *rows: object, name: str = "d.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def columns(path: Path) -> dict[str, list[object]]:
    result: dict[str, list[object]] = open_table(path).read().to_pydict()
    return result


def test_numbers_stay_numbers_and_strings_strings(tmp_path: Path) -> None:
    path = write(
        tmp_path, {"n": 1, "x": 1, "s": "00501", "b": True}, {"n": 2, "x": 2.5, "s": "30", "b": None}
    )
    assert columns(path) == {"n": [1, 2], "x": [1.0, 2.5], "s": ["00501", "30"], "b": [True, None]}


def test_a_type_found_late_holds_for_all(tmp_path: Path) -> None:
    padding = "x" * 100
    rows = [{"a": 1, "when": "2013-01-01", "p": padding} for _ in range(40_000)]  # more than one block
    table = open_table(write(tmp_path, *rows, {"a": 0.5, "when": "soon", "late": 7}))
    read = table.read(["a", "when", "late"])
    assert [str(field.type) for field in read.schema][::2] == ["double", "int64"]
    assert [column[-1].as_py() for column in read.columns] == [0.5, "soon", 7]
    assert read["late"].null_count == 40_000


def test_times_are_times_where_all_are(tmp_path: Path) -> None:
    path = write(
        tmp_path, {"t": "2013-01-01T05:00:00-05:00", "s": "2013-01-01"}, {"t": "2013-01-01", "s": "x"}
    )
    table = open_table(path).read()
    assert [str(moment) for moment in table["t"].to_pylist()] == [
        "2013-01-01 10:00:00+00:00",
        "2013-01-01 00:00:00+00:00",
    ]
    assert table["s"].to_pylist() == ["2013-01-01", "x"]


def test_nested_values_are_skipped_and_told(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, {"a": 1, "l": [1]}, {"a": 2, "l": []}))
    assert table.names == ("a",)
    assert table.skipped == {"l": "list<item: int64>"}


def test_gzip_blank_lines_and_no_final_line_break(tmp_path: Path) -> None:
    path = tmp_path / "d.ndjson.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n\n{"a": 2}'))
    assert columns(path) == {"a": [1, 2]}


def test_several_files_are_counted_apart(tmp_path: Path) -> None:
    write(tmp_path, {"a": 1}, name="1.jsonl")
    write(tmp_path, {"a": 2}, {"b": 3}, name="2.jsonl")
    table = open_table(tmp_path / "*.jsonl")
    assert table.read().to_pydict() == {"a": [1, 2, None], "b": [None, None, 3]}
    assert [part.count() for part in table.parts()] == [1, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        (
            '{"a": 1}\n{"a": "x"}\n',
            "'a' holds values of different types\n  where: .*, row 2\n  got: \"x\" after 1",
        ),
        ('{"a": 1}\n{"a": \n', "the file is not JSON lines"),
        ('[{"a": 1}]', "the file is not JSON lines"),
        ("hello", "the file is not JSON lines"),
    ],
)
def test_broken_files_say_why(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        open_table(path)


def test_types_that_change_between_files_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"a": 1}, name="1.jsonl")
    write(tmp_path, {"a": "x"}, name="2.jsonl")
    with pytest.raises(
        InputError,
        match=r"'a' holds values of different types\n  where: .*2.jsonl, row 1\n"
        '  got: "x" where the files before hold int64',
    ):
        open_table(tmp_path / "*.jsonl")


def test_a_file_that_is_not_utf8_is_refused_at_its_byte(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_bytes(b'{"a": "x"}\n{"a": "\xe5"}\n')
    with pytest.raises(InputError, match=r"the file is not utf-8\n  where: .*, byte 18\n"):
        open_table(tmp_path / "d.jsonl")


def test_a_key_that_is_null_throughout(tmp_path: Path) -> None:
    assert columns(write(tmp_path, {"a": None, "b": 1}, {"a": None})) == {"a": [None, None], "b": [1, None]}


@pytest.mark.parametrize("name", ["d.jsonl", "d.jsonl.gz"])
@pytest.mark.parametrize(("rows", "at"), [(100, 60), (80_000, 75_000)])
def test_a_key_that_changes_its_type_half_way_is_told_with_row_and_value(
    tmp_path: Path, name: str, rows: int, at: int
) -> None:
    lines = [json.dumps({"price": None if row < 5 else row / 2, "s": "x"}) for row in range(1, rows + 1)]
    lines[at - 1] = '{"price": "12,50", "s": "x"}'
    content = "\n".join(lines).encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    with pytest.raises(InputError) as raised:
        open_table(tmp_path / name)
    assert str(raised.value) == (
        "'price' holds values of different types\n"
        f"  where: {tmp_path / name}, row {at:,}\n"
        '  got: "12,50" after 2.5\n'
        "  next: write the values of a key in one type, with null where there is none"
    )


@pytest.mark.parametrize("name", ["d.jsonl", "d.jsonl.gz"])
def test_one_file_in_parts_holds_the_same_rows(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonlines, "PART_BYTES", 100_000)
    monkeypatch.setattr(jsonlines, "BLOCK_BYTES", 30_000)
    lines = [json.dumps({"a": row, "s": "ä\n" * (row % 5)}, ensure_ascii=False) for row in range(20_000)]
    content = "\n\n".join(lines).encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    table = open_table([tmp_path / name, write(tmp_path, {"a": -1, "s": "x"}, name="e.jsonl")])
    parts = table.parts()
    assert len(parts) == (2 if name.endswith(".gz") else 7)
    assert [part.count() for part in parts] == [part.read().num_rows for part in parts]
    rows = [row for part in parts for row in part.read().to_pylist()]
    assert rows == table.read().to_pylist() == [*map(json.loads, lines), {"a": -1, "s": "x"}]
    assert table.count() == 20_001
    with ThreadPoolExecutor(2) as pool:
        assert profile(table, executor=pool).digest == profile(table).digest

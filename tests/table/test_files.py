import hashlib
from pathlib import Path

import pytest

from interlock.errors import InputError
from interlock.table import open_table
from interlock.table.files import File, expand, file_format
from interlock.table.reading import digest_files, reading


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.csv", "a.csv", "c[1].csv", "deep/d.csv", "x.parquet"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a\n1\n", encoding="utf-8")
    return tmp_path


def test_globs_are_sorted_and_lists_keep_their_order(folder: Path) -> None:
    names = [path.name for path in expand(str(folder / "?.csv"))]
    assert names == ["a.csv", "b.csv"]
    assert [path.name for path in expand([folder / "b.csv", folder / "a.csv"])] == ["b.csv", "a.csv"]
    assert {path.name for path in expand(folder / "**/*.csv")} == {"a.csv", "b.csv", "c[1].csv", "d.csv"}


def test_a_name_with_brackets_is_a_name_first(folder: Path) -> None:
    assert [file.path for file in expand(folder / "c[1].csv")] == [str(folder / "c[1].csv")]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.cvs", "there is no such file\n  where: .*\n  next: did you mean a.csv"),
        ("nowhere/a.csv", "there is no such file\n  where: .*\n  next: list "),
        ("*.tsv", r"no file matches\n  where: .*\*.tsv\n  next: list "),
        ("deep", r"this is a folder, not a file\n  where: .*deep\n  next: name its files: .*deep/\*.parquet"),
    ],
)
def test_what_is_not_found_is_told(folder: Path, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        expand(folder / name)


@pytest.mark.parametrize("name", ["d.xlsx", "d", ".gz", "d.parquet.gz", "d.zip"])
def test_extensions_that_cannot_be_read(name: str) -> None:
    with pytest.raises(
        InputError, match=r"the file's extension is not one that can be read\n  where: .*\n  next: name it"
    ):
        file_format((File(name),))


def test_extensions_in_capitals() -> None:
    assert file_format((File("DATA.V2.CSV.GZ"),)) == "delimited"


def test_mixed_formats_are_refused(folder: Path) -> None:
    with pytest.raises(InputError, match=r"the files differ in format\n  where: a.csv, x.parquet"):
        open_table([folder / "a.csv", folder / "x.parquet"])


def test_digest_is_that_of_the_bytes_in_order(folder: Path) -> None:
    inner = hashlib.sha256(b"a\n1\n").digest()
    assert (
        digest_files(expand([folder / "a.csv", folder / "b.csv"]))
        == f"sha256:{hashlib.sha256(inner + inner).hexdigest()}"
    )


def test_what_the_system_says_is_passed_on() -> None:
    with (
        pytest.raises(InputError, match=r"the file cannot be read\n  where: d.csv\n  got: Permission denied"),
        reading(File("d.csv")),
    ):
        raise PermissionError(13, "Permission denied")

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.errors import InputError
from interlock.table import open_table
from interlock.table.quotes import broken_quote

TEXT = st.text(alphabet='a,"\n;x \r', max_size=8)


def cut(data: bytes, size: int) -> Iterator[bytes]:
    yield from (data[start : start + size] for start in range(0, len(data), size))


@given(rows=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=6), size=st.integers(1, 20))
def test_what_pythons_own_writer_wrote_is_never_called_broken(rows: list[tuple[str, ...]], size: int) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    assert broken_quote(cut(file.getvalue().encode(), size), ",") is None


@given(before=st.lists(st.tuples(TEXT, TEXT), max_size=5), size=st.integers(1, 30), later=st.booleans())
def test_the_row_of_the_opening_quote_is_named(before: list[tuple[str, ...]], size: int, later: bool) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(["a", "b"])
    csv.writer(file).writerows([(f"k{a}", b) for a, b in before])
    file.write('9,"open\r\n8,x\r\n' + ('7,"y"\r\n' if later else ""))
    found = broken_quote(cut(file.getvalue().encode(), size), ",")
    assert found is not None
    assert found == (len(before) + 2, '9,"open')


@pytest.mark.parametrize("fine", ['5" pipe', 'say "x"', '"a ""b"" c"', '"two\nlines, with, commas"'])
def test_quotes_that_are_no_fault(fine: str, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(f"a,b\n1,{fine}\n2,y\n", encoding="utf-8")
    assert open_table(tmp_path / "d.csv").count() == 2


def rows(broken: str, last: str, at: int) -> str:
    """Return a file in which one row is another one, a ninth of the rows before its end."""
    text = [f"{row},name,{last}\n" for row in range(2, at * 10 // 9)]
    text[at - 2] = broken
    return "id,name,x\n" + "".join(text)


@pytest.mark.parametrize("at", [900, pytest.param(900_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("broken", "last"),
    [('7,"name,5\n', "5"), ('7,name,"5\n', "5"), ('7,name,"5\n', '"5"'), ('7,"na,5\n', '"5"')],
)
def test_a_broken_quote_is_told_by_its_row(broken: str, last: str, at: int, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(rows(broken, last, at), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        open_table(tmp_path / "d.csv")
    assert str(raised.value) == (
        f"the quote that opens in row {at:,} is not closed in it\n"
        f"  where: {tmp_path}/d.csv, row {at:,} (the header is row 1, blank lines not counted)\n"
        f"  got: {broken.strip()}\n"
        "  next: close the quote in that row, or write a quote that belongs to the text twice"
    )


def test_a_quote_that_the_next_rows_quote_closes_in_a_middle_column(tmp_path: Path) -> None:
    text = ["a,b,c\n", *(f'{row},"t{row}",3\n' for row in range(2, 900))]
    text[500] = text[500].replace('",3', ",3")
    (tmp_path / "d.csv").write_text("".join(text), encoding="utf-8")
    with pytest.raises(InputError, match="the quote that opens in row 501 is not closed in it"):
        open_table(tmp_path / "d.csv")


def test_a_quote_that_opens_early_in_a_large_file(tmp_path: Path) -> None:
    text = "id,name\n" + "".join(f"{row},n\n" for row in range(300_000))
    (tmp_path / "d.csv").write_text(text.replace("\n7,n\n", '\n\n7,"n\n'), encoding="utf-8")
    with pytest.raises(InputError, match="the quote that opens in row 9 is not closed in it"):
        open_table(tmp_path / "d.csv")

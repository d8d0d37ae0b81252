from __future__ import annotations

import pyarrow as pa
import pytest

from interlock.config import parse_config
from interlock.errors import InputError
from interlock.explore.cleaning.dates import date_formats, require_times
from interlock.table import open_table
from interlock.table.cleaned import cleaned


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["31.1.2013", "2013-02-01"], ("31.1.2013",)),
        (["31/1/2013", "1/2/2013"], ("31/1/2013",)),
        (["1/31/2013", "1/2/2013 3:15 PM"], ("1/31/2013",)),
        (["1/31/2013", "31.1.2013", "31-Jan-2013"], ("1/31/2013", "31 Jan 2013", "31.1.2013")),
        (["2013-01-31", "2013-02-01"], ("2013-01-31",)),
        (["1/31/13", "2/1/13"], ("1/31/13",)),
        (["1/2/2013", "3/4/2013"], ()),
        (["1/31/2013", "31/1/2013"], ()),
        (["31.1.2013", "soon"], ()),
        ([], ()),
    ],
)
def test_formats_are_found_or_there_is_no_answer(texts: list[str], expected: tuple[str, ...]) -> None:
    assert date_formats(texts) == expected


def test_a_time_column_of_text_is_refused_with_the_steps_that_read_it() -> None:
    table = open_table(pa.table({"day": ["31.1.2013", "1/31/2013", "?", "31.1.2013"]}))
    with pytest.raises(InputError, match="the time column holds text") as error:
        require_times(table, "day")
    assert error.value.got == "31.1.2013"
    text = error.value.next_step.removeprefix("add to interlock.toml:\n\n")
    steps = parse_config('[project]\nname = "x"\n[data]\nsource = "x.csv"\n' + text, "interlock.toml").clean
    assert steps[0].values == ("?",)
    assert steps[1].formats == ("1/31/2013", "31.1.2013")
    require_times(cleaned(table, steps), "day")


def test_times_that_cannot_be_read_are_refused_with_another_way() -> None:
    with pytest.raises(InputError) as error:
        require_times(open_table(pa.table({"day": ["soon", "later"]})), "day")
    assert "choose another time column" in error.value.next_step
    days = ["2013-01-01"] * 40 + ["yesterday"]
    with pytest.raises(
        InputError,
        match=r"column 'day', first in row 41 of the table\n  got: yesterday\n  next: repair the rows",
    ):
        require_times(open_table(pa.table({"day": days})), "day")
    require_times(open_table(pa.table({"day": [1, 2]})), "day")
    require_times(open_table(pa.table({"day": [1, 2]})), "no such column")

from __future__ import annotations

import pytest

from interlock.explore.cleaning.dates import date_formats


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

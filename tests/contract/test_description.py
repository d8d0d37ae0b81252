from __future__ import annotations

import pytest

from interlock.contract.description import description
from interlock.contract.step import KINDS, Step

STEPS = {
    "strip": (Step("strip", "a"), "blanks too many are removed"),
    "missing": (Step("missing", "a", values=("?", 999)), "“?”, 999 mean null"),
    "spelling": (Step("spelling", "a", spellings=(("x", "y"),)), "1 spelling is united with another"),
    "number": (Step("number", "a", format="1.234,5"), "text such as 1.234,5 is read as a number"),
    "date": (Step("date", "a", formats=("31.1.2013",)), "dates are read as 31.1.2013 or ISO 8601"),
    "range": (Step("range", "a", maximum="2013-01-31"), "what lies outside … to 2013-01-31 becomes null"),
    "drop": (Step("drop", "a", copy_of="b"), "it is not read, as a copy of b"),
    "duplicates": (
        Step("duplicates"),
        "rows that repeat another one were left out before the table was parted",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_said_in_words(kind: str) -> None:
    step, expected = STEPS[kind]
    assert description(step) == expected


def test_long_lists_are_cut() -> None:
    assert description(Step("missing", "a", values=tuple(range(9)))) == "0, 1, 2, 3, 4, 5, … mean null"
    assert description(Step("spelling", "a", spellings=(("x", "y"), ("z", "y")))).startswith(
        "2 spellings are"
    )

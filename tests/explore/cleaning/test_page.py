from __future__ import annotations

import pyarrow as pa

from interlock.contract.step import Step
from interlock.explore import explore
from interlock.explore.cleaning.effect import Change, Effect
from interlock.explore.cleaning.page import cleaning_sections, said
from interlock.explore.cleaning.proposal import Accepted, Proposal
from interlock.explore.pages import document

EFFECT = Effect(12, 400, 9, 7, (Change(" Oslo", "Oslo", 7), Change("?", None, 5), Change(" ", "", 1)))
STEP = Step("strip", "city")


def test_nothing_to_clean_is_no_section() -> None:
    assert cleaning_sections((), ()) == []


def test_a_proposal_says_why_how_many_rows_and_shows_before_and_after() -> None:
    (section,) = cleaning_sections(
        (), (Proposal(STEP, "2 values of `city` have blanks.", EFFECT, "certain"),)
    )
    body = str(section.html)
    for text in (
        "1 strip",
        "certain",
        "12 of 400 rows (3 %), 9 different values become 7",
        "“ Oslo”",
        "“Oslo”",
    ):
        assert text in body
    assert "null" in body
    assert "““" not in body


def test_accepted_steps_stand_in_a_table_with_their_rows() -> None:
    (section,) = cleaning_sections(
        (Accepted(STEP, EFFECT), Accepted(Step("duplicates"), Effect(0, 9, 0, 0))), ()
    )
    body = str(section.html)
    for text in ("Accepted", "strip", "city", "12", "3 %", "whole rows"):
        assert text in body


def test_a_sample_is_said_to_be_one() -> None:
    assert said(STEP, Effect(1, 2, 3, 4, basis="a random sample")).endswith("; in a random sample")


def test_whole_columns_and_rows_have_no_values_before_and_after() -> None:
    assert said(Step("drop", "a"), Effect(9, 9, 3, 0)) == "9 of 9 rows (100 %)"
    assert said(Step("duplicates"), Effect(1, 10, 10, 9)) == "1 of 10 rows (10 %), 10 rows become 9"


def test_the_report_shows_hostile_values_as_text() -> None:
    evil = "<script>alert(1)</script>"
    table = pa.table({evil: [f" {evil}", evil, "b", "c"] * 20, "y": [1.5, 2.5] * 40})
    page = document(explore(table))
    assert "Cleaning" in page
    assert evil not in page


def test_rows_that_an_accepted_step_cannot_read_are_said() -> None:
    number = Step("number", "price", format="1,234.5")
    (section,) = cleaning_sections((Accepted(number, Effect(8, 10, 9, 9, unread=2)),), ())
    assert "2 rows hold text that it cannot read" in str(section.html)

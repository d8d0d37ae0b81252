from __future__ import annotations

import pyarrow as pa

from interlock.contract.step import Step
from interlock.explore.cleaning.effect import Change, applied, measure, written
from interlock.explore.cleaning.levels import Levels
from interlock.table import open_table

STRIP = Step("strip", "c")
WORDS = Step("missing", "c", values=("?", 999))
NUMBER = Step("number", "c", format="1,234.5")
RANGE = Step("range", "c", maximum=500)
LEVELS = Levels({" 1,000": 3, "1,000": 2, "?": 4, "999": 1, "5": 10}, 25)


def test_a_step_is_compared_with_what_runs_before_it() -> None:
    strip = measure(STRIP, LEVELS, [WORDS, NUMBER])
    assert (strip.rows, strip.n, strip.before, strip.after) == (3, 25, 5, 4)
    number = measure(NUMBER, LEVELS, [STRIP, WORDS])
    assert (number.rows, number.before, number.after) == (16, 3, 3)
    assert number.examples == (Change("1,000", "1000", 5), Change("5", "5", 10), Change("999", "999", 1))


def test_codes_are_looked_for_in_what_text_has_become() -> None:
    words = measure(WORDS, LEVELS, [STRIP, NUMBER, RANGE])
    assert words.rows == 5
    assert words.examples == (Change("?", None, 4), Change("999", None, 1))


def test_impossible_values_are_those_that_are_left() -> None:
    assert measure(RANGE, LEVELS, [STRIP, WORDS, NUMBER]).examples == (Change("1000", None, 5),)


def test_accepted_steps_are_measured_on_the_raw_table() -> None:
    table = open_table(pa.table({"c": [" 1,000", "?", "5", None], "d": [1, 1, 2, 2]}))
    steps = (STRIP, WORDS, NUMBER, Step("drop", "d"), Step("duplicates"))
    effects = applied(table, steps)
    assert [(each.rows, each.n) for each in effects] == [(1, 4), (1, 4), (2, 4), (4, 4), (0, 4)]
    assert (effects[3].before, effects[3].after) == (2, 0)


def test_blanks_that_cannot_be_seen_are_shown() -> None:
    assert (written("a\u00a0b\t c"), written(999.0), written(1.5)) == ("a␣b␣ c", "999", "1.5")


def test_text_that_an_accepted_step_cannot_read_is_counted() -> None:
    levels = Levels({"5": 3, "call us": 2, "?": 4}, 9)
    assert measure(NUMBER, levels, [WORDS]).unread == 2
    date = Step("date", "c", formats=("31.1.2013",))
    assert measure(date, Levels({"1.2.2013": 1, "2013-02-01": 1, "soon": 1}, 3)).unread == 1
    assert measure(STRIP, levels).unread == 0


def test_text_that_is_written_as_a_moment_already_still_becomes_one() -> None:
    step = Step("date", "day", formats=("2013-01-31",))
    effect = measure(step, Levels({"2013-01-31": 3, "2013-02-01": 2, "soon": 1}, 6))
    assert (effect.rows, effect.unread, effect.examples) == (5, 1, ())

from __future__ import annotations

import numpy as np

from interlock.contract.encode import floats, strings
from interlock.contract.judge import Rule
from interlock.contract.model import Column
from interlock.profile.values import Values

NUMBER, INTEGER, MOMENT, WORD = (
    Rule.of(Column("c", "number")),
    Rule.of(Column("c", "integer")),
    Rule.of(Column("c", "timestamp")),
    Rule.of(Column("c", "category")),
)


def test_numbers_of_either_kind_are_taken_as_they_are() -> None:
    read = floats(NUMBER, Values("integer", np.array([1, 2**53 + 1])), 2)
    assert read.data.tolist() == [1.0, 2.0**53]
    assert not read.null.any()
    assert not read.broken.any()


def test_a_fraction_is_no_integer_and_nan_is_null() -> None:
    read = floats(INTEGER, Values("number", np.array([1.0, 30.9, np.nan, np.inf])), 4)
    assert read.broken.tolist() == [False, True, False, False]
    assert read.null.tolist() == [False, False, True, False]


def test_what_stands_under_a_null_is_never_read() -> None:
    valid = np.array([True, False])
    assert floats(INTEGER, Values("number", np.array([1.0, 0.5]), valid), 2).broken.tolist() == [False, False]
    words = Values("string", np.array([0, -7], dtype=np.int32), valid, np.array(["a"], dtype=object))
    assert strings(WORD, words, 2).codes.tolist() == [0, -1]
    assert strings(WORD, words, 2).broken.tolist() == [False, False]


def test_another_kind_is_broken_except_where_it_is_null() -> None:
    valid = np.array([True, False])
    read = floats(NUMBER, Values("boolean", np.array([True, True]), valid), 2)
    assert (read.broken.tolist(), read.null.tolist()) == ([True, False], [False, True])
    coded = strings(WORD, Values("integer", np.array([1, 1]), valid), 2)
    assert (coded.broken.tolist(), coded.null.tolist()) == ([True, False], [False, True])


def test_moments_divide_with_one_rounding_also_far_from_now() -> None:
    micros = np.array([-(2**62) - 1, -1, 0, 1_380_621_600_123_457, 2**53 + 3, 2**60 + 7], dtype=np.int64)
    read = floats(MOMENT, Values("timestamp", micros), len(micros))
    assert read.data.tolist() == [int(value) / 10**6 for value in micros]


def test_moments_written_as_strings_are_read_once_a_level() -> None:
    dictionary = np.array(["1970-01-02", "no date", "not used"], dtype=object)
    valid = np.array([True, True, True, False])
    values = Values("string", np.array([0, 1, 0, 2], dtype=np.int32), valid, dictionary)
    read = floats(MOMENT, values, 4)
    assert read.data[[0, 2]].tolist() == [86400.0, 86400.0]
    assert (read.broken.tolist(), read.null.tolist()) == (
        [False, True, False, False],
        [False, False, False, True],
    )


def test_an_absent_column() -> None:
    assert floats(NUMBER, None, 2).null.tolist() == [True, True]
    assert floats(NUMBER, None, 2).absent
    assert strings(WORD, None, 2).codes.tolist() == [-1, -1]
    assert strings(WORD, None, 2).absent


def test_objects_with_an_integer_beyond_float64() -> None:
    assert floats(NUMBER, [1, None, 10**400], 3).data[2] == np.inf

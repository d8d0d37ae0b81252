from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.explore.cleaning.spelling import key, near, one_slip, same

COUNTRIES = (
    *("Austria", "Australia", "Iran", "Iraq", "Ireland", "Iceland", "Niger", "Nigeria", "Mali", "Malta"),
    *("Malawi", "Gambia", "Zambia", "Slovakia", "Slovenia", "Guinea", "Guyana", "Dominica", "Mauritius"),
    *("Mauritania", "Dominican Republic", "Congo", "Togo", "Tonga", "Oman", "Jordan", "North Korea"),
    *("South Korea", "Sudan", "South Sudan", "Samoa", "American Samoa", "Panama", "Paraguay", "Uruguay"),
)


def _distance(one: str, other: str) -> int:
    """Optimal string alignment by the textbook recurrence."""
    table = {(i, 0): i for i in range(len(one) + 1)} | {(0, j): j for j in range(len(other) + 1)}
    for i, j in itertools.product(range(1, len(one) + 1), range(1, len(other) + 1)):
        cost = one[i - 1] != other[j - 1]
        table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + cost)
        if i > 1 and j > 1 and (one[i - 1], one[i - 2]) == (other[j - 2], other[j - 1]):
            table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(one), len(other)]


short = st.text("abc", max_size=6)


@given(short, short)
def test_one_slip_is_the_distance_of_one(one: str, other: str) -> None:
    assert bool(one_slip(one, other)) == (_distance(one, other) == 1)


@pytest.mark.parametrize("rare", COUNTRIES)
def test_real_names_are_never_united_however_rare_one_is(rare: str) -> None:
    counts = dict.fromkeys(COUNTRIES, 5000) | {rare: 3}
    assert same(counts) == {}
    assert near(counts) == {}


@pytest.mark.parametrize(
    "counts",
    [
        {"EWR": 9000, "EWK": 3, "JFK": 5000},
        {"1.5": 900, "15": 3, "1,5": 2},
        {"A+": 900, "A-": 3, "A": 5},
        {"C": 900, "C++": 3, "C#": 2},
        {"m": 50, "M": 40},
        {"product": 9000, "products": 3},
        {"station": 9000, "nation": 3},
        {"N1234": 9000, "n1235": 3},
        {"route-66": 500, "route 66": 100},
    ],
)
def test_what_may_mean_something_else_is_left_alone(counts: dict[str, int]) -> None:
    assert same(counts) == {}
    assert near(counts) == {}


def test_case_blanks_and_punctuation_are_united_with_the_most_frequent() -> None:
    counts = {
        "New York": 5,
        "new york": 16,
        "NEW-YORK": 2,
        "St. Louis": 3,
        "St Louis": 2,
        "O'Brien": 4,
        "OBrien": 1,
    }
    assert same(counts) == {
        "New York": "new york",
        "NEW-YORK": "new york",
        "St Louis": "St. Louis",
        "OBrien": "O'Brien",
    }


def test_among_equals_the_one_that_is_neither_small_nor_capital_is_kept() -> None:
    assert same({"ROME": 5, "rome": 5, "Rome": 5}) == {"ROME": "Rome", "rome": "Rome"}


def test_a_capital_goes_before_small_letters_that_are_not_three_times_as_frequent() -> None:
    assert same({"bristol": 300, "Bristol": 100}) == {"bristol": "Bristol"}
    assert same({"bristol": 301, "Bristol": 100}) == {"Bristol": "bristol"}
    assert same({"bristol": 90, "BRISTOL": 80, "Bristol": 40}) == {"bristol": "Bristol", "BRISTOL": "Bristol"}
    assert same({"eBay": 90, "Ebay": 80}) == {"Ebay": "eBay"}


def test_short_codes_are_united_only_where_case_plainly_has_no_meaning() -> None:
    assert same({"NY": 100, "ny": 3}) == {"ny": "NY"}
    assert same({"AA": 50, "Aa": 50, "aa": 50}) == {}
    assert same({"no": 50, "No": 50, "yes": 50, "Yes": 16}) == {"no": "No", "Yes": "yes"}


def test_one_slip_in_a_long_word_is_perhaps_the_frequent_one() -> None:
    counts = {
        "Philadelphia": 900,
        "Philadelpia": 3,
        "Phialdelphia": 2,
        "Philadelphja": 1,
        "Boston": 500,
        "Bosston": 2,
    }
    assert near(counts) == {
        "Philadelpia": "Philadelphia",
        "Phialdelphia": "Philadelphia",
        "Philadelphja": "Philadelphia",
        "Bosston": "Boston",
    }


@pytest.mark.parametrize(
    "counts",
    [
        {"Philadelphia": 900, "Philadelpia": 30},
        {"Philadelphia": 90, "Philadelpia": 1},
        {"Bolton": 900, "Boston": 900, "Boton": 2},
        {"Bern": 900, "Berm": 1},
        {"Bolton": 900, "Bodton": 1},
    ],
)
def test_a_slip_has_to_be_rare_long_and_without_a_rival(counts: dict[str, int]) -> None:
    assert near(counts) == {}


def test_accents_alone_are_perhaps_the_same() -> None:
    assert same({"Málaga": 9, "Malaga": 3}) == {}
    assert near({"Málaga": 9, "Malaga": 3}) == {"Malaga": "Málaga"}


@given(st.dictionaries(st.text(max_size=8), st.integers(1, 1000), max_size=12))
def test_what_is_kept_is_never_replaced(counts: dict[str, int]) -> None:
    for united in (same(counts), near(counts)):
        assert not {*united} & {*united.values()}
        assert {*united} <= {*counts}
    assert all(key(variant) == key(kept) for variant, kept in same(counts).items())

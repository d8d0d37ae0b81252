"""Categories against `collections.Counter`, below and above the budget."""

from collections import Counter
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.profile.damage import damaged, refused_or_canonical

from interlock.errors import InputError
from interlock.profile import Categories
from interlock.profile.categories import BUDGET, TEXT_BUDGET

texts = st.lists(st.text(st.characters(exclude_categories=()), max_size=5))
columns = st.tuples(
    st.integers(0, 2**32), st.integers(0, 9_000), st.integers(1, 12_000), st.sampled_from([1, 60])
)


def _strings(column: tuple[int, int, int, int]) -> list[str]:
    seed, n, distinct, width = column
    return [f"{number:0{width}}" for number in np.random.default_rng(seed).integers(0, distinct, n)]


@given(texts)
def test_few_strings_are_counted_exactly(values: list[str]) -> None:
    categories, counted = Categories.from_strings(values), Counter(values)
    assert categories.exact
    assert categories.n == len(values)
    assert categories.distinct == len(counted)
    assert categories.top(3) == sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:3]
    assert all(categories.count(value) == count for value, count in counted.items())
    assert categories.count("not among them") == 0


@given(texts, st.integers(1, 4))
def test_what_is_withheld_cannot_be_read_and_what_is_counted_stays(values: list[str], fewest: int) -> None:
    categories, counted = Categories.from_strings(values), Counter(values)
    held = deepcopy(categories)
    held.withhold(fewest)
    named = {text: count for text, count in counted.items() if count >= fewest}
    hidden = {text: count for text, count in held.counts.items() if text not in named}
    assert {text: held.counts[text] for text in named} == named
    assert sorted(hidden.values()) == sorted(count for count in counted.values() if count < fewest)
    assert all(text.startswith("#") and len(text) == 17 for text in hidden)
    assert (held.n, held.distinct) == (categories.n, categories.distinct)
    assert held.buckets().tolist() == categories.buckets().tolist()
    assert all(held.count(value) == count for value, count in counted.items())
    assert held.exact is not bool(hidden)
    again = Categories.from_bytes(held.to_bytes())
    again.withhold(fewest)
    assert again == held


@settings(max_examples=12, deadline=None)
@given(st.lists(columns, min_size=1, max_size=4))
def test_any_batching_gives_the_same_bytes(batches: list[tuple[int, int, int, int]]) -> None:
    listed = [_strings(batch) for batch in batches]
    parts = [Categories.from_strings(batch) for batch in listed]
    whole = Categories.from_strings([value for batch in listed for value in batch])
    forwards, backwards = Categories(), Categories()
    for part in parts:
        forwards, backwards = forwards + part, part + backwards
    assert forwards.to_bytes() == whole.to_bytes() == backwards.to_bytes()
    assert Categories.from_bytes(whole.to_bytes()) == whole


def test_adding_leaves_the_parts_alone() -> None:
    a, b = Categories.from_strings(["x"]), Categories.from_strings(_strings((0, 9_000, 9_000, 1)))
    before = a.to_bytes(), b.to_bytes()
    _ = a + b, b + a, a.buckets(), b.buckets()
    assert (a.to_bytes(), b.to_bytes()) == before


def test_the_budget_is_a_matter_of_distinct_strings_and_their_bytes() -> None:
    numbers = [str(number) for number in range(BUDGET + 1)]
    assert Categories.from_strings(numbers[:-1] * 2).exact
    assert not Categories.from_strings(numbers).exact
    long = ["a" * (TEXT_BUDGET // 2), "b" * (TEXT_BUDGET // 2)]
    assert Categories.from_strings(long * 2).exact
    assert not Categories.from_strings([*long, "c"]).exact


def test_a_dictionary_may_repeat_itself_and_hold_unused_strings() -> None:
    dictionary = np.array(["a", "b", "a", "never"], dtype=object)
    categories = Categories()
    categories.update(np.array([0, 1, 2, 2]), dictionary)
    assert categories.top() == [("a", 3), ("b", 1)]
    repeated = np.array(["a", "b"] * BUDGET, dtype=object)
    categories.update(np.arange(len(repeated)), repeated)
    assert categories.exact
    assert categories.count("a") == 3 + BUDGET


def test_buckets_of_few_and_of_many_strings_can_be_compared() -> None:
    few, many = ["a", "b", "a"], _strings((1, 9_000, 9_000, 1))
    together = Categories.from_strings(few).buckets() + Categories.from_strings(many).buckets()
    assert np.array_equal(together, Categories.from_strings(few + many).buckets())


def test_the_size_is_bounded() -> None:
    worst = [f"{number:06}" + "\U0001f600" * 60 for number in range(20_000)]
    assert len(Categories.from_strings(worst).to_bytes()) < 128 * 1024
    wide = [f"{number:031}" for number in range(BUDGET)]
    assert len(Categories.from_strings(wide).to_bytes()) < TEXT_BUDGET + 3 * BUDGET + 10


@given(texts, st.data())
def test_changed_bytes_are_refused_or_canonical(values: list[str], data: st.DataObject) -> None:
    good = Categories.from_strings(values).to_bytes()
    for changed in damaged(good, data):
        assert refused_or_canonical(Categories, changed)


def test_cut_sketches_are_refused() -> None:
    good = Categories.from_strings(_strings((0, 9_000, 9_000, 1))).to_bytes()
    for end in range(0, len(good), 997):
        with pytest.raises(InputError, match="these bytes are not a set of categories"):
            Categories.from_bytes(good[:end])

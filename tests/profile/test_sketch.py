"""The sketch of many strings against the strings themselves."""

from collections import Counter

import numpy as np
import pytest

from interlock.errors import InputError
from interlock.profile.codec import Reader, Writer
from interlock.profile.hashing import hash_strings
from interlock.profile.sketch import BUCKETS, KEPT, TEXT, Sketch


def _sketch(counted: Counter[str]) -> Sketch:
    sketch = Sketch()
    _add(sketch, counted)
    return sketch


def _add(sketch: Sketch, counted: Counter[str]) -> None:
    texts = list(counted)
    sketch.update(texts, hash_strings(texts), np.array(list(counted.values()), dtype=np.int64))


def _bytes(sketch: Sketch) -> bytes:
    writer = Writer()
    sketch.write(writer)
    return writer.to_bytes()


def _draw(seed: int, n: int, distinct: int) -> Counter[str]:
    return Counter(f"user {number}" for number in np.random.default_rng(seed).zipf(1.3, n) % distinct)


def test_the_kept_strings_are_those_with_the_smallest_hashes_and_their_counts_are_exact() -> None:
    counted = _draw(0, 20_000, 10_000)
    sketch = _sketch(counted)
    smallest = sorted(zip(hash_strings(list(counted)).tolist(), counted, strict=True))[:KEPT]
    assert sketch.sample() == {text: counted[text] for _, text in smallest}
    assert all(sketch.count(text) == counted[text] for _, text in smallest)


def test_every_count_is_at_most_the_bound() -> None:
    counted = _draw(1, 20_000, 10_000)
    sketch = _sketch(counted)
    assert all(counted[text] <= sketch.count(text) for text in list(counted)[:500])
    assert sketch.n == counted.total()
    assert sketch.buckets.sum() == counted.total()


@pytest.mark.parametrize("sizes", [(300, 9), (5_000, 5_000), (40, 6_000), (1, 1)])
def test_merging_equals_the_whole_in_any_order_and_batching(sizes: tuple[int, int]) -> None:
    parts = [_draw(seed, n, 4_000) for seed, n in enumerate(sizes)]
    whole, forwards, backwards, updated = _sketch(sum(parts, Counter())), Sketch(), Sketch(), Sketch()
    for part in parts:
        forwards.merge(_sketch(part))
        _add(updated, part)
    for part in reversed(parts):
        backwards.merge(_sketch(part))
    assert _bytes(whole) == _bytes(forwards) == _bytes(backwards) == _bytes(updated)


def test_the_number_of_distinct_strings() -> None:
    assert _sketch(Counter(["a", "b", "a"])).distinct == 2
    assert _sketch(Counter(map(str, range(50_000)))).distinct == pytest.approx(50_000, rel=3 * 0.016)


def test_an_unknown_string_is_counted_0_while_all_are_kept() -> None:
    assert _sketch(Counter(["a", "b"])).count("c") == 0


def test_long_strings_are_told_apart_by_hash_and_shown_by_their_first_characters() -> None:
    sketch = _sketch(Counter({"x" * 1000 + "a": 3, "x" * 1000 + "b": 4}))
    assert sketch.distinct == 2
    assert sketch.count("x" * 1000 + "b") == 4
    assert sketch.sample() == {"x" * TEXT: 7}


def test_the_bytes_come_back_and_nonsense_does_not() -> None:
    sketch = _sketch(_draw(2, 5_000, 4_000))
    data = _bytes(sketch)
    assert _bytes(Sketch.read(Reader(data, b"", "test"))) == data
    sketch.buckets = sketch.buckets[: BUCKETS - 1]
    with pytest.raises(InputError, match="a sketch of another size"):
        Sketch.read(Reader(_bytes(sketch), b"", "test"))

"""Profiles of tables: the algebra over batches of columns, the order of columns, refusals, the digest."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.profile.damage import refused_or_canonical

from interlock.errors import InputError
from interlock.profile import ColumnProfile, Profile, Values

WORDS = np.array([f"city {number}" for number in range(6_000)], dtype=object)


def _batch(seed: int, n: int, distinct: int = 6_000) -> dict[str, Values]:
    generator = np.random.default_rng(seed)
    return {
        "delay, min": Values("number", generator.normal(size=n) * 40, generator.random(n) < 0.9),
        "flight": Values("integer", generator.integers(0, distinct, n)),
        "class": Values("boolean", generator.random(n) < 0.2),
        "🛫": Values("timestamp", generator.integers(1_356_998_400, 1_388_534_400, n) * 1_000_000),
        "to.city": Values("string", generator.integers(0, distinct, n).astype(np.int32), None, WORDS),
    }


def _concatenate(batches: list[dict[str, Values]]) -> dict[str, Values]:
    def join(parts: list[Values]) -> Values:
        valid = [np.ones(len(part.data), bool) if part.valid is None else part.valid for part in parts]
        data = np.concatenate([part.data for part in parts])
        return Values(parts[0].kind, data, np.concatenate(valid), parts[0].dictionary)

    return {name: join([batch[name] for batch in batches]) for name in batches[0]}


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5_000), st.sampled_from([3, 6_000])), min_size=1, max_size=4))
def test_any_batching_gives_the_same_bytes(sizes: list[tuple[int, int]]) -> None:
    batches = [_batch(seed, n, distinct) for seed, (n, distinct) in enumerate(sizes)]
    whole = Profile.of(_concatenate(batches))
    forwards, backwards, updated = Profile(), Profile(), Profile()
    for batch in batches:
        forwards, backwards = forwards + Profile.of(batch), Profile.of(batch) + backwards
        updated.update(batch)
    assert forwards.to_bytes() == whole.to_bytes() == backwards.to_bytes() == updated.to_bytes()
    assert Profile.from_bytes(whole.to_bytes()) == whole


def test_what_it_holds() -> None:
    profile = Profile.of(_batch(0, 100))
    assert profile.rows == 100
    assert list(profile.columns) == ["delay, min", "flight", "class", "🛫", "to.city"]
    assert profile["flight"] == ColumnProfile.of(_batch(0, 100)["flight"])
    assert profile.digest == f"sha256:{hashlib.sha256(profile.to_bytes()).hexdigest()}"
    assert profile != Profile.of(_batch(1, 100))


def test_columns_in_another_order_are_the_same_columns() -> None:
    batch = _batch(0, 50)
    turned = dict(reversed(batch.items()))
    a, b = Profile.of(batch), Profile.of(turned)
    assert (a + b).to_bytes() == (b + a).to_bytes()
    assert ((a + b) + a).to_bytes() == (a + (b + a)).to_bytes() == ((a + a) + b).to_bytes()
    assert list((a + b).columns) == sorted(batch)
    assert list((a + a).columns) == list(batch)


def test_an_empty_profile_is_neutral() -> None:
    profile = Profile.of(_batch(0, 10))
    assert Profile() + profile == profile == profile + Profile()
    assert Profile.from_bytes(Profile().to_bytes()) == Profile()


def test_adding_leaves_the_parts_alone() -> None:
    a, b = Profile.of(_batch(0, 10)), Profile.of(_batch(1, 10))
    before = a.digest, b.digest
    _ = a + b
    assert (a.digest, b.digest) == before


def test_other_columns_are_refused_and_nothing_is_added() -> None:
    profile = Profile.of({"a": Values("integer", np.array([1]))})
    before = profile.digest
    with pytest.raises(InputError) as caught:
        profile.update({"b": Values("integer", np.array([1]))})
    assert caught.value.what == "these rows have other columns than the profile"
    assert caught.value.got == "missing ['a'], added ['b']"
    with pytest.raises(InputError, match="the column is integer here and number there"):
        profile.merge(Profile.of({"a": Values("number", np.array([1.0]))}))
    with pytest.raises(InputError, match="the columns of a batch have different lengths"):
        Profile.of({"a": Values("integer", np.array([1])), "b": Values("integer", np.array([1, 2]))})
    assert profile.digest == before


def test_cut_and_changed_bytes_are_refused() -> None:
    good = Profile.of(_batch(0, 300, 9)).to_bytes()
    generator = np.random.default_rng(0)
    for place in generator.integers(0, len(good), 150).tolist():
        bad = bytearray(good)
        bad[place] ^= int(generator.integers(1, 256))
        with pytest.raises(InputError, match="these bytes are not"):
            Profile.from_bytes(good[:place])
        assert refused_or_canonical(Profile, bytes(bad))
    with pytest.raises(InputError, match="something follows after the end"):
        Profile.from_bytes(good + b"\0")
    with pytest.raises(InputError, match="its first bytes are not those of this form and version"):
        Profile.from_bytes(b"\x80\x04pickle")

"""The hash of strings against a second implementation in plain Python, and the vectors it computed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.profile.hashing import hash_strings

WORD = 2**64 - 1
GAMMA = 0x9E3779B97F4A7C15


def _mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
    return z ^ (z >> 31)


def _hash(value: str) -> int:
    data = value.encode("utf-8", "surrogatepass")
    words = [int.from_bytes(data[at : at + 8], "little") for at in range(0, len(data), 8)]
    sums = sum(_mix((word + (place + 1) * GAMMA) & WORD) for place, word in enumerate(words))
    return _mix(((len(data) + 1) * GAMMA + sums) & WORD)


@given(st.lists(st.text(st.characters(exclude_categories=()))))
def test_it_is_the_documented_hash(values: list[str]) -> None:
    assert hash_strings(values).tolist() == [_hash(value) for value in values]


VECTORS = {
    "": "e220a8397b1dcdaf",
    "a": "9cc9964958266158",
    "JFK": "7b2bd836f2828ca7",
    "12345678": "f44539cefd9187fb",
    "123456789": "acae930087222c65",
    "Zürich, São Paulo, 東京": "eb282e178ea91f6e",
    "\x00": "b382a305f4414f5e",
    "\ud800": "e075fad6302d71d6",
}


@pytest.mark.parametrize(("value", "expected"), VECTORS.items())
def test_fixed_vectors(value: str, expected: str) -> None:
    """Computed by `_hash` above; they may never change, or old profiles could not be added to new ones."""
    assert f"{hash_strings([value])[0]:016x}" == expected
    assert f"{_hash(value):016x}" == expected


def test_it_spreads_similar_strings() -> None:
    hashes = hash_strings([f"N{number}" for number in range(100_000)])
    assert len(np.unique(hashes)) == 100_000
    for shift in (0, 27, 54):
        counts = np.bincount(
            ((hashes >> np.uint64(shift)) % np.uint64(1024)).astype(np.int64), minlength=1024
        )
        chi_square = ((counts - 100_000 / 1024) ** 2).sum() / (100_000 / 1024)
        assert abs(chi_square - 1023) < 4 * np.sqrt(2 * 1023)

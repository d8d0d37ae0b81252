"""The distinct count: its law as the papers state it, and the mixer against SplitMix64 in plain Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from interlock.profile.distinct import HIGHEST_RANK, REGISTERS, estimate, mix, observe

WORD = 2**64 - 1
hashes = st.lists(st.integers(0, WORD)).map(lambda values: np.array(values, dtype=np.uint64))


def _splitmix(seed: int, n: int) -> list[int]:
    """As published by S. Vigna, public domain: https://prng.di.unimi.it/splitmix64.c."""
    out = []
    for _ in range(n):
        seed = (seed + 0x9E3779B97F4A7C15) & WORD
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
        out.append(z ^ (z >> 31))
    return out


def _registers(values: NDArray[np.uint64]) -> NDArray[np.uint8]:
    registers = np.zeros(REGISTERS, dtype=np.uint8)
    for value in values.tolist():
        bits = f"{value:064b}"
        rank = (bits[12:] + "1").index("1") + 1
        registers[int(bits[:12], 2)] = max(registers[int(bits[:12], 2)], rank)
    return registers


@given(st.integers(0, WORD))
def test_mix_is_the_output_of_splitmix64(seed: int) -> None:
    states = np.array([(seed + k * 0x9E3779B97F4A7C15) & WORD for k in (1, 2, 3)], dtype=np.uint64)
    assert mix(states).tolist() == _splitmix(seed, 3)


@given(hashes, hashes)
def test_registers_depend_on_the_set_alone(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> None:
    together, apart = np.zeros(REGISTERS, np.uint8), np.zeros(REGISTERS, np.uint8)
    observe(together, np.concatenate([a, b, a]))
    for part in (b, a):
        observe(apart, part)
    assert np.array_equal(together, apart)
    assert np.array_equal(together, _registers(np.concatenate([a, b])))


def test_full_registers_take_more() -> None:
    registers = np.full(REGISTERS, HIGHEST_RANK, dtype=np.uint8)
    observe(registers, np.array([0, 5], dtype=np.uint64))
    assert registers.max() == HIGHEST_RANK


@pytest.mark.parametrize("n", [10, 1_000, 5_000, 30_000, 300_000])
def test_the_error_is_as_the_paper_says(n: int) -> None:
    generator = np.random.default_rng(n)
    errors = []
    for _ in range(12):
        registers = np.zeros(REGISTERS, dtype=np.uint8)
        observe(registers, generator.integers(0, WORD, n, dtype=np.uint64, endpoint=True))
        errors.append(estimate(registers) / n - 1)
    expected = 1.04 / np.sqrt(REGISTERS)
    assert np.sqrt(np.mean(np.square(errors))) < 1.7 * expected  # chi square, 12 degrees: 1 in 1,000
    assert abs(np.mean(errors)) < 3.5 * expected / np.sqrt(12)


def test_nothing_seen_and_everything_seen() -> None:
    assert estimate(np.zeros(REGISTERS, dtype=np.uint8)) == 0
    assert estimate(np.full(REGISTERS, HIGHEST_RANK, dtype=np.uint8)) > 1e18

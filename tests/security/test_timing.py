"""Time tells nothing of a key: by its structure in `tests/serve/test_keys.py`, and here by measuring."""

from __future__ import annotations

import gc
import statistics
import time

import pytest

from interlock.serve import keys

KEYS = 64
ROUNDS = 4000


@pytest.mark.slow
def test_a_guess_that_is_nearly_right_takes_as_long_as_one_that_is_all_wrong() -> None:
    """Interleaved, medians of CPU time: apart by less than a tenth, as two kinds of the same guess are.

    Comparing text by text, a hit on the last letter would differ from a miss on the first by nanoseconds;
    what is measured is that neither the place in the file nor what the guess shares with a key matters.
    """
    made = [keys.create(f"n{i}", ["predict"]) for i in range(KEYS)]
    kept = [each.key for each in made]
    first, last = made[0].secret.encode(), made[-1].secret.encode()
    guesses = {
        "all wrong": b"interlock_" + b"A" * 43,
        "nearly the first": first[:-1] + bytes([first[-1] ^ 1]),
        "nearly the last": last[:-1] + bytes([last[-1] ^ 1]),
        "the first": first,
        "the last": last,
    }
    times: dict[str, list[int]] = {name: [] for name in guesses}
    gc.disable()
    try:
        for _ in range(ROUNDS):
            for name, guess in guesses.items():
                begun = time.perf_counter_ns()
                keys.find(kept, guess)
                times[name].append(time.perf_counter_ns() - begun)
    finally:
        gc.enable()
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    assert max(medians.values()) / min(medians.values()) < 1.1, medians

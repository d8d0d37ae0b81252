from __future__ import annotations

import hashlib
import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.release.plan import Plan, Share
from interlock.serve.traffic import assigned, drawn, point

UNITS = [f"customer {i}" for i in range(5_000)]
shares = st.lists(st.floats(0.01, 0.24), min_size=1, max_size=4)


def plan_of(*sizes: float) -> Plan:
    challengers = tuple(Share(f"sha256:{i:064x}", size) for i, size in enumerate(sizes))
    return Plan(champion="sha256:champion", challengers=challengers, unit="customer")


def test_the_point_can_be_computed_elsewhere() -> None:
    """By coreutils: `printf 'sha256:bb\\nada' | sha256sum | cut -c1-16` gives these digits."""
    digits = "7efe3abd8331482c"
    assert hashlib.sha256(b"sha256:bb\nada").hexdigest()[:16] == digits
    assert point("sha256:bb", "ada") == int(digits, 16) / 2**64


@settings(max_examples=25, deadline=None)
@given(shares)
def test_each_gets_its_share(sizes: list[float]) -> None:
    """A share of 5,000 units is a binomial draw: five deviations are crossed once in 1.7 million."""
    plan = plan_of(*sizes)
    got = [assigned(plan, unit) for unit in UNITS]
    for challenger in plan.challengers:
        share = challenger.share
        tolerance = 5 * math.sqrt(share * (1 - share) / len(UNITS))
        assert abs(got.count(challenger.release) / len(UNITS) - share) < tolerance


@settings(max_examples=25, deadline=None)
@given(shares, st.data())
def test_a_unit_keeps_its_challenger_while_its_share_grows(sizes: list[float], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(sizes) - 1))
    larger = [*sizes]
    larger[place] += data.draw(st.floats(0, 0.99 - sum(sizes)))
    before, after = plan_of(*sizes), plan_of(*larger)
    release = before.challengers[place].release
    for unit in UNITS[:500]:
        if assigned(before, unit) == release:
            assert assigned(after, unit) == release


@settings(max_examples=25, deadline=None)
@given(shares, st.floats(0.01, 0.03))
def test_a_new_challenger_takes_from_the_champion_alone(sizes: list[float], new: float) -> None:
    before, after = plan_of(*sizes), plan_of(*sizes, new)
    for unit in UNITS[:500]:
        assert assigned(after, unit) in (assigned(before, unit), after.challengers[-1].release)
        assert assigned(before, unit) == "sha256:champion" or assigned(after, unit) == assigned(before, unit)


def test_the_units_of_two_challengers_are_independent() -> None:
    """So that who met one experiment does not meet all: the joint share is the product."""
    both = sum(point("sha256:a", unit) < 0.3 and point("sha256:b", unit) < 0.3 for unit in UNITS)
    assert abs(both / len(UNITS) - 0.09) < 5 * math.sqrt(0.09 * 0.91 / len(UNITS))


def test_by_chance_each_gets_its_share() -> None:
    plan = plan_of(0.1, 0.25)
    got = [drawn(plan) for _ in range(20_000)]
    for challenger in plan.challengers:
        share = challenger.share
        assert abs(got.count(challenger.release) / 20_000 - share) < 5 * math.sqrt(
            share * (1 - share) / 20_000
        )


@pytest.mark.parametrize("size", [1e-9, 1 - 1e-9])
def test_extreme_shares(size: float) -> None:
    got = {assigned(plan_of(size), unit) for unit in itertools.islice(UNITS, 1000)}
    assert got == {"sha256:champion" if size < 0.5 else plan_of(size).challengers[0].release}

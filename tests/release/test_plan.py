from __future__ import annotations

import msgspec
import pytest

from interlock.release.plan import Plan, Share


def test_a_plan_travels_as_json() -> None:
    plan = Plan(champion="a", challengers=(Share("b", 0.25),), shadows=("c",), unit="customer", version=7)
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan
    assert plan.releases == ("a", "b", "c")


@pytest.mark.parametrize("shares", [(0.0,), (1.0,), (-0.1,), (0.5, 0.5), (0.6, 0.7), (float("nan"),)])
def test_shares_that_cannot_be_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="above 0 and together below 1"):
        Plan(champion="a", challengers=tuple(Share(str(i), share) for i, share in enumerate(shares)))


def test_a_release_has_one_part() -> None:
    with pytest.raises(ValueError, match="one part in a plan"):
        Plan(champion="a", shadows=("a",))

from __future__ import annotations

from typing import get_args

import pytest

from interlock.errors import ServeError
from interlock.serve.access import OPEN, Access, Area, Oidc, scope_of

PROVIDER = Oidc(issuer="https://id.example", audience="a", jwks="keys.json")


@pytest.mark.parametrize("area", get_args(Area))
def test_what_is_neither_predict_nor_outcomes_is_admin(area: Area) -> None:
    assert scope_of(area) == (area if area in ("predict", "outcomes") else "admin")


@pytest.mark.parametrize(
    ("access", "environment", "gateway", "opened"),
    [
        (Access(), "dev", False, set(get_args(Area))),
        (Access(keys="k"), "dev", False, {"health"}),
        (Access(oidc=PROVIDER), "dev", False, {"health"}),
        (Access(keys="k"), "production", False, {"health"}),
        (Access(keys="k"), "production", True, {"health"}),
        (Access(), "production", True, set(OPEN)),
        (Access(public=OPEN), "production", False, set(OPEN)),
        (Access(keys="k", public=("health", "metrics")), "production", False, {"health", "metrics"}),
        (Access(public=("predict",)), "dev", False, {"predict"}),
    ],
)
def test_what_is_open_where(access: Access, environment: str, gateway: bool, opened: set[Area]) -> None:
    assert access.opened(environment, gateway=gateway) == opened


def test_a_service_that_nobody_could_ask_says_what_to_do() -> None:
    with pytest.raises(ServeError, match=r"in the environment staging a service answers only those") as error:
        Access().opened("staging")
    assert error.value.next_step.startswith("`interlock keys create NAME`")

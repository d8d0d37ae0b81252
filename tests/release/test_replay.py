from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from interlock.contract import Contract, Policy
from interlock.errors import ReleaseError
from interlock.release import TOLERANCE, Model, Release, load, replay

from .conftest import Compile


def test_the_same_machine_gives_the_same_bits(release: Release) -> None:
    assert replay(load(release.path)) <= 1e-15


def test_a_difference_within_the_tolerance_is_returned(release: Release, compile_model: Compile) -> None:
    near = replace(release, model=Model(compile_model(factor=1 + 1e-8)))
    assert 0 < replay(near) <= TOLERANCE


def test_another_prediction_is_refused(release: Release, compile_model: Compile) -> None:
    other = replace(release, model=Model(compile_model(factor=1.01)))
    with pytest.raises(
        ReleaseError, match=r"golden row \d+ does not get .*\n.*\n  got: alone, a prediction 0\.0\d+ away"
    ):
        replay(other)


def test_a_prediction_that_is_not_a_number_is_refused(release: Release, compile_model: Compile) -> None:
    rows = [row for row in release.golden if not row.rejected]
    spoilt = [msgspec.structs.replace(row, prediction=float("nan")) for row in rows]
    with pytest.raises(ReleaseError, match="a prediction nan away"):
        replay(replace(release, golden=tuple(spoilt)))


def test_a_model_that_looks_at_the_company_is_refused(release: Release, compile_model: Compile) -> None:
    model = Model(compile_model(by_company=True))
    accepted = tuple(row for row in release.golden if not row.rejected)
    alone = tuple(msgspec.structs.replace(row, prediction=0.5) for row in accepted)  # a row is its own mean
    with pytest.raises(ReleaseError, match="together with other rows"):
        replay(replace(release, model=model, golden=alone))


@pytest.mark.parametrize(
    ("name", "policy"), [("distance", Policy(range="reject")), ("carrier", Policy(category="reject"))]
)
def test_another_verdict_of_the_contract_is_refused(release: Release, name: str, policy: Policy) -> None:
    columns = release.contract.columns
    stricter = tuple(replace(column, on=policy) if column.name == name else column for column in columns)
    contract = Contract(stricter, release.contract.task, release.contract.classes)
    with pytest.raises(ReleaseError, match="instead of"):
        replay(replace(release, contract=contract))


def test_a_release_of_refused_rows_replays(release: Release) -> None:
    refused = tuple(row for row in release.golden if row.rejected)
    assert refused
    assert replay(replace(release, golden=refused)) == 0.0

import hashlib

import pytest
from tests.fixtures_validate import solve

from interlock import contract as contracts

TASKS = ("binary", "multiclass", "regression")


@pytest.mark.parametrize("task", TASKS)
def test_digests_are_those_of_the_parts(task: str) -> None:
    solved = solve(task)
    digests = solved.validation.record.digests
    assert digests["model"] == f"sha256:{hashlib.sha256(solved.development.model).hexdigest()}"
    assert digests["contract"] == contracts.digest(solved.contract)
    assert digests["profile"] == solved.profile.digest
    assert digests["dataset"].startswith("sha256:")


def test_the_candidates_are_those_of_development() -> None:
    solved = solve("binary")
    leaderboard = solved.validation.record.leaderboard
    assert [each.name for each in leaderboard if each.chosen] == [solved.development.winner]
    assert {each.name for each in leaderboard} >= {"baseline", "linear"}

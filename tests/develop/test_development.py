import hashlib

import pytest
from tests.fixtures_develop import contract, rows, table

from interlock.develop import Development, develop


@pytest.fixture(scope="module")
def development() -> Development:
    return develop(table(n=300), contract(), candidates=["baseline", "linear"], trials=3)


def test_the_winner_is_the_first_of_the_leaderboard(development: Development) -> None:
    assert development.winner == development.best.name == "linear"
    values = [result.score.value for result in development.leaderboard]
    assert values == sorted(values)


def test_the_digest_is_that_of_the_model(development: Development) -> None:
    assert development.digest == "sha256:" + hashlib.sha256(development.model).hexdigest()


def test_the_summary_is_one_line(development: Development) -> None:
    assert development.summary.startswith("linear: log loss 0.")
    assert "µs a row; parity" in development.summary
    assert "\n" not in development.summary


def test_the_predictor_is_the_fitted_model(development: Development) -> None:
    asked = rows(seed=2)
    assert development.predictor(asked).tolist() == development.fitted.predict(asked).tolist()

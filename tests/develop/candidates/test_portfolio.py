from dataclasses import replace

import numpy as np
import pytest
from tests.fixtures_develop import rows

from interlock.develop.candidates.boosting import SETTINGS
from interlock.develop.candidates.memory import memories
from interlock.develop.candidates.portfolio import portfolio


def test_few_rows_without_a_time_get_the_settings_as_they_are() -> None:
    assert portfolio(SETTINGS, rows()) == SETTINGS


def test_where_there_is_a_time_the_first_one_forgets_too() -> None:
    train = rows()
    train = replace(train, time=np.linspace(0.0, 86_400.0 * 1000, len(train)))
    found = portfolio(SETTINGS, train)
    assert [each.memory for each in found] == [0.0, *memories(train), *[0.0] * (len(SETTINGS) - 1)]
    assert {replace(each, memory=0.0) for each in found[:3]} == {SETTINGS[0]}


def test_many_rows_are_learned_from_at_twice_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    train = rows()
    monkeypatch.setattr("interlock.develop.candidates.portfolio._MANY", len(train) * train.columns - 1)
    assert [each.rate for each in portfolio(SETTINGS, train)] == [2 * each.rate for each in SETTINGS]

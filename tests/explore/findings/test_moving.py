from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.explore.tables import measured

from interlock.explore.findings.moving import Moving, moving, time_column

N = 24 * 60
AT = np.datetime64("2020-01-01T00:00:00", "us") + np.arange(N) * np.timedelta64(3600, "s")


def _moving(columns: dict[str, Any], **declared: Any) -> list[Moving]:
    sample, contract, found = measured(pa.table({"at": AT, **columns}), **declared)
    return moving(sorted(found.values(), key=lambda each: -each.strength), sample, contract, "at")


def test_the_target_the_rows_and_what_matters_are_followed() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=N)
    columns: dict[str, Any] = {f"x{place}": y + rng.normal(size=N) * (place + 1) for place in range(8)}
    columns["gaps"] = pa.array(rng.normal(size=N), mask=rng.random(N) < 0.1)
    columns["name"] = rng.choice(list("abc"), N)
    found = _moving({**columns, "y": y}, target="y", time="at")
    assert [each.role for each in found] == ["target", "rows", *["input"] * 5, "missing"]
    assert [each.columns[0] for each in found][:4] == ["y", "at", "x0", "x1"]
    assert found[-1].columns == ("gaps",)
    assert found[0].spread == pytest.approx(y.std())
    assert np.allclose(found[0].values, y)
    assert found[-1].values.mean() == pytest.approx(columns["gaps"].null_count / N)


def test_classes_are_followed_as_shares() -> None:
    late = np.random.default_rng(1).random(N) < 0.3
    found = _moving({"late": late}, target="late", time="at")
    assert found[0].shown == "share of late = true"
    assert found[0].values.tolist() == late.astype(float).tolist()
    many = np.array(["a", "b", "b", "c"])[np.arange(N) % 4]
    found = _moving({"class": many}, target="class", time="at")
    assert found[0].shown == "share of class = b"
    assert found[0].values.mean() == 0.5


def test_parts_of_the_clock_and_the_calendar_are_left_out() -> None:
    rng = np.random.default_rng(2)
    columns = {
        "hour": np.arange(N) % 24,
        "weekday": (np.arange(N) // 24 + 2) % 7,
        "day": AT.astype("datetime64[D]").astype(int),
        "serial": np.arange(N) * 3.0,
        "constant": np.full(N, 5.0),
        "huge": rng.normal(size=N) * 1e200,
        "weather": rng.normal(size=N) + np.arange(N) % 24 * 0.05,
    }
    assert [each.columns[0] for each in _moving(columns) if each.role == "input"] == ["weather"]


def test_the_time_is_declared_or_the_only_one() -> None:
    columns: dict[str, Any] = {"at": AT, "x": np.random.default_rng(3).normal(size=N)}
    for table, declared, expected in (
        (columns, {}, "at"),
        (columns | {"until": AT + np.timedelta64(1, "h")}, {}, None),
        (columns | {"until": AT + np.timedelta64(1, "h")}, {"time": "until"}, "until"),
        (columns, {"ignore": ["at"]}, None),
        ({"x": columns["x"]}, {}, None),
    ):
        sample, contract, _ = measured(pa.table(table), **declared)
        assert time_column(sample, contract) == expected

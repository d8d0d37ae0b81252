from __future__ import annotations

import dataclasses
import math

import msgspec
import pytest

from interlock.report import values


@pytest.mark.parametrize("name", [name for name in values.__all__ if name[0].isupper() and name != "Line"])
def test_every_chart_is_a_frozen_value_with_what_all_share(name: str) -> None:
    kind = getattr(values, name)
    assert issubclass(kind, values.Chart)
    assert {"title", "n", "x_title", "y_title", "note"} <= {field.name for field in dataclasses.fields(kind)}
    assert kind.__dataclass_params__.frozen


def test_values_compare_by_content() -> None:
    assert values.Bars(title="t", labels=("a",), values=(1.0,)) == values.Bars(
        title="t", labels=("a",), values=(1.0,)
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        values.Line("a", (1.0,)).name = "b"  # type: ignore[misc]


def test_a_value_comes_back_from_json_with_its_gaps() -> None:
    lines = values.Lines(title="t", n=3, x=(1.0, 2.0), lines=(values.Line("a", (math.nan, 0.5)),))
    back = values.chart_from(msgspec.json.decode(msgspec.json.encode(values.chart_to(lines))))
    assert isinstance(back, values.Lines)
    assert math.isnan(back.lines[0].y[0])
    assert back.lines[0].y[1] == 0.5
    assert (back.title, back.n, back.x) == ("t", 3, (1.0, 2.0))


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(msgspec.ValidationError, match="no chart of the kind 'Pie'"):
        values.chart_from({"chart": "Pie", "title": "t"})

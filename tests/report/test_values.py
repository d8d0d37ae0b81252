from __future__ import annotations

import dataclasses

import pytest

from interlock.report import values


@pytest.mark.parametrize("name", [name for name in values.__all__ if name != "Line"])
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

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from interlock import sections
from interlock.sections import Data


def test_a_single_source_is_called_data() -> None:
    assert Data("f.csv").sources == {"data": "f.csv"}
    assert Data({"flights": "f.csv"}).sources == {"flights": "f.csv"}


@pytest.mark.parametrize(
    ("source", "addresses"),
    [
        ("f.csv", ("f.csv",)),
        (("a.csv", "b.csv"), ("a.csv", "b.csv")),
        ({"flights": ("a.csv", "b.csv"), "weather": "w.csv"}, ("a.csv", "b.csv", "w.csv")),
    ],
)
def test_all_addresses_of_a_source_are_named_in_order(source: Any, addresses: tuple[str, ...]) -> None:
    assert Data(source).addresses == addresses


@pytest.mark.parametrize("section", [name for name in sections.__all__ if name not in ("Data", "Named")])
def test_a_section_may_be_empty_and_knows_no_other_keys(section: str) -> None:
    kind = getattr(sections, section)
    assert msgspec.convert({}, kind) == kind()
    with pytest.raises(msgspec.ValidationError, match="unknown field `sede`"):
        msgspec.convert({"sede": 1}, kind)

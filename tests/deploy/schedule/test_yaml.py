from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.deploy.schedule.yaml import document

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20
) | st.sampled_from(
    [
        "yes",
        "on",
        "null",
        "1e3",
        "0x1F",
        "2026-01-01",
        "a: b",
        "- a",
        "#c",
        "~",
        " a",
        "a ",
        "12:30",
        "two words",
        "=",
    ]
)
SCALARS = TEXTS | st.integers(-(10**6), 10**6) | st.booleans() | st.none()
VALUES: Any = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=50)
@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4))
def test_what_is_written_is_read_back_by_pyyaml(value: dict[str, Any]) -> None:
    assert yaml.safe_load(document(value)) == value


def test_lines_stand_as_lines() -> None:
    value = {"path": "a\nb\n", "run": "c\nd"}
    assert document(value) == "path: |\n  a\n  b\nrun: |-\n  c\n  d\n"
    assert yaml.safe_load(document(value)) == value

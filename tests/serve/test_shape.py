from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interlock.serve.limits import Limits
from interlock.serve.message import Refusal
from interlock.serve.shape import Shape, check_shape, measure

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='[]{},:"\\ aé\n', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text('[{",\\', max_size=3), inner, max_size=4)
    ),
    max_leaves=30,
)


def walked(value: Any, *, in_list: bool = False) -> Shape:
    """The same by walking over the decoded value."""
    if not isinstance(value, list | dict):
        return Shape(0, 0, 0)
    items = value if isinstance(value, list) else list(value.values())
    inner = [walked(item, in_list=isinstance(value, list)) for item in items]
    own = in_list and isinstance(value, dict)
    return Shape(
        1 + max((each.depth for each in inner), default=0),
        1 + max(len(items) - 1, 0) + sum(each.values for each in inner),
        own + sum(each.rows for each in inner),
    )


@given(VALUES, st.sampled_from([None, 1]))
def test_a_shape_is_what_walking_over_the_value_finds(value: Any, indent: int | None) -> None:
    body = json.dumps(value, indent=indent, ensure_ascii=False).encode()
    assert measure(body) == walked(value)


@given(VALUES, st.integers(1, 4), st.integers(1, 8), st.integers(1, 4))
@example([{}], 1, 8, 4)
@example([[[{}]]], 2, 8, 4)
def test_a_body_is_refused_exactly_where_it_is_beyond_a_limit(
    value: Any, depth: int, values: int, rows: int
) -> None:
    limits = Limits(max_depth=depth, max_values=values, max_rows=rows)
    body, shape = json.dumps(value).encode(), walked(value)
    expected = shape.depth > depth or shape.values > values or shape.rows > rows
    try:
        check_shape(body, limits)
    except Refusal:
        assert expected
    else:
        brackets = body.count(b"{") + body.count(b"[")
        assert not expected or (brackets <= depth and len(body) <= values)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"[" * 33, 400, "depth"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, 400, "depth"),
        (b'["]"' * 40, 400, "depth"),
        (b"[" + b"{}," * 10_000 + b"{}]", 413, "rows"),
        (b"[" + b"0," * 1_000_000 + b"0]", 413, "values"),
        (b"{" + b",".join(b'"%d":1' % i for i in range(1_000_001)) + b"}", 413, "values"),
        (b"a\n" + b"\n" * 1_000_001, 413, "values"),
    ],
)
def test_what_would_become_too_much_is_refused(body: bytes, status: int, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        check_shape(body, Limits())
    assert (refusal.value.status, refusal.value.code) == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b'{"a":1},' * 9_999 + b'{"a":1}]',
        json.dumps([{"text": "[{" * 50 + '\\"'}] * 400).encode(),
        b'"' + b"[" * 100_000 + b'"',
        b"[" * 32 + b"]" * 32,
        b"",
        b'"\\',
    ],
)
def test_what_is_within_the_limits_passes(body: bytes) -> None:
    check_shape(body, Limits())


def test_objects_in_lists_are_rows_only_where_there_are_rows() -> None:
    check_shape(b"[" + b"{}," * 10_000 + b"{}]", Limits(), has_rows=False)

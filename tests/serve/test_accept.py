"""The examples of RFC 9110, section 12.5.1, and what clients send."""

from __future__ import annotations

import pytest

from interlock.serve.accept import preferred

OFFERS = ("application/json", "text/csv", "text/plain")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (b"", "application/json"),
        (b"*/*", "application/json"),
        (b"text/csv", "text/csv"),
        (b"TEXT/CSV", "text/csv"),
        (b"text/*", "text/csv"),
        (b"text/*;q=0.3, text/plain;q=0.7, */*;q=0.5", "text/plain"),
        (b"text/plain; q=0.5, application/json, text/csv; q=0.8", "application/json"),
        (b"application/json;q=0, */*", "text/csv"),
        (b"text/csv, */*;q=0.1", "text/csv"),
        (b"text/csv;q=abc", None),
        (b"image/png", None),
        (b"application/json;q=0", None),
        (b" , ", None),
        (b"\xff", None),
    ],
)
def test_the_largest_weight_wins_and_the_servers_order_breaks_ties(
    accept: bytes, expected: str | None
) -> None:
    assert preferred(accept, OFFERS) == expected

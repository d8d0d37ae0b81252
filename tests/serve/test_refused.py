from __future__ import annotations

import logging

import pytest

from interlock.serve.refused import Reason, Refused


def test_a_flood_is_one_line_in_ten_seconds(caplog: pytest.LogCaptureFixture) -> None:
    counted: list[Reason] = []
    refused = Refused(counted.append)
    with caplog.at_level(logging.WARNING):
        for second in range(25):
            for _ in range(1000):
                refused.note("head")
            refused.note("slow_body")
            refused.say(float(second))
    assert [record.message for record in caplog.records] == [
        "refused: 1000 head, 1 slow_body",
        "refused: 10000 head, 10 slow_body",
        "refused: 10000 head, 10 slow_body",
    ]
    assert len(counted) == 25 * 1001
    assert refused.total == {"head": 25_000, "slow_body": 25}


def test_without_refusals_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    Refused().say(100.0)
    assert caplog.records == []

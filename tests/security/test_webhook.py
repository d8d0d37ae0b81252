"""Webhooks that are caught and sent again, or changed on the way."""

from __future__ import annotations

import pytest

from interlock.errors import SignatureError
from interlock.release.mirror.webhook import TOLERANCE, check, headers

SECRET, CONTENT, NOW = "s" * 32, b'{"type":"deployed"}', 1_800_000_000


def test_a_message_is_good_for_its_window_alone() -> None:
    sent = headers(SECRET, "sha256:1", NOW, CONTENT)
    for moment in (NOW - TOLERANCE, NOW, NOW + TOLERANCE):
        assert check(sent, CONTENT, SECRET, now=moment) == "sha256:1"
    for moment in (NOW - TOLERANCE - 1, NOW + TOLERANCE + 1, NOW + 86_400):
        with pytest.raises(SignatureError, match="sent again by somebody, or a clock is wrong"):
            check(sent, CONTENT, SECRET, now=moment)


def test_within_its_window_a_replay_has_the_same_id() -> None:
    sent = headers(SECRET, "sha256:1", NOW, CONTENT)
    assert {check(sent, CONTENT, SECRET, now=NOW + i) for i in range(10)} == {"sha256:1"}


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-timestamp": str(NOW + 86_400)},
        {"webhook-id": "sha256:2"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "\u0661\u0668"},
        {"webhook-id": ""},
    ],
)
def test_nothing_of_it_can_be_changed(changed: dict[str, str]) -> None:
    sent = {**headers(SECRET, "sha256:1", NOW, CONTENT), **changed}
    with pytest.raises(SignatureError):
        check(sent, CONTENT, SECRET, now=NOW)


def test_a_moved_boundary_is_noticed() -> None:
    """What stands before a dot cannot be moved behind it."""
    sent = headers(SECRET, "a.1", NOW, CONTENT)
    moved = {**sent, "webhook-id": "a", "webhook-timestamp": f"1.{NOW}"}
    with pytest.raises(SignatureError):
        check(moved, CONTENT, SECRET, now=NOW)
    with pytest.raises(SignatureError):
        check(sent, CONTENT + b" ", SECRET, now=NOW)
    with pytest.raises(SignatureError):
        check(sent, CONTENT, "t" * 32, now=NOW)

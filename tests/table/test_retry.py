from __future__ import annotations

import time

import pytest

from interlock.table.retry import TRIES, is_refusal, retried


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


def test_tries_are_bounded_and_pauses_grow(pauses: list[float]) -> None:
    seen: list[int] = []

    def fail() -> None:
        seen.append(len(seen))
        raise ConnectionError(f"try {len(seen)}")

    with pytest.raises(ConnectionError, match=f"try {TRIES}"):
        retried(fail)
    assert pauses == [0.25, 0.5, 1.0]


def test_a_refusal_is_not_tried_again(pauses: list[float]) -> None:
    def refuse() -> None:
        raise OSError("AWS Error ACCESS_DENIED during HeadObject operation: HTTP status 403")

    with pytest.raises(OSError, match="ACCESS_DENIED"):
        retried(refuse)
    assert pauses == []


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("the connection ended after 403 of 5,000 bytes", False),
        ("AWS Error NETWORK_CONNECTION during GetObject operation: curlCode: 7", False),
        ("Azure Error: [AuthorizationFailure] 403 Server failed to authenticate the request", True),
        ("Azure Error: [AuthorizationPermissionMismatch] 403", True),
        ("google::cloud::Status(PERMISSION_DENIED: no)", True),
        ("AWS Error NO_SUCH_BUCKET during ListObjectsV2 operation", True),
    ],
)
def test_what_the_clients_say(text: str, refused: bool) -> None:
    assert is_refusal(OSError(text)) is refused

from __future__ import annotations

import logging
from pathlib import Path
from typing import get_args

import pytest

from interlock.errors import ServeError
from interlock.serve.access import OPEN, Access, Area
from interlock.serve.guard import Grant, Guard
from interlock.serve.keys import create, revoke, rotate, write
from interlock.serve.message import Refusal

AREAS: tuple[Area, ...] = get_args(Area)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def bearer(secret: str) -> dict[bytes, bytes]:
    return {b"authorization": b"Bearer " + secret.encode()}


def status(guard: Guard, area: Area, headers: dict[bytes, bytes]) -> int:
    try:
        guard.check(area, headers)
    except Refusal as refusal:
        return refusal.status if b"www-authenticate" in dict(refusal.headers) else 0
    return 200


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("scope", ["predict", "outcomes", "admin"])
def test_a_key_opens_its_scope_and_no_other(tmp_path: Path, area: Area, scope: str) -> None:
    made = create("ada", [scope])  # type: ignore[list-item]
    write(tmp_path / "k", [made.key])
    guard = Guard(Access(keys=str(tmp_path / "k")))
    needed = area if area in ("predict", "outcomes") else "admin"
    expected = 200 if area == "health" or scope == needed else 403
    assert status(guard, area, bearer(made.secret)) == expected
    assert status(guard, area, {b"x-api-key": made.secret.encode()}) == expected
    assert status(guard, area, {}) == (200 if area == "health" else 401)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"Basic YTpi",
        b"Bearer x",
        b"bearer \xff\xfe",
        b"a.b.c",
        b"Bearer " + b"x" * 9999,
    ],
)
def test_what_is_no_key_is_401_and_not_repeated(tmp_path: Path, sent: bytes) -> None:
    write(tmp_path / "k", [create("ada", ["predict"]).key])
    guard = Guard(Access(keys=str(tmp_path / "k")))
    with pytest.raises(Refusal) as refusal:
        guard.check("predict", {b"authorization": sent})
    assert refusal.value.status == 401
    assert "x" * 20 not in refusal.value.message


def test_expiry_takes_effect_also_for_what_was_known(tmp_path: Path) -> None:
    clock = Clock()
    made = create("ada", ["predict"], seconds=100, now=1000.0)
    write(tmp_path / "k", [made.key])
    guard = Guard(Access(keys=str(tmp_path / "k")), clock=clock)
    for _ in range(3):
        assert status(guard, "predict", bearer(made.secret)) == 200
    clock.now = 1100.0
    with pytest.raises(Refusal, match="has expired"):
        guard.check("predict", bearer(made.secret))


def test_the_file_is_read_again_and_a_revoked_key_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "k"
    first, second = create("ada", ["predict"]), create("bob", ["predict"])
    write(path, [first.key, second.key])
    guard = Guard(Access(keys=str(path)))
    assert status(guard, "predict", bearer(first.secret)) == 200
    write(path, revoke([first.key, second.key], "ada"))
    guard.refresh()
    assert status(guard, "predict", bearer(first.secret)) == 401
    assert status(guard, "predict", bearer(second.secret)) == 200
    kept, new = rotate([second.key], "bob", overlap=60)
    write(path, kept)
    guard.refresh()
    assert [status(guard, "predict", bearer(each.secret)) for each in (second, new)] == [200, 200]


@pytest.mark.parametrize("harm", ["broken", "gone"])
def test_a_broken_file_keeps_the_keys_before_and_says_so(
    tmp_path: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    path, made = tmp_path / "k", create("ada", ["predict"])
    write(path, [made.key])
    guard = Guard(Access(keys=str(path)))
    path.write_bytes(b"{") if harm == "broken" else path.unlink()
    with caplog.at_level(logging.ERROR):
        guard.refresh()
        guard.refresh()
    assert status(guard, "predict", bearer(made.secret)) == 200
    (record,) = caplog.records
    assert "the keys that were there before stay valid" in record.message


def test_dev_is_open_and_everywhere_else_is_closed(tmp_path: Path) -> None:
    dev = Guard(Access())
    assert {status(dev, area, {}) for area in AREAS} == {200}
    said = Guard(Access(public=OPEN), "production")
    assert [area for area in AREAS if status(said, area, {}) == 200] == ["health", "predict", "outcomes"]
    write(tmp_path / "k", [])
    keyed = Guard(Access(keys=str(tmp_path / "k")), "dev")
    assert [area for area in AREAS if status(keyed, area, {}) == 200] == ["health"]


@pytest.mark.parametrize("public", [None, ("health",), ("docs", "metrics")])
def test_a_service_that_nobody_could_ask_does_not_start(public: tuple[Area, ...] | None) -> None:
    with pytest.raises(ServeError, match="answers only those whom it knows") as error:
        Guard(Access(public=public), "production")
    assert "interlock keys create" in str(error.value)
    assert "--open" in str(error.value)


def test_tokens_are_asked_once_until_their_keys_change(tmp_path: Path) -> None:
    class Provider:
        asked, changed = 0, False

        def grant(self, token: bytes) -> Grant:
            self.asked += 1
            return Grant("ada", frozenset(("predict",)), 2000.0)

        def refresh(self) -> bool:
            changed, self.changed = self.changed, False
            return changed

    provider = Provider()
    write(tmp_path / "k", [])
    guard = Guard(Access(keys=str(tmp_path / "k")), tokens=provider, clock=Clock())
    for _ in range(5):
        assert status(guard, "predict", bearer("aa.bb.cc")) == 200
    assert provider.asked == 1
    provider.changed = True
    guard.refresh()
    assert status(guard, "predict", bearer("aa.bb.cc")) == 200
    assert provider.asked == 2

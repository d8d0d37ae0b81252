from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.fixtures_release import write_release
from tests.fixtures_service import MakeApp

from interlock.errors import SignatureError, TamperedError
from interlock.release import Person, Release, create_key, load_key, sign
from interlock.serve.settings import Settings, checked


def settings(release: Release, environment: str, people: dict[str, Person] | None = None) -> Settings:
    return Settings(
        release=str(release.path), ledger="l", run="r", environment=environment, people=people or {}
    )


def test_settings_travel_as_json() -> None:
    given = Settings(release="r", ledger="l", run="x", people={"ada": Person("key", ("ml_engineer",))})
    assert msgspec.json.decode(msgspec.json.encode(given), type=Settings) == given


def test_unsigned_releases_are_for_dev_alone(releases: dict[str, Release]) -> None:
    assert checked(settings(releases["binary"], "dev"))[1] == "unsigned, dev only"
    with pytest.raises(SignatureError, match="a signature is missing"):
        checked(settings(releases["binary"], "production"))


def test_signed_releases_are_for_everywhere(tmp_path: Path) -> None:
    release = write_release(tmp_path / "releases")
    people = {}
    for name, role in (("ada", "data_scientist"), ("ben", "ml_engineer")):
        key = create_key(tmp_path / f"{name}.pem")
        people[name] = Person(key, (role,))  # type: ignore[arg-type]
        sign(release.path, role, name, load_key(tmp_path / f"{name}.pem"))  # type: ignore[arg-type]
    words = checked(settings(release, "production", people))[1]
    assert words == "ada as data_scientist, ben as ml_engineer"


def test_one_person_in_both_roles_is_said(tmp_path: Path) -> None:
    release = write_release(tmp_path / "releases")
    people = {"ada": Person(create_key(tmp_path / "ada.pem"), ("data_scientist", "ml_engineer"))}
    for role in ("data_scientist", "ml_engineer"):
        sign(release.path, role, "ada", load_key(tmp_path / "ada.pem"))
    words = checked(settings(release, "production", people))[1]
    assert words == "ada as data_scientist (self), ada as ml_engineer (self)"


def test_tampered_releases_are_refused(tmp_path: Path) -> None:
    release = write_release(tmp_path / "releases")
    card = release.path / "card.md"
    card.chmod(0o644)
    card.write_text("# Better\n")
    with pytest.raises(TamperedError, match=r"card\.md"):
        checked(settings(release, "dev"))


def test_a_worker_without_a_core_of_its_own_sleeps_at_once(make_app: MakeApp) -> None:
    assert make_app(busy_poll_microseconds=150.0).busy_poll.seconds == 150e-6
    assert make_app(workers=10_000).busy_poll.seconds == 0.0

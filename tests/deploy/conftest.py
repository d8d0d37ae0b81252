from __future__ import annotations

from pathlib import Path

import pytest
from tests import fixtures_release

from interlock.deploy.lock import Pin
from interlock.deploy.platform import ENVIRONMENTS
from interlock.deploy.settings import Settings, checked
from interlock.deploy.shipment import Shipment, shipment
from interlock.release import Person, create_key, load_key, sign

LOCK = (
    Pin("flatbuffers", "25.12.19", ("7634" + "0" * 60,), "Apache 2.0", "Binary format."),
    Pin("numpy", "2.4.6", ("89cd" + "0" * 60, "9acd" + "1" * 60), "BSD-3-Clause AND 0BSD"),
    Pin("odd", "1", ("aaaa" + "0" * 60,), "As its author says", requires=("numpy",)),
    Pin("uvicorn", "0.54.0", ("505b" + "0" * 60,), "MIT", requires=("odd",)),
)


@pytest.fixture(scope="session")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> Shipment:
    release = fixtures_release.write_release(tmp_path_factory.mktemp("unsigned"), name="Flights, late?")
    return shipment(release.path, {}, environments=ENVIRONMENTS)


@pytest.fixture(scope="session")
def signed_release(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Person]]:
    folder = tmp_path_factory.mktemp("signed")
    release = fixtures_release.write_release(folder, name="Flights, late?")
    people = {}
    for name, role in (("ada", "data_scientist"), ("bob b.", "ml_engineer")):
        key = folder / f"{role}.pem"
        people[name] = Person(create_key(key), (role,))  # type: ignore[arg-type]
        sign(release.path, role, name, load_key(key))  # type: ignore[arg-type]
    return release.path, people


@pytest.fixture(scope="session")
def signed(signed_release: tuple[Path, dict[str, Person]]) -> Shipment:
    path, people = signed_release
    return shipment(path, people, environments=ENVIRONMENTS)


@pytest.fixture(scope="session")
def settings() -> Settings:
    return checked(Settings(image="ghcr.io/acme/flights"), "Flights, late?")

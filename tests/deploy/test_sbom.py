from __future__ import annotations

import json

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from tests.deploy.conftest import LOCK

from interlock.deploy.lock import Pin
from interlock.deploy.sbom import sbom
from interlock.deploy.shipment import Shipment
from interlock.deploy.wheel import Wheel

WHEEL = Wheel("interlock-0.1.0-py3-none-any.whl", "0.1.0", b"wheel")


def test_it_is_cyclonedx_1_6(unsigned: Shipment) -> None:
    trouble = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom(unsigned, LOCK, WHEEL))
    assert trouble is None


def test_every_part_has_address_hash_and_licence(unsigned: Shipment) -> None:
    bill = json.loads(sbom(unsigned, LOCK, WHEEL))
    parts = {part["name"]: part for part in bill["components"] if part["type"] == "library"}
    assert set(parts) == {"interlock", *(pin.name for pin in LOCK)}
    assert parts["uvicorn"]["purl"] == "pkg:pypi/uvicorn@0.54.0"
    assert parts["interlock"]["hashes"] == [{"alg": "SHA-256", "content": WHEEL.sha256}]
    assert [
        part["licenses"] for part in (parts["flatbuffers"], parts["numpy"], parts["odd"], parts["uvicorn"])
    ] == [
        [{"license": {"id": "Apache-2.0"}}],
        [{"expression": "BSD-3-Clause AND 0BSD"}],
        [{"license": {"name": "As its author says"}}],
        [{"license": {"id": "MIT"}}],
    ]
    both = [each["hashes"][0]["content"] for each in parts["numpy"]["externalReferences"]]
    assert both == [*LOCK[1].hashes]


def test_the_model_is_a_part_and_the_graph_is_whole(unsigned: Shipment) -> None:
    bill = json.loads(sbom(unsigned, LOCK, WHEEL))
    (model,) = [part for part in bill["components"] if part["type"] == "machine-learning-model"]
    assert model["hashes"][0]["content"] == unsigned.model
    edges = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    named = {part["bom-ref"] for part in bill["components"]}
    image = bill["metadata"]["component"]["bom-ref"]
    assert set(edges) == {image, *named}
    assert edges["pkg:pypi/odd@1"] == ["pkg:pypi/numpy@2.4.6"]
    assert {reference for needs in edges.values() for reference in needs} <= named


def test_the_same_parts_have_the_same_bill_and_others_another_number(unsigned: Shipment) -> None:
    assert sbom(unsigned, LOCK, WHEEL) == sbom(unsigned, LOCK, WHEEL)
    other = [*LOCK[:-1], Pin("uvicorn", "0.55", ("0" * 64,))]
    numbers = {json.loads(sbom(unsigned, lock, WHEEL))["serialNumber"] for lock in (LOCK, other)}
    assert len(numbers) == 2


def test_it_says_that_the_base_is_not_in_it(unsigned: Shipment) -> None:
    bill = json.loads(sbom(unsigned, LOCK, WHEEL))
    assert bill["compositions"] == [
        {"aggregate": "incomplete", "assemblies": [bill["metadata"]["component"]["bom-ref"]]}
    ]

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from tests.deploy.restricted import violations

from interlock.deploy.platform import Canary, files
from interlock.deploy.settings import Settings
from interlock.deploy.shipment import Shipment

#: What is Kubernetes' own in a predictor, and is checked as a pod.
POD = {
    *("containers", "volumes", "securityContext"),
    *("automountServiceAccountToken", "enableServiceLinks", "terminationGracePeriodSeconds"),
}


def _service(shipped: Shipment, settings: Settings, canary: Canary | None = None) -> dict[str, Any]:
    written = files("kserve", shipped, settings, environment="production", canary=canary)
    assert [*written] == ["inferenceservice.yaml"]
    return dict(yaml.safe_load(written["inferenceservice.yaml"]))


def _predictors(service: dict[str, Any]) -> list[dict[str, Any]]:
    return [service["spec"]["predictor"], *(each["predictor"] for each in service["spec"].get("canary", ()))]


@pytest.mark.parametrize("canary", [None, Canary("0123456789ab", 10)])
def test_its_pods_are_taken_by_kubernetes_and_restricted(
    signed: Shipment, settings: Settings, canary: Canary | None
) -> None:
    for predictor in _predictors(_service(signed, settings, canary)):
        pod = {key: value for key, value in predictor.items() if key in POD}
        kubernetes_validate.validate(
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": pod}, "1.37", strict=True
        )
        assert violations(pod) == []


def test_kserve_knows_the_container_by_its_name(signed: Shipment, settings: Settings) -> None:
    service = _service(signed, settings)
    assert service["metadata"]["annotations"]["serving.kserve.io/deploymentMode"] == "Standard"
    (container,) = service["spec"]["predictor"]["containers"]
    assert container["name"] == "kserve-container"
    assert container["image"] == f"ghcr.io/acme/flights:{signed.tag}"
    assert container["readinessProbe"]["httpGet"] == {"path": "/v2/health/ready", "port": 8080}


def test_a_canary_stands_beside_the_champion_with_its_share(signed: Shipment, settings: Settings) -> None:
    service = _service(signed, settings, Canary("0123456789ab", 10))
    champion, tried = _predictors(service)
    assert champion["containers"][0]["image"] == "ghcr.io/acme/flights:0123456789ab"
    assert tried["containers"][0]["image"] == f"ghcr.io/acme/flights:{signed.tag}"
    assert service["spec"]["canary"][0]["trafficPercent"] == 10
    same = {key: value for key, value in tried["containers"][0].items() if key != "image"}
    assert same == {key: value for key, value in champion["containers"][0].items() if key != "image"}


@pytest.mark.slow
def test_kserves_own_models_have_every_field(signed: Shipment, settings: Settings, tmp_path: Path) -> None:
    """There is no CRD without a cluster; the models in KServe's package are generated from the same types."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*pip, "-d", str(tmp_path), "kserve==0.21.0"], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    service = _service(signed, settings, Canary("0123456789ab", 10))
    with zipfile.ZipFile(wheel) as archive:
        assert service["spec"].keys() <= _fields(archive, "v1beta1_inference_service_spec")
        assert service["spec"]["canary"][0].keys() <= _fields(archive, "v1beta1_canary_spec")
        known = _fields(archive, "v1beta1_predictor_spec")
    for predictor in _predictors(service):
        assert predictor.keys() <= known
    assert "nonsense" not in known


def _fields(archive: zipfile.ZipFile, model: str) -> set[str]:
    """Return the names that a model takes in JSON, from its `attribute_map`."""
    tree = ast.parse(archive.read(f"kserve/models/{model}.py"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "attribute_map":
            return set(ast.literal_eval(node.value).values())
    raise AssertionError(model)

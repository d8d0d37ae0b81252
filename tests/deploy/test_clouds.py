"""What a platform is told must be what the server does: paths, ports, variables."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from interlock.deploy.following import following
from interlock.deploy.network import Network
from interlock.deploy.platform import PLATFORMS, files
from interlock.deploy.settings import Settings
from interlock.deploy.shipment import Shipment
from interlock.release.registry.settings import Settings as Registry
from interlock.serve import routes


def _files(platform: str, shipped: Shipment, settings: Settings) -> dict[str, str]:
    return files(platform, shipped, settings, environment="production")


@pytest.mark.parametrize("platform", [each for each in PLATFORMS if each != "docker"])
def test_every_health_path_is_one_that_the_server_has(
    platform: str, signed: Shipment, settings: Settings
) -> None:
    text = "\n".join(_files(platform, signed, settings).values())
    paths = set(re.findall(r"(?:path[ :=]+\"?|health-route )(/[\w/-]*health[\w/-]*)", text))
    assert paths or platform == "sagemaker"  # which asks /ping and nothing else
    for path in paths:
        assert routes.find("GET", path)


def test_azure_scores_at_the_servers_path(signed: Shipment, settings: Settings) -> None:
    deployment = yaml.safe_load(_files("azureml", signed, settings)["deployment.yml"])
    config = deployment["environment"]["inference_config"]
    assert {each["port"] for each in config.values()} == {8080}
    assert routes.find("POST", config["scoring_route"]["path"])[0].protocol == "azureml"
    assert re.fullmatch(r"[a-z][a-z0-9-]{2,31}", deployment["name"])
    terraform = _files("azureml", signed, settings)["main.tf"]
    for route in config.values():
        assert f'path = "{route["path"]}"' in terraform


def test_cloud_run_is_told_the_same_in_both_forms(signed: Shipment, settings: Settings) -> None:
    written = _files("cloudrun", signed, settings)
    service = yaml.safe_load(written["service.yaml"])
    template = service["spec"]["template"]
    (container,) = template["spec"]["containers"]
    assert service["apiVersion"] == "serving.knative.dev/v1"
    assert template["metadata"]["annotations"]["autoscaling.knative.dev/minScale"] == "2"
    assert container["ports"] == [{"name": "http1", "containerPort": 8080}]
    for probe in (container["startupProbe"], container["livenessProbe"]):
        assert probe["timeoutSeconds"] < probe["periodSeconds"]  # as its document asks
    wanted: dict[str, Any] = {
        "cpu ": container["resources"]["limits"]["cpu"],
        "memory": container["resources"]["limits"]["memory"],
        "min_instance_count": 2,
        "container_port": 8080,
        "max_instance_request_concurrency": template["spec"]["containerConcurrency"],
    }
    for key, value in wanted.items():
        assert re.search(rf'{key} *= "?{value}"?\n', written["main.tf"]), key


def test_the_options_that_platforms_set_are_options_of_serve(signed: Shipment, settings: Settings) -> None:
    from interlock.cli import app

    options = app.commands["serve"].params
    known = {each.envvar or f"INTERLOCK_SERVE_{(each.name or '').upper()}" for each in options}
    registry = Registry(url="postgresql://ada@db/interlock", releases="s3://models")
    network = Network(tls=True, following=following(registry, wanted=True))
    for platform in PLATFORMS[1:]:
        written = files(platform, signed, settings, environment="production", network=network)
        text = "\n".join(written.values())
        found = set(re.findall(r"INTERLOCK_SERVE_[A-Z]+", text))
        assert found <= known, platform
        assert ("INTERLOCK_SERVE_FOLLOW" if platform == "kubernetes" else "INTERLOCK_SERVE_PLAIN") in found


def test_the_script_for_vertex_is_a_script(signed: Shipment, settings: Settings, tmp_path: Path) -> None:
    script = tmp_path / "release.sh"
    script.write_text(_files("vertex", signed, settings)["release.sh"])
    subprocess.run(["bash", "-n", str(script)], check=True)
    refused = subprocess.run(["bash", str(script), "10"], capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "the image, best by digest" in refused.stderr
    variables = {"IMAGE": "x", "REGION": "y", "PATH": "/usr/bin:/bin"}
    share = subprocess.run(
        ["bash", str(script), "110"], env=variables, capture_output=True, text=True, check=False
    )
    assert (share.returncode, share.stderr) == (2, "a share is 1 to 100 percent\n")

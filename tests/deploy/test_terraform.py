"""AWS by the provider itself; Google's and Azure's are not here: by the arguments of their documents."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest

from interlock.deploy.network import CLOSED, Network
from interlock.deploy.platform import files
from interlock.deploy.settings import Settings
from interlock.deploy.shipment import Shipment
from interlock.deploy.writing import write

CLOUDS = ("sagemaker", "vertex", "azureml", "cloudrun")
PLUGINS = Path("/opt/tf-plugins")
TERRAFORM = shutil.which("terraform")
META = {"lifecycle", "depends_on", "for_each", "count", "ignore_changes", "dynamic"}
#: Arguments and blocks of each resource, as its page of the provider's documentation lists them.
#: Source: registry.terraform.io, hashicorp/google 6, hashicorp/azurerm 4, azure/azapi 2.
ARGUMENTS = {
    "google_service_account": {"account_id", "display_name"},
    "google_project_iam_member": {"project", "role", "member"},
    "google_artifact_registry_repository": {
        *("location", "repository_id", "format", "description", "docker_config", "immutable_tags"),
    },
    "google_vertex_ai_endpoint": {"name", "display_name", "location", "region", "traffic_split"},
    "google_cloud_run_v2_service_iam_member": {"name", "location", "role", "member"},
    "google_cloud_run_v2_service": {
        *("name", "location", "ingress", "deletion_protection", "labels", "template", "traffic"),
        *("service_account", "max_instance_request_concurrency", "timeout", "execution_environment"),
        *("scaling", "min_instance_count", "max_instance_count", "containers", "image", "args", "ports"),
        *("container_port", "env", "value", "resources", "cpu_idle", "startup_cpu_boost", "limits"),
        *("startup_probe", "liveness_probe", "period_seconds", "timeout_seconds", "failure_threshold"),
        *("http_get", "path", "port", "type", "percent"),
    },
    "azapi_resource": {"type", "name", "parent_id", "location", "identity", "tags", "body"},
    "azapi_update_resource": {"type", "resource_id", "body"},
    "azurerm_monitor_autoscale_setting": {
        *("name", "resource_group_name", "location", "target_resource_id", "profile", "capacity"),
        *("default", "minimum", "maximum", "rule", "metric_trigger", "metric_name", "metric_resource_id"),
        *("operator", "threshold", "statistic", "time_aggregation", "time_grain", "time_window"),
        *("scale_action", "direction", "type", "value", "cooldown"),
    },
}
#: What holds keys of its own, and not arguments.
MAPS = {"labels", "limits", "tags", "body", "traffic_split"}


@pytest.fixture(params=CLOUDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[CLOSED, Network(tls=True)], ids=["plain", "tls"])
def cloud(name: str, request: pytest.FixtureRequest, signed: Shipment, settings: Settings) -> dict[str, str]:
    return files(name, signed, settings, environment="production", network=request.param)


def _resources(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for block in hcl2.loads(text).get("resource", []):
        for kind, named in block.items():
            for body in named.values():
                yield kind.strip('"'), body


def _keys(body: Any) -> Iterator[str]:
    for key, value in body.items():
        if key.startswith("__") or key in META:
            continue
        yield key
        if key not in MAPS:
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, dict):
                    yield from _keys(inner)


def test_it_is_hcl_and_every_argument_stands_in_the_providers_document(cloud: dict[str, str]) -> None:
    for path, text in cloud.items():
        if not path.endswith(".tf"):
            continue
        for kind, body in _resources(text):
            if not kind.startswith("aws_"):
                assert {*_keys(body)} <= ARGUMENTS[kind], kind


def test_every_variable_that_is_used_is_declared(cloud: dict[str, str]) -> None:
    text = "\n".join(text for path, text in cloud.items() if path.endswith(".tf"))
    declared = {name.strip('"') for each in hcl2.loads(cloud["variables.tf"])["variable"] for name in each}
    assert set(re.findall(r"\bvar\.(\w+)", text)) == declared


@pytest.mark.skipif(TERRAFORM is None, reason="terraform is not here")
def test_it_stands_as_terraform_would_format_it(cloud: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path, cloud)
    done = _terraform(tmp_path, "fmt", "-check", "-diff")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.slow
@pytest.mark.skipif(not PLUGINS.is_dir(), reason="the AWS provider is not here")
def test_terraform_with_the_aws_provider_finds_it_valid(
    signed: Shipment, settings: Settings, tmp_path: Path
) -> None:
    tls = Network(tls=True)
    write(tmp_path, files("sagemaker", signed, settings, environment="production", network=tls))
    begun = _terraform(tmp_path, "init", "-backend=false", "-input=false", f"-plugin-dir={PLUGINS}")
    assert begun.returncode == 0, begun.stderr
    done = _terraform(tmp_path, "validate", "-no-color")
    assert done.returncode == 0, done.stderr
    (tmp_path / "main.tf").write_text('resource "aws_sagemaker_model" "x" {\n  nonsense = 1\n}\n')
    assert "nonsense" in _terraform(tmp_path, "validate", "-no-color").stderr


def _terraform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    quiet = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
    command = [TERRAFORM or "terraform", *arguments]
    return subprocess.run(command, cwd=folder, env=quiet, capture_output=True, text=True, check=False)

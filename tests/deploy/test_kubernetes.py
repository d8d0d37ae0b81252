from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import kubernetes_validate
import msgspec
import pytest
from tests.deploy.manifests import Objects, built
from tests.deploy.restricted import violations

from interlock.deploy.platform import ENVIRONMENTS, files
from interlock.deploy.settings import Settings
from interlock.deploy.shipment import Shipment
from interlock.deploy.writing import write

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not here")


@pytest.fixture(scope="module")
def overlay(
    signed: Shipment, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Objects]:
    folder = tmp_path_factory.mktemp("kubernetes")
    write(folder, files("kubernetes", signed, settings, environment="production"))
    overlays = {name: built(folder / "overlays" / name) for name in ENVIRONMENTS}
    return overlays.__getitem__


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_schemas_of_kubernetes_take_every_object(name: str, overlay: Callable[[str], Objects]) -> None:
    for kind, each in overlay(name).items():
        if kind != "ServiceMonitor":  # of the Prometheus operator, whose schema is not among them
            kubernetes_validate.validate(each, "1.37", strict=True)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_pod_is_restricted_and_so_is_the_namespace(name: str, overlay: Callable[[str], Objects]) -> None:
    pod = overlay(name)["Deployment"]["spec"]["template"]["spec"]
    assert violations(pod) == []
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    (container,) = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    labels = overlay(name)["Namespace"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_all_that_selects_pods_selects_these(name: str, overlay: Callable[[str], Objects]) -> None:
    objects = overlay(name)
    template = objects["Deployment"]["spec"]["template"]
    labels = template["metadata"]["labels"]
    selectors = [
        objects["Deployment"]["spec"]["selector"]["matchLabels"],
        objects["Service"]["spec"]["selector"],
        objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
        *(each["labelSelector"]["matchLabels"] for each in template["spec"]["topologySpreadConstraints"]),
    ]
    for selector in selectors:
        assert selector
        assert selector.items() <= labels.items()
    named = {each["name"] for each in template["spec"]["containers"][0]["ports"]}
    assert objects["Service"]["spec"]["ports"][0]["targetPort"] in named
    assert objects["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == "flights-late"
    assert {each["metadata"].get("namespace", f"flights-late-{name}") for each in objects.values()} == {
        f"flights-late-{name}"
    }


def test_a_pod_drains_before_it_is_killed(overlay: Callable[[str], Objects]) -> None:
    from interlock.serve.settings import Settings as Serving

    pod = overlay("production")["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    waits = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    ends = {each.name: each.default for each in msgspec.structs.fields(Serving)}["shutdown_seconds"]
    assert waits + ends < pod["terminationGracePeriodSeconds"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert container["startupProbe"]["httpGet"]["path"] == "/health/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"


def test_no_release_goes_before_the_next_is_ready(overlay: Callable[[str], Objects]) -> None:
    objects = overlay("production")
    assert objects["Deployment"]["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert "replicas" not in objects["Deployment"]["spec"]
    assert objects["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1
    spread = objects["Deployment"]["spec"]["template"]["spec"]["topologySpreadConstraints"]
    assert [each["whenUnsatisfiable"] for each in spread] == ["ScheduleAnyway", "DoNotSchedule"]


def test_each_environment_has_its_size_and_its_word(
    overlay: Callable[[str], Objects], signed: Shipment
) -> None:
    sizes = {}
    for name in ENVIRONMENTS:
        objects = overlay(name)
        (container,) = objects["Deployment"]["spec"]["template"]["spec"]["containers"]
        variables = {each["name"]: each.get("value") for each in container["env"]}
        assert variables["INTERLOCK_SERVE_ENVIRONMENT"] == name
        assert ("INTERLOCK_SERVE_KEYS" in variables) is (name != "dev")
        assert container["image"] == f"ghcr.io/acme/flights:{signed.tag}"
        scale = objects["HorizontalPodAutoscaler"]["spec"]
        sizes[name] = (scale["minReplicas"], scale["maxReplicas"])
    assert sizes == {"dev": (1, 1), "staging": (1, 2), "production": (2, 10)}


def test_what_may_be_written_is_a_volume(overlay: Callable[[str], Objects]) -> None:
    pod = overlay("production")["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    writable = [each["mountPath"] for each in container["volumeMounts"] if not each.get("readOnly")]
    assert writable == ["/srv/interlock/ledger"]
    assert {each["name"] for each in container["volumeMounts"]} == {each["name"] for each in pod["volumes"]}


def test_the_ledger_can_be_shipped_by_a_sidecar(signed: Shipment, settings: Settings, tmp_path: Path) -> None:
    written = files("kubernetes", signed, settings, environment="production")
    overlay = "overlays/production/kustomization.yaml"
    more = written[overlay].replace("components:\n", "components:\n  - ../../components/ship\n")
    write(tmp_path, {**written, overlay: more})
    objects = built(tmp_path / "overlays/production")
    for each in (objects["Deployment"], objects["NetworkPolicy"]):
        kubernetes_validate.validate(each, "1.37", strict=True)
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    assert violations(pod) == []
    (sidecar,) = pod["initContainers"]
    assert sidecar["restartPolicy"] == "Always"
    assert sidecar["image"] == f"ghcr.io/acme/flights-ship:{signed.tag}"
    assert sidecar["volumeMounts"][0] in pod["containers"][0]["volumeMounts"]
    rules = objects["NetworkPolicy"]["spec"]["egress"]
    assert [{port["port"] for port in rule["ports"]} for rule in rules] == [{53}, {443}]
    (destination,) = sidecar["env"]
    assert destination["value"] == "s3://BUCKET/flights-late"


def test_an_unsigned_release_has_no_overlay_but_dev(unsigned: Shipment, settings: Settings) -> None:
    written = files("kubernetes", unsigned, settings, environment="dev")
    overlays = {path.split("/")[1] for path in written if path.startswith("overlays/")}
    assert overlays == {"dev"}


def test_a_bad_manifest_is_refused_by_the_same_check(overlay: Callable[[str], Objects]) -> None:
    bad = {**overlay("dev")["Service"], "spec": {"ports": [{"port": "eighty"}]}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(bad, "1.37", strict=True)

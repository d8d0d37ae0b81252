from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from tests.deploy.manifests import Objects, built
from tests.deploy.restricted import violations

from interlock.deploy.egress import ways
from interlock.deploy.following import following
from interlock.deploy.network import Network
from interlock.deploy.platform import ENVIRONMENTS, files
from interlock.deploy.settings import Settings
from interlock.deploy.shipment import Shipment
from interlock.deploy.writing import write
from interlock.release.registry.settings import Settings as Registry

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not here")


@pytest.fixture
def written(signed: Shipment, settings: Settings, tmp_path: Path) -> Any:
    """Give the objects of an overlay for a network, each taken by the schemas of Kubernetes."""

    def build(network: Network, overlay: str = "production") -> Objects:
        write(tmp_path, files("kubernetes", signed, settings, environment="production", network=network))
        objects = built(tmp_path / "overlays" / overlay)
        for kind, each in objects.items():
            if kind != "ServiceMonitor":
                kubernetes_validate.validate(each, "1.37", strict=True)
        assert violations(_pod(objects)) == []
        return objects

    return build


def _pod(objects: Objects) -> dict[str, Any]:
    pod: dict[str, Any] = objects["Deployment"]["spec"]["template"]["spec"]
    return pod


def test_without_grpc_and_tls_nothing_but_http_is_open(written: Any) -> None:
    objects = written(Network())
    (container,) = _pod(objects)["containers"]
    opened = (*container["ports"], *objects["Service"]["spec"]["ports"])
    assert [each["name"] for each in opened] == ["http", "http"]
    (rule,) = objects["NetworkPolicy"]["spec"]["ingress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": "http"}]


def test_grpc_is_reached_through_container_service_and_network_policy(written: Any) -> None:
    objects = written(Network(grpc_port=8081))
    ports = {each["name"]: each["containerPort"] for each in _pod(objects)["containers"][0]["ports"]}
    assert ports == {"http": 8080, "grpc": 8081}
    service = {each["name"]: each for each in objects["Service"]["spec"]["ports"]}
    assert service["http"]["port"] == 80
    assert service["grpc"] == {
        "name": "grpc",
        "port": 8081,
        "targetPort": "grpc",
        "appProtocol": "kubernetes.io/h2c",
    }
    http, grpc = objects["NetworkPolicy"]["spec"]["ingress"]
    assert grpc["ports"] == [{"protocol": "TCP", "port": "grpc"}]
    prometheus = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    assert grpc["from"] == [each for each in http["from"] if each != prometheus] != http["from"]


@pytest.mark.parametrize("overlay", ENVIRONMENTS)
def test_tls_reaches_from_the_container_to_who_asks_it(written: Any, overlay: str) -> None:
    objects = written(Network(tls=True), overlay)
    (container,) = _pod(objects)["containers"]
    assert [each["name"] for each in container["ports"]] == ["https"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container[probe]["httpGet"]
        assert (asked["port"], asked["scheme"]) == ("https", "HTTPS")
    (port,) = objects["Service"]["spec"]["ports"]
    assert port == {"name": "https", "port": 443, "targetPort": "https", "appProtocol": "https"}
    (rule,) = objects["NetworkPolicy"]["spec"]["ingress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": "https"}]
    if overlay != "dev":  # where nobody scrapes
        (endpoint,) = objects["ServiceMonitor"]["spec"]["endpoints"]
        assert (endpoint["port"], endpoint["scheme"]) == ("https", "https")
        assert endpoint["tlsConfig"] == {
            "ca": {"secret": {"name": "flights-late-tls", "key": "ca.crt"}},
            "serverName": f"flights-late.flights-late-{overlay}.svc",
        }


def test_certificate_and_key_are_mounted_from_a_secret_where_the_image_reads_them(written: Any) -> None:
    pod = _pod(written(Network(tls=True)))
    mounts = {each["name"]: each for each in pod["containers"][0]["volumeMounts"]}
    volumes = {each["name"]: each for each in pod["volumes"]}
    assert mounts["tls"] == {"name": "tls", "mountPath": "/srv/interlock/tls", "readOnly": True}
    assert volumes["tls"]["secret"] == {"secretName": "flights-late-tls", "defaultMode": 0o440}
    assert "client" not in mounts


def test_where_clients_need_a_certificate_probes_and_prometheus_have_one(
    written: Any, settings: Settings, signed: Shipment
) -> None:
    from interlock.deploy.docker import base_of

    objects = written(Network(tls=True, client_ca=True))
    pod = _pod(objects)
    (container,) = pod["containers"]
    python = base_of(settings.base, signed.python).python
    for probe, path in (("startup", "ready"), ("readiness", "ready"), ("liveness", "live")):
        asked = container[f"{probe}Probe"]
        assert "httpGet" not in asked
        assert asked["exec"]["command"] == [python, "-IS", "/srv/interlock/health.py", f"/health/{path}"]
    assert {each["mountPath"] for each in container["volumeMounts"]} >= {
        "/srv/interlock/tls",
        "/srv/interlock/client",
    }
    assert {each["name"] for each in container["volumeMounts"]} == {each["name"] for each in pod["volumes"]}
    (endpoint,) = objects["ServiceMonitor"]["spec"]["endpoints"]
    assert endpoint["tlsConfig"]["cert"] == {"secret": {"name": "flights-late-client", "key": "tls.crt"}}
    assert endpoint["tlsConfig"]["keySecret"] == {"name": "flights-late-client", "key": "tls.key"}


def test_over_tls_grpc_is_no_longer_without_it(written: Any) -> None:
    service = written(Network(tls=True, grpc_port=8081))["Service"]["spec"]["ports"]
    assert {each["name"]: each["appProtocol"] for each in service} == {"https": "https", "grpc": "https"}


def test_an_overlay_without_prometheus_stays_whole(
    signed: Shipment, settings: Settings, tmp_path: Path
) -> None:
    written = files("kubernetes", signed, settings, environment="production", network=Network(tls=True))
    overlay = "overlays/production/kustomization.yaml"
    less = written[overlay].replace("  - ../../components/prometheus\n", "")
    write(tmp_path, {**written, overlay: less})
    assert "ServiceMonitor" not in built(tmp_path / "overlays/production")


@pytest.mark.parametrize("platform", ["kserve", "sagemaker", "vertex", "azureml", "cloudrun"])
def test_where_the_platform_ends_tls_the_container_speaks_none(
    signed: Shipment, settings: Settings, platform: str
) -> None:
    for network, says in ((Network(), False), (Network(tls=True), True)):
        written = files(platform, signed, settings, environment="production", network=network)
        opens = [text for text in written.values() if "INTERLOCK_SERVE_OPEN" in text]
        assert opens
        assert all(("INTERLOCK_SERVE_PLAIN" in text) is says for text in opens)


DNS = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
FAR = Registry(url="postgresql://ada@db.example.com:6432/interlock", releases="s3://models/releases")
ASKED = ways(
    [("[serve] telemetry", "http://collector:4318"), ("[serve.oidc] jwks", "https://id.example.com/jwks")]
)


def _out(objects: Objects) -> list[Any]:
    return [rule["ports"] for rule in objects["NetworkPolicy"]["spec"]["egress"]]


def test_nothing_is_open_outwards_that_no_setting_asks_for(written: Any) -> None:
    objects = written(Network())
    assert objects["NetworkPolicy"]["spec"]["egress"] == []
    assert objects["NetworkPolicy"]["spec"]["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize("overlay", ENVIRONMENTS)
def test_what_the_settings_name_is_open_with_dns_and_says_why(
    written: Any, overlay: str, tmp_path: Path
) -> None:
    objects = written(Network(ways=ASKED, told=("webhooks",)), overlay)
    assert _out(objects) == [DNS, [{"protocol": "TCP", "port": 4318}], [{"protocol": "TCP", "port": 443}]]
    text = (tmp_path / "base/network.yaml").read_text()
    assert "# [serve] telemetry: collector\n" in text
    assert "# [serve.oidc] jwks: id.example.com\n" in text
    assert "# webhooks of [registry]: told by the command that deploys, not by these pods" in text


def test_what_is_open_is_said_to_people() -> None:
    network = Network(ways=ASKED, following=following(FAR, wanted=True))
    assert network.sentences("flights") == (
        (
            "pods may reach DNS and, on any host, port 4318 for [serve] telemetry (collector), "
            "443 for [serve.oidc] jwks (id.example.com), 6432 for [registry] url (db.example.com), "
            "443 for [registry] releases (s3://models): a NetworkPolicy knows no names"
        ),
        (
            f"containers can follow the registry {FAR.url}: staging and production do, with credentials from "
            "the secret flights-registry"
        ),
    )
    assert Network().sentences("flights") == ()


@pytest.mark.parametrize("overlay", ["staging", "production"])
def test_a_registry_is_followed_outside_dev_with_credentials_from_a_secret(
    written: Any, overlay: str
) -> None:
    objects = written(Network(ways=ASKED, following=following(FAR, wanted=True)), overlay)
    (container,) = _pod(objects)["containers"]
    variables = {each["name"]: each.get("value") for each in container["env"]}
    assert variables["INTERLOCK_SERVE_FOLLOW"] == "true"
    assert variables["INTERLOCK_REGISTRY"] == FAR.url
    assert variables["INTERLOCK_RELEASES"] == FAR.releases
    assert variables["INTERLOCK_SERVE_ENVIRONMENT"] == overlay
    assert container["envFrom"] == [{"secretRef": {"name": "flights-late-registry"}}]
    assert {port["port"] for rule in _out(objects) for port in rule} == {53, 4318, 443, 6432}


def test_in_dev_the_release_at_hand_is_served(written: Any) -> None:
    objects = written(Network(following=following(FAR, wanted=True)), "dev")
    (container,) = _pod(objects)["containers"]
    assert "INTERLOCK_SERVE_FOLLOW" not in {each["name"] for each in container["env"]}
    assert _out(objects) == []


@pytest.mark.parametrize(
    ("registry", "wanted", "says"),
    [
        (FAR, False, "set `follow = true` under [serve] of interlock.toml"),
        (Registry(url="sqlite:///registry.db"), True, "is of the machine where this was written"),
    ],
)
def test_a_registry_that_is_not_followed_is_said_in_the_manifest(
    written: Any, tmp_path: Path, registry: Registry, wanted: bool, says: str
) -> None:
    objects = written(Network(following=following(registry, wanted=wanted)))
    assert not (tmp_path / "components/registry").exists()
    assert says in (tmp_path / "base/deployment.yaml").read_text()
    assert _out(objects) == []


def test_a_ledger_is_shipped_where_the_settings_say(
    signed: Shipment, settings: Settings, tmp_path: Path
) -> None:
    network = Network(ways=ASKED, destination="s3://kept/ledger?endpoint_override=minio:9000&scheme=http")
    written = files("kubernetes", signed, settings, environment="production", network=network)
    overlay = "overlays/production/kustomization.yaml"
    more = written[overlay].replace("components:\n", "components:\n  - ../../components/ship\n")
    write(tmp_path, {**written, overlay: more})
    objects = built(tmp_path / "overlays/production")
    (sidecar,) = _pod(objects)["initContainers"]
    assert sidecar["env"] == [{"name": "DESTINATION", "value": network.destination}]
    assert {port["port"] for rule in _out(objects) for port in rule} == {53, 4318, 443, 9000}
    kubernetes_validate.validate(objects["NetworkPolicy"], "1.37", strict=True)

"""An image follows a registry by what its deployment files write: PostgreSQL and a bucket, both real."""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path
from typing import Any

import pytest
from tests import fixtures_release
from tests.deploy.folders import lay, serving
from tests.deploy.manifests import built
from tests.fixtures_release import GOOD
from tests.table.servers import HOST, postgresql, s3

from interlock.deploy.following import Following
from interlock.deploy.network import Network
from interlock.deploy.platform import files
from interlock.deploy.settings import Settings
from interlock.deploy.shipment import Shipment
from interlock.deploy.writing import write
from interlock.release.registry import Named, open_registry


def _variables(shipped: Shipment, settings: Settings, folder: Path, following: Following) -> dict[str, str]:
    """Return what the component `registry` gives to the container, in the environment `dev` of this test."""
    network = Network(following=following)
    write(folder, files("kubernetes", shipped, settings, environment="production", network=network))
    objects = built(folder / "overlays/production")
    (container,) = objects["Deployment"]["spec"]["template"]["spec"]["containers"]
    told = {each["name"]: each["value"] for each in container["env"] if "value" in each}
    del told["INTERLOCK_SERVE_KEYS"]
    return told | {"INTERLOCK_SERVE_ENVIRONMENT": "dev"}


def _answers(url: str, digest: str, seconds: float = 15) -> bool:
    """Tell whether that release answers within some seconds."""
    deadline, found = time.monotonic() + seconds, ""
    while found != digest and time.monotonic() < deadline:
        found = _predict(url).get("release", "")
        time.sleep(0.1)
    return found == digest


def _predict(url: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection(url.partition("://")[2], timeout=10)
    try:
        connection.request("POST", "/v1/predict", json.dumps(GOOD), {"content-type": "application/json"})
        return dict(json.loads(connection.getresponse().read()))
    finally:
        connection.close()


@pytest.mark.slow
def test_it_follows_and_until_the_registry_is_there_it_serves_what_it_brought(
    signed: Shipment, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = lay(tmp_path / "image", signed, settings)
    other = fixtures_release.write_release(tmp_path / "releases", name=signed.name, extra=0.1)
    with postgresql() as port, s3() as store:
        following = Following(
            f"postgresql://ada@{HOST}:{port}/sales", f"{store.prefix}/releases", wanted=True
        )
        variables = _variables(signed, settings, tmp_path / "kubernetes", following)
        secrets = {"PGPASSWORD": "secret", **store.environment}
        for name, value in secrets.items():
            monkeypatch.setenv(name, value)
        with serving(image, **variables) as (url, _, said):
            assert _answers(url, signed.digest)
            assert "until it is reached: the release that was brought along" in said.read_text()
            registry = open_registry(following.url, following.releases)
            registry.register(other.path, person="ada")
            registry.deploy(Named(signed.name, other.digest), "dev", person="ada")
            registry.close()
            assert _answers(url, other.digest)
        with serving(image, **variables) as (url, _, said):
            assert _answers(url, other.digest, 1)
            assert f"follows   registry {following.url}, plan " in said.read_text()
            assert "WARNING" not in said.read_text()

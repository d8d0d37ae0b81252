"""The image is really built by the Dockerfile's own steps, and run as people and platforms run it."""

from __future__ import annotations

import http.client
import json
import math
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from tests import fixtures_release
from tests.certificates import authority, issue
from tests.deploy import image
from tests.deploy.folders import lay
from tests.fixtures_release import GOOD

from interlock.deploy.platform import context
from interlock.deploy.settings import Settings, checked
from interlock.deploy.shipment import Shipment, shipment
from interlock.deploy.writing import write

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("apt-get") is None or os.geteuid() != 0,
        reason="only root of a Debian can build and chroot",
    ),
]
ROOT = Path(__file__).parents[2]


class Built(NamedTuple):
    store: image.Store
    root: Path
    config: dict[str, Any]
    shipped: Shipment


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    folder = tmp_path_factory.mktemp("image")
    image.install_buildah()
    shipped = _context(folder)
    store = image.store(folder / "store")
    runtime, build = folder / "runtime", folder / "build"
    for place in (runtime, build):
        place.mkdir()
    image.unpack(image.RUNTIME, runtime, folder / "packages")
    subprocess.run(["cp", "-a", f"{runtime}/.", str(build)], check=True)
    image.unpack(image.BUILD, build, folder / "more")
    bases = [
        f"BUILD_IMAGE={image.base(store, build, 'build')}",
        f"RUNTIME_IMAGE={image.base(store, runtime, 'runtime')}",
        "PIP_NO_INDEX=1",
    ]
    arguments = [part for each in bases for part in ("--build-arg", each)]
    store("build", "--format", "docker", *arguments, "--tag", "localhost/service", str(folder / "context"))
    root = Path(store("mount", store("from", "localhost/service")))
    yield Built(store, root, image.config(store, "localhost/service"), shipped)
    store("umount", "--all")
    store("rm", "--all")


def _context(folder: Path) -> Shipment:
    """Write the build context of a small release, all wheels in it: the build has no network."""
    release = fixtures_release.write_release(folder / "releases")
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if "==" in line)
    shipped = shipment(release.path, {})._replace(pins=pins)
    place = folder / "context"
    write(place, context(shipped, checked(Settings(), "flights"), environment="dev"))
    platforms = [f"--platform=manylinux_2_{minor}_x86_64" for minor in range(36, 16, -1)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--python-version", "3.11", "--implementation", "cp", *platforms]
    command += ["--platform=manylinux2014_x86_64", "--find-links", str(place / "wheels")]
    command += ["--dest", str(place / "wheels"), "--requirement", str(place / "requirements.txt")]
    subprocess.run(command, check=True, capture_output=True)
    return shipped


def test_it_weighs_less_than_250_mb_with_python_and_libc(built: Built) -> None:
    whole = _size(built.root)
    packages = _size(built.root / "srv/interlock/packages")
    print(f"image {whole / 1e6:.0f} MB, packages {packages / 1e6:.0f} MB")  # noqa: T201 - a measurement
    assert whole < 250e6
    assert packages < 135e6  # of which `pip install` made 172, and 202 with bytecode


def _size(folder: Path) -> int:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files)


def test_it_says_what_it_is_and_how_it_is_started(built: Built) -> None:
    config, labels = built.config, built.config["Labels"]
    assert config["Entrypoint"] == ["/usr/bin/python3", "-m", "interlock"]
    assert config["Cmd"] == ["serve"]
    assert re.fullmatch(r"[1-9]\d*:\d+", config["User"])
    assert labels["interlock.release"] == built.shipped.digest
    assert labels["interlock.contract"] == built.shipped.contract
    assert [*config["ExposedPorts"]] == ["8080/tcp"]


def test_there_is_no_compiler_shell_or_package_manager_in_it(built: Built) -> None:
    programs = {
        path.name for name in ("bin", "usr/bin", "usr/sbin", "sbin") for path in built.root.glob(f"{name}/*")
    }
    assert not programs & {"sh", "bash", "dash", "gcc", "cc", "pip", "pip3", "apt-get", "dpkg", "curl"}
    assert not [*built.root.rglob("pip-*.dist-info")]
    assert not (built.root / "srv/interlock/prepare.py").exists()


def test_every_package_of_the_bill_is_in_it_with_its_licence_file(built: Built) -> None:
    packages = built.root / "srv/interlock/packages"
    bill = [*packages.glob("*.dist-info")]
    assert {path.name.partition("-")[0] for path in bill} >= {"numpy", "onnxruntime", "interlock", "uvicorn"}
    assert [*packages.glob("numpy-*.dist-info/**/LICENSE*")]


@pytest.mark.parametrize("user", ["65532:65532", "4711:0", "0:0"])
def test_it_answers_with_its_files_read_only_whoever_runs_it(built: Built, user: str) -> None:
    port, begun = _free_port(), time.monotonic()
    variables = {"INTERLOCK_SERVE_PORT": str(port), "INTERLOCK_SERVE_HOST": "127.0.0.1"}
    with image.running(built.root, built.config, ["serve"], user=user, **variables) as process:
        answer = _predict(port)
        seconds = time.monotonic() - begun
        print(f"{user}: first answer after {seconds:.2f} s")  # noqa: T201 - a measurement
        assert answer["release"] == built.shipped.digest
        expected = 1 / (1 + math.exp(-float(fixtures_release.score(_numbers(), ["UA"])[0])))
        assert answer["prediction"] == pytest.approx(expected, rel=1e-12)
        status = dict(
            line.split(":\t", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines()
        )
        assert status["NSpid"].split()[-1] == "1"
        assert status["Uid"].split()[0] == user.partition(":")[0]
        assert _health(built, process, port) == 0
        assert _health(built, process, _free_port()) != 0


def test_with_tls_its_health_check_shows_the_certificate_that_clients_need(
    built: Built, tmp_path: Path
) -> None:
    root = Path(built.store("mount", built.store("from", "localhost/service")))
    files = {"tls_certificate": "a.crt", "tls_key": "a.key", "tls_client_ca": "ca.pem"}
    laid = lay(tmp_path / "laid", built.shipped, checked(Settings(), "flights"), **files)
    shutil.copy(laid / "interlock.toml", root / "srv/interlock")
    ca, port = authority(tmp_path), _free_port()
    for name in ("tls", "client"):
        pair, place = issue(ca, tmp_path, name), root / "srv/interlock" / name
        place.mkdir()
        for source, target in ((pair.certificate, "tls.crt"), (pair.key, "tls.key"), (ca.path, "ca.crt")):
            shutil.copy(source, place / target)
    variables = {"INTERLOCK_SERVE_PORT": str(port), "INTERLOCK_SERVE_HOST": "127.0.0.1"}
    with image.running(root, built.config, ["serve"], user="65532:65532", **variables) as process:
        deadline = time.monotonic() + 30
        while _health(built._replace(root=root), process, port) != 0:
            assert time.monotonic() < deadline
        plain = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        plain.request("GET", "/health/live")
        with pytest.raises(ConnectionError):
            plain.getresponse()


def _numbers() -> NDArray[np.float64]:
    at = np.datetime64("2013-06-01T12:00:00", "s").astype(float)
    return np.array([[GOOD["distance"], GOOD["seats"], 1.0, at]])


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _predict(port: int) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("POST", "/v1/predict", json.dumps(GOOD), {"content-type": "application/json"})
            return dict(json.loads(connection.getresponse().read()))
        except ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        finally:
            connection.close()


def _health(built: Built, process: int, port: int) -> int:
    """Run the image's own health check beside its server."""
    kind, *command = built.config["Healthcheck"]["Test"]
    assert kind == "CMD"
    inside = ["nsenter", "--target", str(process), "--mount", "--pid", "chroot", str(built.root), *command]
    variables = {"INTERLOCK_SERVE_PORT": str(port), "PATH": os.environ["PATH"]}
    return subprocess.run(inside, env=variables, capture_output=True, check=False, timeout=60).returncode

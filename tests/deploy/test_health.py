"""The image's own check of its health, run beside real servers in the folders of an image."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.certificates import authority, issue
from tests.deploy.conftest import LOCK

from interlock.deploy.docker import docker
from interlock.deploy.settings import Settings
from interlock.deploy.shipment import Shipment
from interlock.deploy.wheel import Wheel
from interlock.deploy.writing import write

WHEEL = Wheel("interlock-0.1.0-py3-none-any.whl", "0.1.0", b"wheel")


@pytest.fixture
def image(unsigned: Shipment, settings: Settings, tmp_path: Path) -> Path:
    """Give a folder as `/srv/interlock` of an image that speaks TLS and wants certificates of its clients."""
    own = {"serve": {"tls_certificate": "a.crt", "tls_key": "a.key", "tls_client_ca": "ca.pem"}}
    folder = tmp_path / "image"
    write(folder, docker(unsigned, settings, lock=LOCK, interlock=WHEEL, environment="dev", own=own))
    ca = authority(tmp_path)
    for name in ("tls", "client"):
        pair = issue(ca, tmp_path, name)
        (folder / name).mkdir()
        shutil.copy(pair.certificate, folder / name / "tls.crt")
        shutil.copy(pair.key, folder / name / "tls.key")
        shutil.copy(ca.path, folder / name / "ca.crt")
    return folder


@contextmanager
def _serving(image: Path, **variables: str) -> Iterator[Mapping[str, str]]:
    """Run `interlock serve` as the image does, and give the environment of the container."""
    (release,) = (image / "release").iterdir()
    own = {
        "INTERLOCK_RELEASE": str(release),
        "INTERLOCK_SERVE_HOST": "127.0.0.1",
        "INTERLOCK_SERVE_PORT": "0",
    }
    environment = os.environ | own | variables
    command = [sys.executable, "-m", "interlock", "serve"]
    with subprocess.Popen(command, cwd=image, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().partition(" at ")[2].split(",")[0].strip()
        try:
            yield environment | {"INTERLOCK_SERVE_PORT": url.rpartition(":")[2], "URL": url}
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


def _check(image: Path, environment: Mapping[str, str], *path: str) -> int:
    command = [sys.executable, "-IS", str(image / "health.py"), *path]
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=20)
    return done.returncode


def _is_ready_soon(image: Path, environment: Mapping[str, str]) -> bool:
    """Tell whether the check says yes within a few seconds: the port is open a little before that."""
    deadline = time.monotonic() + 10
    while _check(image, environment) != 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    return time.monotonic() < deadline


def test_over_tls_it_shows_the_clients_certificate(image: Path) -> None:
    with _serving(image) as environment:
        assert environment["URL"].startswith("https://")
        assert _is_ready_soon(image, environment)
        assert _check(image, environment, "/health/live") == 0
        shutil.rmtree(image / "client")
        assert _check(image, environment) != 0


def test_behind_a_gateway_that_ends_tls_both_speak_none(image: Path) -> None:
    shutil.rmtree(image / "tls")
    with _serving(image, INTERLOCK_SERVE_PLAIN="true") as environment:
        assert environment["URL"].startswith("http://")
        assert _is_ready_soon(image, environment)


def test_without_its_certificate_the_image_does_not_fall_back_to_plain_http(image: Path) -> None:
    (image / "tls/tls.crt").unlink()
    (release,) = (image / "release").iterdir()
    done = subprocess.run(
        [sys.executable, "-m", "interlock", "serve"],
        cwd=image,
        env=os.environ | {"INTERLOCK_RELEASE": str(release), "INTERLOCK_SERVE_PORT": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 2
    assert "a TLS file cannot be read" in done.stderr
    assert "tls/tls.crt" in done.stderr


def test_nobody_there_is_not_ready(image: Path) -> None:
    environment = {**os.environ, "INTERLOCK_SERVE_PORT": "1", "INTERLOCK_SERVE_PLAIN": "1"}
    assert _check(image, environment) != 0

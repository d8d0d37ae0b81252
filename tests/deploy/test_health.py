"""The image's own check of its health, run beside real servers in the folders of an image."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.certificates import authority, issue
from tests.deploy.folders import lay, serving

from interlock.deploy.settings import Settings
from interlock.deploy.shipment import Shipment


@pytest.fixture
def image(unsigned: Shipment, settings: Settings, tmp_path: Path) -> Path:
    """Give a folder as `/srv/interlock` of an image that speaks TLS and wants certificates of its clients."""
    files = {"tls_certificate": "a.crt", "tls_key": "a.key", "tls_client_ca": "ca.pem"}
    folder = lay(tmp_path / "image", unsigned, settings, **files)
    ca = authority(tmp_path)
    for name in ("tls", "client"):
        pair = issue(ca, tmp_path, name)
        (folder / name).mkdir()
        shutil.copy(pair.certificate, folder / name / "tls.crt")
        shutil.copy(pair.key, folder / name / "tls.key")
        shutil.copy(ca.path, folder / name / "ca.crt")
    return folder


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
    with serving(image) as (url, environment, _):
        assert url.startswith("https://")
        assert _is_ready_soon(image, environment)
        assert _check(image, environment, "/health/live") == 0
        shutil.rmtree(image / "client")
        assert _check(image, environment) != 0


def test_behind_a_gateway_that_ends_tls_both_speak_none(image: Path) -> None:
    shutil.rmtree(image / "tls")
    with serving(image, INTERLOCK_SERVE_PLAIN="true") as (url, environment, _):
        assert url.startswith("http://")
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

"""The folders of an image, and the server in them, without an image."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.deploy.conftest import LOCK

from interlock.deploy.docker import docker
from interlock.deploy.settings import Settings
from interlock.deploy.shipment import Shipment
from interlock.deploy.wheel import Wheel
from interlock.deploy.writing import write

WHEEL = Wheel("interlock-0.1.0-py3-none-any.whl", "0.1.0", b"wheel")


def lay(folder: Path, shipped: Shipment, settings: Settings, **serve: Any) -> Path:
    """Write what an image has in `/srv/interlock`, packages apart, for a project with these settings."""
    own = {"serve": serve}
    write(folder, docker(shipped, settings, lock=LOCK, interlock=WHEEL, environment="dev", own=own))
    return folder


@contextmanager
def serving(image: Path, **variables: str) -> Iterator[tuple[str, Mapping[str, str], Path]]:
    """Run `interlock serve` as the image does.

    Yields:
        Its address, the environment of the container, and a file with what it says.
    """
    (release,) = (image / "release").iterdir()
    own = {
        "INTERLOCK_RELEASE": str(release),
        "INTERLOCK_SERVE_HOST": "127.0.0.1",
        "INTERLOCK_SERVE_PORT": "0",
    }
    environment, said = os.environ | own | variables, image / "said.txt"
    command = [sys.executable, "-m", "interlock", "serve"]
    with said.open("w") as out, subprocess.Popen(command, cwd=image, env=environment, stdout=out) as process:
        try:
            url = _address(process, said)
            yield url, environment | {"INTERLOCK_SERVE_PORT": url.rpartition(":")[2]}, said
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    for _ in range(600):
        lines = said.read_text().splitlines()
        if len(lines) > 1:
            return lines[0].partition(" at ")[2].split(",")[0]
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError("nothing was served")

"""Images without a hub: bases assembled from Debian's packages, built by buildah, run by chroot.

No registry of images is reached here, so the base is put together as the distroless project does it: from the
packages of `gcr.io/distroless/python3-debian12`, unpacked, and nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

#: What distroless' Python for Debian 12 is made of.
RUNTIME = (
    *("base-files", "netbase", "tzdata", "ca-certificates", "libc6", "libssl3", "libgcc-s1", "gcc-12-base"),
    *("libstdc++6", "libgomp1", "zlib1g", "libbz2-1.0", "libcrypt1", "libdb5.3", "libexpat1", "libffi8"),
    *("liblzma5", "libncursesw6", "libtinfo6", "libnsl2", "libtirpc3", "libreadline8", "libsqlite3-0"),
    *("libuuid1", "libkrb5-3", "libk5crypto3", "libkrb5support0", "libgssapi-krb5-2", "libcom-err2"),
    *(
        "libkeyutils1",
        "libpython3.11-minimal",
        "libpython3.11-stdlib",
        "python3.11-minimal",
        "python3-minimal",
    ),
)
#: What pip needs beside it, with a shell: the build stage.
BUILD = (
    *("dash", "python3.11", "python3-pip", "python3-setuptools", "python3-wheel", "python3-distutils"),
    *("python3-lib2to3", "python3-pkg-resources"),
)
_DOCKERFILE = "FROM scratch\nCOPY . /\n"


class Store(NamedTuple):
    """Where buildah keeps images, apart from those of the machine.

    Args:
        root: A folder.
        driver: How layers are kept: `vfs` copies them and works everywhere, `overlay` is much faster.
    """

    root: Path
    driver: str

    def __call__(self, *arguments: str) -> str:
        own = ["--root", str(self.root / self.driver), "--runroot", str(self.root / "run")]
        done = subprocess.run(
            ["buildah", "--storage-driver", self.driver, *own, *arguments],
            env={**os.environ, "BUILDAH_ISOLATION": "chroot"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()


def store(root: Path) -> Store:
    """Return a store with the fastest driver that works here."""
    try:
        fast = Store(root, "overlay")
        fast("unmount", fast("from", "scratch"))
    except AssertionError:
        return Store(root, "vfs")
    return fast


def install_buildah() -> None:
    """Read Debian's lists of packages, and install buildah where it is missing."""
    subprocess.run(["apt-get", "update", "-qq"], check=True, capture_output=True)
    if shutil.which("buildah") is None:
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "buildah"]
        subprocess.run(install, check=True, capture_output=True)


def unpack(packages: Sequence[str], folder: Path, cache: Path) -> None:
    """Unpack Debian packages into a folder."""
    cache.mkdir()
    subprocess.run(["apt-get", "download", "-qq", *packages], cwd=cache, check=True, capture_output=True)
    for package in sorted(cache.glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=True)


def base(of: Store, folder: Path, name: str) -> str:
    """Make an image of a folder."""
    recipe = folder.parent / f"{name}.Dockerfile"
    recipe.write_text(_DOCKERFILE)
    of("build", "--quiet", "--tag", f"localhost/{name}", "--file", str(recipe), str(folder))
    return f"localhost/{name}"


def config(of: Store, image: str) -> dict[str, Any]:
    """Return the configuration of an image, as Docker has it."""
    return dict(json.loads(of("inspect", "--type", "image", image))["Docker"]["config"])


@contextmanager
def running(
    root: Path, settings: Mapping[str, Any], arguments: Sequence[str], *, user: str, **variables: str
) -> Iterator[int]:
    """Run an image's own entry point as process 1 of a chroot whose files can only be read.

    Args:
        root: The image's file system.
        settings: The image's configuration.
        arguments: In place of its `Cmd`.
        user: Who it runs as, `uid:gid`.
        variables: Beside its `Env`.

    Yields:
        The process that is 1 inside.
    """
    ledger = root / "srv/interlock/ledger"
    steps = (
        f"mount --bind {root} {root} && mount -o remount,bind,ro {root} && mount --rbind /dev {root}/dev"
        f" && mount -t tmpfs -o mode=1777 tmpfs {ledger} && mount -t proc proc {root}/proc"
        f' && exec chroot --userspec={user} {root} "$@"'
    )
    command = ["unshare", "--mount", "--pid", "--fork", "sh", "-ec", steps, "sh"]
    environment = dict(each.split("=", 1) for each in settings["Env"]) | variables
    with subprocess.Popen([*command, *settings["Entrypoint"], *arguments], env=environment) as outer:
        inner = _child(outer.pid)
        try:
            yield inner
        finally:
            if outer.poll() is None:
                os.kill(inner, signal.SIGTERM)
            outer.wait(30)
    assert outer.returncode == 0


def _child(parent: int) -> int:
    """Return the only child of a process, once it is there."""
    for _ in range(500):
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if children:
            return int(children[0])
        time.sleep(0.01)
    raise AssertionError("nothing was started")

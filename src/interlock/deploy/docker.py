"""`docker`: everything from which `docker build` makes an image of one release, in one folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import tomlkit

from interlock.deploy.following import Following
from interlock.deploy.lock import Pin
from interlock.deploy.render import render
from interlock.deploy.sbom import sbom
from interlock.deploy.settings import Settings
from interlock.deploy.shipment import Shipment, require_admitted
from interlock.deploy.wheel import Wheel
from interlock.errors import InputError
from interlock.release import Person

__all__ = ["Base", "base_of", "docker"]

#: The Debian whose distroless image has a Python.
_DEBIAN = {"3.11": "debian12", "3.13": "debian13"}
#: Settings of `[serve]` and `[ledger]` that the image decides, and those that name files outside of it.
_LEFT = {
    *("host", "port", "environment", "ledger", "follow"),
    *("keys", "tls_certificate", "tls_key", "tls_client_ca", "hash_key_file"),
}


class Base(NamedTuple):
    """What an image stands on.

    Args:
        build: The image in which packages are unpacked.
        runtime: The image that runs.
        python: Where Python is in the latter.
    """

    build: str
    runtime: str
    python: str


def base_of(kind: str, python: str) -> Base:
    """Return the images for a release that was made with `python`.

    Args:
        kind: `distroless`, `slim`, or `auto` for the smaller one that there is.
        python: Such as `3.11`.

    Raises:
        InputError: if there is no distroless image with that Python.

    Example:
        >>> base_of("auto", "3.12").runtime
        'python:3.12-slim'
    """
    slim = f"python:{python}-slim"
    if kind == "slim" or (kind == "auto" and python not in _DEBIAN):
        return Base(slim, slim, "/usr/local/bin/python3")
    if python not in _DEBIAN:
        raise InputError(
            "there is no distroless image with the release's Python",
            where="interlock.toml, [deploy] base",
            got=f"Python {python}; distroless has {' and '.join(_DEBIAN)}",
            next_step="take `slim`, or `auto`",
        )
    return Base(slim, f"gcr.io/distroless/python3-{_DEBIAN[python]}:latest", "/usr/bin/python3")


def docker(
    shipped: Shipment,
    settings: Settings,
    *,
    lock: Sequence[Pin],
    interlock: Wheel,
    environment: str,
    own: Mapping[str, Mapping[str, Any]] = {},
    following: Following | None = None,
) -> dict[str, str | bytes]:
    """Return the build context of an image.

    Args:
        shipped: The release.
        settings: Checked.
        lock: The packages beside Interlock.
        interlock: The wheel of Interlock.
        environment: Policy must allow the release there.
        own: The tables `serve`, `ledger` and `policy` of the project's settings: they go along, but for what
            the image itself decides and for names of files, which are not in it.
        following: The registry of the project: how a container follows it is said in the Dockerfile.

    Returns:
        Each file's content by its path in the context.

    Raises:
        ReleaseError: if policy does not allow the release there.
        InputError: if there is no such base.
    """
    require_admitted(shipped, environment)
    base = base_of(settings.base, shipped.python)
    people: Mapping[str, Person] = shipped.people
    written = render(
        "docker",
        workload=settings.name,
        title=_quoted(shipped.name),
        label=_quoted(shipped.name).replace("$", "\\$"),
        image=settings.image,
        tag=shipped.tag,
        digest=shipped.digest,
        contract=shipped.contract,
        folder=shipped.folder,
        signed=", ".join(shipped.signed) or "unsigned",
        build_image=base.build,
        runtime_image=base.runtime,
        python=base.python,
        serve=_carried(own, "serve"),
        ledger=_carried(own, "ledger"),
        grpc_port=own.get("serve", {}).get("grpc_port"),
        tls=bool(own.get("serve", {}).get("tls_certificate")),
        client_ca=bool(own.get("serve", {}).get("tls_client_ca")),
        following=following,
        policy=tomlkit.dumps({"policy": own["policy"]}) if own.get("policy") else "",
        environment=_quoted(environment),
        people={_quoted(name): person for name, person in sorted(people.items())},
        lock=lock,
        interlock=interlock,
    )
    release = {f"release/{shipped.folder}/{name}": data for name, data in shipped.files.items()}
    bill = {"sbom.cdx.json": sbom(shipped, lock, interlock)}
    return {**written, **bill, f"wheels/{interlock.name}": interlock.data, **release}


def _carried(own: Mapping[str, Mapping[str, Any]], section: str) -> str:
    """Return the lines of one table of settings and of those inside, without what an image has no use for."""
    kept = {key: value for key, value in own.get(section, {}).items() if key not in _LEFT}
    if "://" not in kept.get("oidc", {}).get("jwks", "://"):
        del kept["oidc"]
    plain = {key: value for key, value in kept.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in kept.items() if isinstance(value, dict)}
    lines = tomlkit.dumps(plain)
    return f"{lines}\n{tomlkit.dumps({section: tables})}" if tables else lines


def _quoted(text: str) -> str:
    """Return a string as JSON, TOML and Dockerfiles write it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

"""What each platform is told of a release: from a shipment and settings to files, without a disk."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from interlock.deploy.docker import base_of, docker
from interlock.deploy.following import Following
from interlock.deploy.lock import requirements, resolve
from interlock.deploy.network import CLOSED, Network
from interlock.deploy.render import render
from interlock.deploy.settings import Settings
from interlock.deploy.shipment import Shipment, require_admitted
from interlock.deploy.wheel import wheel
from interlock.errors import InputError

__all__ = ["ENVIRONMENTS", "PLATFORMS", "Canary", "context", "files"]

#: All that can be written for.
PLATFORMS = ("docker", "kubernetes", "kserve", "sagemaker", "vertex", "azureml", "cloudrun")
#: The overlays of Kubernetes; a release gets those where policy allows it.
ENVIRONMENTS = ("dev", "staging", "production")


class Canary(NamedTuple):
    """The release that answers, while another is tried on a part of the traffic.

    Args:
        champion: The tag of its image: the first 12 digits of the release's digest.
        percent: Of the requests, for the release that is tried; 0 deploys it without any.
    """

    champion: str
    percent: int


def files(
    platform: str,
    shipped: Shipment,
    settings: Settings,
    *,
    environment: str,
    canary: Canary | None = None,
    network: Network = CLOSED,
) -> dict[str, str]:
    """Return what a platform needs to run an image of a release.

    Args:
        platform: One of `PLATFORMS`, but for `docker`.
        shipped: The release.
        settings: Checked.
        environment: Policy must allow the release there.
        canary: Where the release is to be tried beside another; KServe alone.
        network: How the container is reached, and what it reaches.

    Returns:
        Text by path from the platform's folder.

    Raises:
        ReleaseError: if policy does not allow the release there.
        InputError: if the canary's share is none, or the platform has no canary.
    """
    require_admitted(shipped, environment)
    _check_canary(platform, canary)
    written = render(
        platform,
        **_values(shipped, settings, environment),
        **network._asdict(),
        to_registry=network.to_registry,
        to_destination=network.to_destination,
        scheme="https" if network.tls else "http",
        canary=canary,
    )
    refused = tuple(f"overlays/{each}/" for each in ENVIRONMENTS if not shipped.is_admitted(each))
    return {path: text for path, text in written.items() if not path.startswith(refused or ("\0",))}


def context(
    shipped: Shipment,
    settings: Settings,
    *,
    environment: str,
    own: Mapping[str, Mapping[str, Any]] = {},
    wheels: Path | None = None,
    following: Following | None = None,
) -> dict[str, str | bytes]:
    """Return the build context of an image, after asking pip for the wheels of its packages.

    Args:
        shipped: The release.
        settings: Checked.
        environment: Policy must allow the release there.
        own: The tables `serve`, `ledger` and `policy` of the project's settings.
        wheels: A folder of all wheels, where no index can be reached.
        following: The registry of the project.

    Raises:
        ReleaseError: if policy does not allow the release there.
        InputError: if pip finds no such wheels, or there is no such base.
    """
    require_admitted(shipped, environment)
    lock = resolve(
        requirements(settings.extras),
        shipped.pins,
        python=shipped.python,
        architectures=settings.architectures,
        wheels=wheels,
    )
    return docker(
        shipped,
        settings,
        lock=lock,
        interlock=wheel(),
        environment=environment,
        own=own,
        following=following,
    )


def _values(shipped: Shipment, settings: Settings, environment: str) -> Mapping[str, Any]:
    return {
        "name": settings.name,
        "image": settings.image,
        "tag": shipped.tag,
        "digest": shipped.digest,
        "contract": shipped.contract,
        "environment": environment,
        "signed": ", ".join(shipped.signed),
        "python": base_of(settings.base, shipped.python).python,
        "cpu": f"{round(settings.cpu * 1000)}m",
        # Cloud Run gives whole cores where they are there between requests, and 512 MiB at least
        "whole_cores": next((each for each in (1, 2, 4) if each >= settings.cpu), 8),
        "most_memory": f"{max(512, settings.memory_mb)}Mi",
        "memory": f"{settings.memory_mb}Mi",
        # the names of Azure's deployments begin with a letter, those of Vertex AI's endpoints are numbers
        "deployment": f"r-{shipped.tag}",
        "number": _number(settings.name),
        # Google's accounts have 6 to 30 characters
        "account": f"{settings.name[:24].rstrip('-')}-serve",
        "replicas": settings.replicas,
        "most_replicas": settings.most_replicas,
    }


def _number(name: str) -> str:
    """Return a number of ten digits that is always the same for a name."""
    return str(10**9 + int(hashlib.sha256(name.encode()).hexdigest(), 16) % (9 * 10**9))


def _check_canary(platform: str, canary: Canary | None) -> None:
    if canary is None:
        return
    if platform != "kserve":
        raise InputError(
            "this platform's files hold no canary",
            got=platform,
            next_step="KServe's do; elsewhere challengers get their share inside one server: docs/serve.md",
        )
    if not 0 <= canary.percent < 100:
        raise InputError(
            "a canary gets a share of the requests", got=canary.percent, next_step="give 0 to 99 percent"
        )

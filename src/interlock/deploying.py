"""How a project deploys: the release, the settings and the people of `interlock.toml` become files."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from interlock.config import FILE, Config
from interlock.deploy.egress import is_local, ways
from interlock.deploy.following import following
from interlock.deploy.network import Network
from interlock.deploy.platform import ENVIRONMENTS, Canary, context, files
from interlock.deploy.settings import checked
from interlock.deploy.shipment import Shipment, shipment, tag_of
from interlock.deploy.writing import Written, write
from interlock.errors import InputError
from interlock.project import Project
from interlock.release.verify import verify
from interlock.sections import Serve
from interlock.serve.tls import is_asked

__all__ = ["deploy"]

#: HTTP's ports: of the Service, without TLS and with it, and in the image whatever `[serve] port` says.
_HTTP = (80, 443, 8080)


def deploy(
    project: Project,
    platform: str,
    *,
    release: Path | None = None,
    into: Path | None = None,
    image: str | None = None,
    environment: str | None = None,
    extras: Sequence[str] = (),
    wheels: Path | None = None,
    champion: Path | None = None,
    percent: int | None = None,
) -> tuple[Written, tuple[str, ...]]:
    """Write what a platform needs to run a release.

    Args:
        project: With `[deploy]` and `[people]`.
        platform: One of `interlock.deploy.platform.PLATFORMS`.
        release: The folder of the release; by default the project's newest.
        into: The folder of deployment files; by default `deploy`, in the project.
        image: The image's address; goes before the project's.
        environment: Where it runs; by default `production` where policy allows that, else `dev`.
        extras: Of Interlock, to be installed in the image beside the project's.
        wheels: A folder of all wheels, where no index can be reached.
        champion: The release that answers, where this one is to be tried beside it.
        percent: Of the requests, for the one that is tried.

    Returns:
        What became of each file, and what people should know.

    Raises:
        ReleaseError: if there is no release, or it may not be deployed there.
        InputError: if a setting is wrong, or the disk refuses.
    """
    asked = project.config.deploy
    asked = msgspec.structs.replace(
        asked,
        image=image or asked.image,
        extras=tuple(dict.fromkeys((*asked.extras, *extras, *_needed(project.config)))),
    )
    network = _network(project.config)
    settings = checked(asked, project.config.project.name)
    shipped = shipment(
        release or project.release("deploy"),
        project.config.people,
        policies=project.config.policy,
        environments=tuple(dict.fromkeys((*ENVIRONMENTS, *([environment] if environment else [])))),
    )
    where = environment or ("production" if shipped.is_admitted("production") else "dev")
    folder = (into or project.root / "deploy") / platform
    if platform == "docker":
        written = tomllib.loads((project.root / FILE).read_text(encoding="utf-8"))
        own = {name: written.get(name, {}) for name in ("serve", "ledger", "policy")}
        content = context(
            shipped,
            settings,
            environment=where,
            own=own,
            wheels=wheels,
            following=network.following,
        )
        return write(folder, content), _notes(platform, settings.name, shipped, network)
    canary = _canary(champion, percent)
    told = files(platform, shipped, settings, environment=where, canary=canary, network=network)
    return write(folder, told), _notes(platform, settings.name, shipped, network)


def _needed(config: Config) -> list[str]:
    """Return the extras without which a service with these settings, which go along, would not start."""
    serve, registry = config.serve, following(config.registry, wanted=config.serve.follow)
    follows = registry is not None and registry.works
    asked = {
        "grpc": serve.grpc_port is not None,
        "oidc": serve.oidc is not None,
        "otel": bool(serve.telemetry),
        "registry": follows,
        "objects": follows,
    }
    return [extra for extra, is_asked in asked.items() if is_asked]


def _network(config: Config) -> Network:
    """Return what is to be open for a service with these settings.

    Raises:
        InterlockError: If a port, an address or the files of TLS cannot be.
    """
    serve, registry = config.serve, config.registry
    keys = [("[serve.oidc] jwks", serve.oidc.jwks)] if serve.oidc else []
    destination = config.ledger.destination or ""
    return Network(
        grpc_port=_grpc_port(serve),
        tls=is_asked(serve.tls_certificate, serve.tls_key, serve.tls_client_ca),
        client_ca=bool(serve.tls_client_ca),
        ways=ways([("[serve] telemetry", serve.telemetry), *keys]),
        following=following(registry, wanted=serve.follow),
        told=tuple(key for key in ("webhooks", "mlflow", "git_remote") if getattr(registry, key)),
        destination="" if is_local(destination) else destination,
    )


def _grpc_port(serve: Serve) -> int | None:
    """Return the port that image and Service open for gRPC, beside those that HTTP has there."""
    port = serve.grpc_port
    if port is not None and (not 0 < port < 1 << 16 or port in _HTTP):
        raise InputError(
            "gRPC in an image needs a port of its own",
            where=f"{FILE}, [serve] grpc_port",
            got=port,
            next_step="take one such as 8081; HTTP has 8080 in the image, 80 and 443 before it",
        )
    return port


def _notes(platform: str, name: str, shipped: Shipment, network: Network) -> tuple[str, ...]:
    """Return what people should know beside the files."""
    trouble = shipped.refused["production"]
    refused = (f"not for production: {trouble.what}, {trouble.got}",) if trouble else ()
    if platform == "kubernetes":
        return (*refused, *network.sentences(name))
    if network.following is not None and platform == "docker":
        return (*refused, network.following.sentence("the top of the Dockerfile has the command"))
    if network.following is not None and network.following.wanted:
        return (*refused, f"on {platform} containers serve the release of their image and follow no registry")
    return refused


def _canary(champion: Path | None, percent: int | None) -> Canary | None:
    if champion is None and percent is None:
        return None
    if champion is None or percent is None:
        raise InputError(
            "a canary needs the release that answers, and a share",
            next_step="give --champion RELEASE and --percent 10",
        )
    return Canary(tag_of(verify(champion).digest), percent)

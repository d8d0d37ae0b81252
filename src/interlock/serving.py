"""How a project serves: what is not said on the command line stands in `interlock.toml`."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from interlock.errors import InputError, InterlockError, ProjectError
from interlock.project import Project, find
from interlock.sections import Serve

if TYPE_CHECKING:
    from interlock.serve.access import Access
    from interlock.serve.follow import Registered, Where
    from interlock.serve.platform import Platform
    from interlock.serve.tls import Tls

__all__ = ["on_platform", "serve"]

_log = logging.getLogger("interlock.serve")


def serve(
    path: Path | None = None,
    *,
    host: str | None = None,
    port: int | None = None,
    workers: int | None = None,
    environment: str | None = None,
    ledger: Path | None = None,
    keys: Path | None = None,
    everybody: bool = False,
    challengers: Sequence[str] = (),
    shadows: Sequence[str] = (),
    unit: str | None = None,
    plan: Path | None = None,
    follow: bool = False,
    registry: str | None = None,
    releases: str | None = None,
    model: str | None = None,
    grpc_port: int | None = None,
    plain: bool = False,
    brought: bool = False,
) -> None:
    """Serve a release until SIGTERM.

    What is not given is what the platform wants on which this runs, and else what stands in `interlock.toml`.

    Args:
        path: The release; by default the one that the platform has put down, or the project's newest.
        host: The address to listen on.
        port: The port to listen on.
        workers: Processes, one a core.
        environment: Outside `dev` both roles must have signed.
        ledger: The folder of the ledger.
        keys: The file of the API keys.
        everybody: Answer whoever reaches the port, with predictions, but with nothing of schema or versions.
        challengers: Releases that answer a share, each as `PATH=SHARE`.
        shadows: Releases that are asked and logged, and never returned.
        unit: The column by whose value a request gets its release.
        plan: A file that says which releases answer, now and later.
        follow: Let a registry say so.
        registry: Which one; by default that of the environment or the project.
        releases: Where its releases are kept.
        model: Which model of it; by default the project's.
        grpc_port: The port for gRPC.
        plain: Speak no TLS, whatever the settings say: a gateway before it ends it.
        brought: Whether `path` is what an image brings along: a registry or a plan goes before it, and it is
            served until the registry is reached.

    Raises:
        ProjectError: if no release is given and there is no project.
        InputError: if the platform says what cannot be.
    """
    from interlock.serve import serve as run
    from interlock.serve.follow import Planned
    from interlock.serve.platform import detect

    platform = detect(os.environ)
    registry = registry or (os.environ.get("INTERLOCK_REGISTRY") if follow else None)
    spare = path if brought and (follow or plan or registry) else None
    path = None if spare else path or (None if follow or plan or registry else _put_down(platform))
    project = _project_or_none(path or spare, plan is not None or registry is not None)
    settings = _overridden(
        on_platform(project.config.serve if project else Serve(), platform),
        host=host,
        port=port,
        workers=workers,
        environment=environment,
        grpc_port=grpc_port,
    )
    own = project if path is None and spare is None else None
    root = project.root if project else Path()
    source: Where | None = None
    if plan is not None:
        source = Planned(str(plan.absolute()), settings.poll_seconds)
    elif follow or registry or (settings.follow and path is None):
        source = _registry(settings, project, registry, releases, model)
    release = None if source is not None and path is None else path or find().release("serve")
    shares = dict(_share(each) for each in challengers)
    if project is not None and source is None and release is not None:
        _require_admitted(project, [release, *shares, *shadows], settings.environment)
    run(
        release,
        challengers=shares,
        shadows=shadows,
        unit=unit or "",
        follow=source,
        spare=spare,
        challenger_ms=settings.challenger_ms,
        keep=settings.keep_releases,
        drain_seconds=settings.drain_seconds,
        busy_poll_microseconds=settings.busy_poll_microseconds,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        environment=settings.environment,
        logs=settings.logs,
        access_log=settings.access_log,
        telemetry=settings.telemetry,
        traces=settings.traces,
        people=project.config.people if project else {},
        policies=project.config.policy if project else {},
        ledger=ledger or (project.ledger if project else Path("ledger")),
        limits=settings.limits,
        platform=platform,
        grpc_port=settings.grpc_port,
        access=_access(settings, root, keys, everybody=everybody),
        tls=None if plain else _tls(settings, root),
        **_kept(project) if project else {},
        say=_remembering(own) if own else None,
    )


def _overridden(settings: Serve, **said: str | int | None) -> Serve:
    """Return the settings with what the command line says in their place."""
    return msgspec.structs.replace(
        settings, **{name: value for name, value in said.items() if value is not None}
    )


def _require_admitted(project: Project, releases: Sequence[str | Path], environment: str) -> None:
    """Ask the registry of the project about releases that are given as folders: one may be suspended.

    A registry that is away is said, and stops no service.

    Raises:
        ReleaseError: If policy does not allow one of them.
    """
    from interlock.registering import known_events
    from interlock.release import load
    from interlock.release.registry import admit

    try:
        events = known_events(project)
    except InterlockError as error:
        _log.warning("whether the release is suspended is not known: %s", error.what)
        return
    config = project.config
    for each in releases if events else ():
        admit(load(each), config.people, environment=environment, policies=config.policy, events=events)


def _registry(
    settings: Serve, project: Project | None, url: str | None, releases: str | None, model: str | None
) -> Registered:
    """Return the registry to follow."""
    from interlock.registering import registry_addresses
    from interlock.serve.follow import Registered

    name = model or (project.config.project.name if project else "")
    if not name:
        raise ProjectError("which model is to be served?", next_step="name it with `--model NAME`")
    log, kept = registry_addresses(project, url, releases)
    return Registered(log, kept, name, settings.poll_seconds)


def _share(text: str) -> tuple[str, float]:
    """Return a challenger's folder and its share."""
    path, _, share = text.rpartition("=")
    try:
        return path, float(share)
    except ValueError:
        raise InputError(
            "a challenger has a share", got=text, next_step="write `--challenger releases/NAME=0.1`"
        ) from None


def on_platform(settings: Serve, platform: Platform) -> Serve:
    """Return the settings as a platform wants them: its port, all addresses, bodies as large as it sends.

    Args:
        settings: Of the project, or the defaults.
        platform: Where this runs.

    Example:
        >>> from interlock.serve.platform import Platform
        >>> found = on_platform(Serve(port=9000), Platform(name="vertex", port=8080))
        >>> found.host, found.port
        ('0.0.0.0', 8080)
    """
    if not platform.name:
        return settings
    limits = settings.limits
    if platform.max_body:
        waiting = max(limits.max_waiting, 4 * platform.max_body)
        limits = msgspec.structs.replace(limits, max_body=platform.max_body, max_waiting=waiting)
    if platform.batch:  # the rows of a file: as many as fit
        limits = msgspec.structs.replace(limits, max_rows=limits.max_body, max_values=limits.max_body)
    port = settings.port if platform.port is None else platform.port
    host = "0.0.0.0"  # noqa: S104 - the platform reaches the container by its address
    return msgspec.structs.replace(settings, host=host, port=port, limits=limits)


def _put_down(platform: Platform) -> Path | None:
    """Return the release that the platform has put down; None where it has not."""
    from interlock.serve.platform import find_release

    if "://" in platform.release:
        raise InputError(
            "the platform names an address for the release, and nobody fetches it",
            where="AIP_STORAGE_URI",
            got=platform.release,
            next_step="make the release a part of the image: interlock deploy docker",
        )
    return find_release(platform)


def _access(settings: Serve, root: Path, given: Path | None, *, everybody: bool) -> Access:
    from interlock.serve.access import OPEN, Access

    public = settings.public
    if everybody:
        public = tuple(dict.fromkeys((*(public or ()), *OPEN)))
    keys = str(given or (root / settings.keys if settings.keys else ""))
    oidc = settings.oidc
    if oidc is not None and "://" not in oidc.jwks:
        oidc = msgspec.structs.replace(oidc, jwks=str(root / oidc.jwks))
    return Access(keys=keys, oidc=oidc, public=public)


def _tls(settings: Serve, root: Path) -> Tls | None:
    from interlock.serve.tls import Tls, is_asked

    files = (settings.tls_certificate, settings.tls_key, settings.tls_client_ca)
    if not is_asked(*files):
        return None
    certificate, key, ca = (str(root / each) if each else "" for each in files)
    return Tls(certificate=certificate, key=key, client_ca=ca)


def _kept(project: Project) -> dict[str, Any]:
    """Return what `[ledger]` says of how a service writes its ledger."""
    from interlock.serve.ledger import Quota

    asked = project.config.ledger
    return {
        "sample": asked.sample,
        "flush_seconds": asked.flush_seconds,
        "quota": Quota(int(asked.quota_mb * 1_000_000), asked.policy) if asked.quota_mb is not None else None,
        "hash_key_file": project.root / asked.hash_key_file if asked.hash_key_file else "",
    }


def _project_or_none(path: Path | None, is_told: bool) -> Project | None:
    """Return the project; None where there is none and it is told what to serve."""
    try:
        return find(path or ".")
    except ProjectError:
        if path is None and not is_told:
            raise
        return None


def _remembering(project: Project) -> Callable[[str], None]:
    """Return a printer that also records the first line: once the server is bound, it says where it is."""
    inputs, lines = project.inputs("serve"), iter([True])

    def say(line: str) -> None:
        print(line, flush=True)  # noqa: T201 - what the server says of itself
        if next(lines, False):
            with suppress(InterlockError):  # a record of where it was is not worth a service
                project.finish("serve", inputs=inputs, output=line, summary=line)

    return say

"""What a worker process has to know, as a value that travels through the environment."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import msgspec

from interlock.release import Person, Release, check_signatures, load
from interlock.release.plan import Plan
from interlock.release.registry import Policy, admit
from interlock.serve.access import Access
from interlock.serve.asgi import Application
from interlock.serve.cores import cores
from interlock.serve.exposition import exposition
from interlock.serve.follow import Where
from interlock.serve.grpc import beside
from interlock.serve.guard import Guard
from interlock.serve.ledger import Header, Quota, read_key, redacted_columns
from interlock.serve.ledger.noted import NotedLedger
from interlock.serve.ledger.segment import SHADOWS
from interlock.serve.limits import Limits
from interlock.serve.logs import Format
from interlock.serve.metrics import Metrics
from interlock.serve.observer import Observer
from interlock.serve.platform import NONE, Platform
from interlock.serve.routes import of_platform
from interlock.serve.service import Service
from interlock.serve.telemetry import Telemetry
from interlock.serve.tls import Renewal, Tls
from interlock.serve.traffic import Parts, Traffic

__all__ = ["VARIABLE", "Settings", "allow", "application", "checked", "guard", "service_of", "signers"]

#: Platforms that ask who it is before a request reaches the server, which nobody else can reach.
_ASK_THEMSELVES = ("sagemaker", "vertex", "azureml")

#: The environment variable that holds a worker's settings.
VARIABLE = "INTERLOCK_WORKER"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How to serve.

    Args:
        release: Folder of the release.
        ledger: Folder of the ledger.
        run: Folder of this service's counters, inside the ledger's.
        environment: Outside `dev` both roles must have signed.
        people: Who may sign.
        policies: What each environment asks of a release, by its name.
        limits: What requests may cost.
        access: Who may ask what.
        tls: What TLS is spoken with; None for plain HTTP.
        flush_seconds: Longest time that a ledger entry waits in memory.
        sample: Share of the requests that is logged.
        shutdown_seconds: How long requests may go on after SIGTERM.
        workers: How many processes serve together.
        platform: Where this server runs.
        grpc: Host and port for gRPC; empty for none.
        logs: `text` or `json`.
        access_log: Share of the requests that get a line in the log.
        telemetry: Address of a collector of OpenTelemetry; empty for none.
        traces: Share of the requests without a trace of their own that become spans.
        plan: Who has which part; None: the release alone.
        folders: Where the releases of the plan are, by digest.
        challenger_ms: How long a challenger may take before the champion answers, milliseconds.
        keep: How many former champions stay ready for a rollback.
        follow: Where plans come from; None: they are changed by nobody.
        drain_seconds: How long requests are still taken after SIGTERM, while readiness says no.
        quota: What the ledger's folder may take; None for all there is.
        hash_key_file: Where the key of the ledger's hashes stands; empty for the environment.
        busy_poll_microseconds: How long to look for the next request before the process sleeps, where
            requests come at such short notice; 0 for never.
        spare: Folder of the release to begin with where a registry is away; empty for none.
    """

    release: str
    ledger: str
    run: str
    environment: str = "dev"
    people: dict[str, Person] = {}
    policies: dict[str, Policy] = {}
    limits: Limits = Limits()
    access: Access = Access()
    tls: Tls | None = None
    flush_seconds: float = 0.5
    sample: float = 1.0
    shutdown_seconds: float = 20.0
    workers: int = 1
    platform: Platform = NONE
    grpc: str = ""
    logs: Format = "text"
    access_log: float = 0.0
    telemetry: str = ""
    traces: float = 0.01
    plan: Plan | None = None
    folders: dict[str, str] = {}
    challenger_ms: float = 50.0
    keep: int = 1
    follow: Where | None = None
    drain_seconds: float = 0.0
    quota: Quota | None = None
    hash_key_file: str = ""
    busy_poll_microseconds: float = 200.0
    spare: str = ""


def checked(settings: Settings) -> tuple[Release, str]:
    """Return the verified release, and who signed it in words.

    Args:
        settings: Which release, and where.

    Raises:
        ReleaseError: If the release is not whole, or policy does not allow it in this environment.
    """
    release = load(settings.release)
    allow(settings, release)
    return release, signers(release, settings)


def allow(settings: Settings, release: Release) -> None:
    """Ask the settings' policy about a release; no registry is asked.

    Raises:
        ReleaseError: If policy does not allow it in this environment.
    """
    admit(release, settings.people, environment=settings.environment, policies=settings.policies)


def signers(release: Release, settings: Settings) -> str:
    """Return who signed a release, in words.

    Raises:
        SignatureError: If a signature is wrong.
    """
    words = [
        f"{signature.person} as {signature.role}{' (self)' if signature.self else ''}"
        for signature in check_signatures(release, settings.people)
    ]
    unsigned = "unsigned, dev only" if settings.environment == "dev" else "unsigned"
    return ", ".join(words) or unsigned


def service_of(settings: Settings, release: Release, role: str = "champion") -> Service:
    """Return what answers for one release, its golden rows not yet replayed.

    Args:
        settings: Of the worker.
        release: Loaded and allowed.
        role: `champion`, `challenger` or `shadow`; a shadow's ledger is a folder in the ledger's.

    Raises:
        ServeError: If the ledger folder cannot be written.
    """
    contract = release.contract
    header = Header(
        release=release.digest,
        contract=release.contract_digest,
        name=release.name,
        numbers=tuple(column.name for column in contract.numbers),
        strings=tuple(column.name for column in contract.strings),
        classes=contract.classes,
        flush_seconds=settings.flush_seconds,
        sample=settings.sample,
        role=role,
        types=tuple(column.type for column in contract.numbers),
        redacted=redacted_columns(contract),
    )
    folder = Path(settings.ledger)
    ledger = NotedLedger(
        folder / SHADOWS if role == "shadow" else folder,
        header,
        key=read_key(settings.hash_key_file or None),
        quota=settings.quota,
    )
    run = Path(settings.run)
    metrics = Metrics(run / f"{ledger.writer}.metrics", contract, release.digest, role)
    return Service(release, ledger, metrics, run, max_rows=settings.limits.max_rows)


def application(settings: Settings, release: Release) -> Application:
    """Return the application of one worker, which serves this release alone at first.

    Raises:
        ServeError: If the ledger folder cannot be written, or the keys cannot be read.
    """
    own = of_platform(
        settings.platform,
        workers=settings.workers,
        max_body=settings.limits.max_body,
        grpc=bool(settings.grpc),
    )
    parts = Parts(Plan(champion=release.digest), service_of(settings, release), {}, {})
    tls = Renewal(settings.tls) if settings.tls else None
    traffic = Traffic(parts, keep=settings.keep)
    observer = _observer(settings, traffic)
    app = Application(
        traffic,
        limits=settings.limits,
        guard=guard(settings),
        own=own,
        tls=tls,
        observer=observer,
        busy_poll_seconds=_busy_poll_seconds(settings),
    )
    if settings.grpc:
        app.beside.append(lambda: _grpc(app, settings))
    return app


def _busy_poll_seconds(settings: Settings) -> float:
    """Return how long to look for a request: not at all where somebody else wants the core meanwhile."""
    return settings.busy_poll_microseconds / 1e6 if cores() >= settings.workers else 0.0


def _grpc(app: Application, settings: Settings) -> AbstractAsyncContextManager[None]:
    max_body, grace = settings.limits.max_body, settings.shutdown_seconds
    return beside(app.call, settings.grpc, max_body=max_body, grace=grace, tls=app.tls)


def guard(settings: Settings) -> Guard:
    """Return who decides about requests.

    Raises:
        ServeError: If the API keys cannot be read, or nobody could ever ask.
    """
    gateway = settings.platform.name in _ASK_THEMSELVES
    oidc, tokens = settings.access.oidc, None
    if oidc is not None:
        from interlock.serve.oidc import Provider  # here: it may be without its extra

        tokens = Provider(oidc)
    return Guard(settings.access, settings.environment, gateway=gateway, tokens=tokens)


def _observer(settings: Settings, traffic: Traffic) -> Observer:
    """Return who looks at the requests of a worker.

    Raises:
        ServeError: If telemetry is wanted and its extra is not installed.
    """
    telemetry, service = None, traffic.champion
    if settings.telemetry:
        telemetry = Telemetry(
            settings.telemetry,
            model=service.release.name,
            release=service.release.digest,
            instance=service.ledger.writer,
            exposition=lambda: exposition(traffic.champion.contract, traffic.counters),
        )
    return Observer(settings.logs, settings.access_log, telemetry, settings.traces)

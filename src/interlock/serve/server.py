"""`serve`: check what may be served, bind, say so, and run one worker here or several as processes."""

from __future__ import annotations

import secrets
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from interlock.atomic import write_atomically
from interlock.errors import InputError, ServeError
from interlock.release import Person
from interlock.release.plan import Plan, Share
from interlock.release.registry import Policy
from interlock.serve.access import Access
from interlock.serve.follow import Where, digest_of
from interlock.serve.follow.begin import Beginning, begin
from interlock.serve.grpc import require
from interlock.serve.guard import Guard
from interlock.serve.ledger import Quota
from interlock.serve.limits import Limits
from interlock.serve.logs import Format
from interlock.serve.observer import check_watching
from interlock.serve.platform import NONE, Platform
from interlock.serve.settings import Settings, guard
from interlock.serve.tls import Tls, check

__all__ = ["serve"]

_BACKLOG = 2048


def serve(
    release: str | Path | None = None,
    *,
    challengers: Mapping[str, float] | None = None,
    shadows: Sequence[str | Path] = (),
    unit: str = "",
    follow: Where | None = None,
    spare: str | Path | None = None,
    host: str = "127.0.0.1",
    port: int = 8080,
    ledger: str | Path,
    workers: int = 1,
    environment: str = "dev",
    people: Mapping[str, Person] | None = None,
    policies: Mapping[str, Policy] | None = None,
    limits: Limits | None = None,
    access: Access | None = None,
    tls: Tls | None = None,
    flush_seconds: float = 0.5,
    sample: float = 1.0,
    platform: Platform = NONE,
    grpc_port: int | None = None,
    logs: Format = "text",
    access_log: float = 0.0,
    telemetry: str = "",
    traces: float = 0.01,
    challenger_ms: float = 50.0,
    keep: int = 1,
    drain_seconds: float = 0.0,
    busy_poll_microseconds: float = 200.0,
    quota: Quota | None = None,
    hash_key_file: str | Path = "",
    ready_file: str | Path | None = None,
    say: Callable[[str], None] | None = None,
) -> None:
    """Serve a release until SIGTERM or SIGINT, then finish what has begun and write the whole ledger.

    Args:
        release: Folder of the release; None where a source of plans is followed.
        challengers: Folders of releases that answer a share of the traffic, with their shares.
        shadows: Folders of releases that are asked and logged, and never returned.
        unit: The column by whose value a request gets its release, always the same; empty: by chance.
        follow: A registry or a plan file that says which releases answer, now and later.
        spare: Folder of the release that is served until what is followed is reached for the first time.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        ledger: Folder of the ledger; made if absent.
        workers: Processes, one a core. One runs in this process; more are started and watched.
        environment: Outside `dev` a release must be signed in both roles.
        people: Who may sign, by name.
        policies: What each environment asks of a release, by its name; by default, outside `dev`, both
            signatures.
        limits: What a request, a connection and all of them together may cost.
        access: Who may ask what; outside `dev` it has to name API keys or an OIDC provider, or to say that
            everybody may.
        tls: What TLS is spoken with; plain HTTP where None.
        flush_seconds: Longest time that a ledger entry waits in memory, seconds.
        sample: Share of the requests that is logged, 0 to 1; the others are counted.
        platform: Where this server runs, and so which paths it has.
        grpc_port: Port for gRPC on the same host, which needs the extra `grpc`; 0 takes a free one.
        logs: How errors and the access log are written to standard error: `text`, or `json` lines.
        access_log: Share of the requests that get a line in the log, 0 to 1; errors (5xx) then all get one.
        telemetry: Address of a collector of OpenTelemetry (OTLP/HTTP), with the extra `otel`; empty for none.
        traces: Share of the requests without a trace of their own that become spans, 0 to 1.
        challenger_ms: How long a challenger may take before the champion answers, milliseconds.
        keep: How many former champions stay loaded, for a rollback at once.
        drain_seconds: How long requests are still taken after SIGTERM, while readiness says no, seconds.
        busy_poll_microseconds: How long to look for the next request before the process sleeps, where
            requests come at such short notice; 0 for never.
        quota: What the ledger's folder may take, and what gives way when it is full.
        hash_key_file: Where the key of the ledger's hashes stands; by default in `INTERLOCK_LEDGER_KEY`.
        ready_file: Where to write the address as JSON once the port is bound.
        say: Takes the lines printed at startup; standard output by default.

    Raises:
        ReleaseError: If the release is tampered with, or signatures are missing or wrong.
        ServeError: If the port is taken, the ledger folder cannot be written, or the API keys cannot be read.
        InputError: If an argument is out of its range.
    """
    _check(workers, sample, flush_seconds, busy_poll_microseconds)
    check_watching(logs, access_log, telemetry, traces)
    folder = Path(ledger).resolve()
    settings = Settings(
        release=str(Path(release).resolve()) if release is not None else "",
        spare=str(Path(spare).resolve()) if spare is not None else "",
        ledger=str(folder),
        run=str(folder / "run" / secrets.token_hex(4)),
        environment=environment,
        people=dict(people or {}),
        policies=dict(policies or {}),
        limits=limits or Limits(),
        access=access or Access(),
        tls=tls,
        flush_seconds=flush_seconds,
        sample=sample,
        workers=workers,
        platform=platform,
        logs=logs,
        access_log=access_log,
        telemetry=telemetry,
        traces=traces,
        challenger_ms=challenger_ms,
        keep=keep,
        follow=follow,
        drain_seconds=drain_seconds,
        busy_poll_microseconds=busy_poll_microseconds,
        quota=quota,
        hash_key_file=str(Path(hash_key_file).resolve()) if hash_key_file else "",
    )
    settings.limits.check()
    begun = begin(_planned(settings, challengers or {}, shadows, unit))
    _listen(begun, host, port, grpc_port, ready_file, say or _print)


def _listen(
    begun: Beginning,
    host: str,
    port: int,
    grpc_port: int | None,
    ready_file: str | Path | None,
    say: Callable[[str], None],
) -> None:
    """Bind, say so, and serve until the end."""
    run, tls, asks = Path(begun.settings.run), begun.settings.tls, guard(begun.settings)
    expires = check(tls, time.time()) if tls else None
    with _bind(host, port) as listener, _reserve(host, grpc_port) as reserved:
        _make(run)
        url = _url(host, listener, tls)
        if reserved:
            begun = begun._replace(
                settings=msgspec.structs.replace(begun.settings, grpc=_address(host, reserved))
            )
        _announce(say, url, begun, asks, expires)
        try:
            _run(begun, listener, lambda: _write_ready(ready_file, url, begun))
        finally:
            shutil.rmtree(run, ignore_errors=True)


def _run(begun: Beginning, listener: socket.socket, started: Callable[[], None]) -> None:
    if begun.settings.workers == 1:
        from interlock.serve.worker import run

        started()
        run(begun, listener)
    else:
        from interlock.serve.supervisor import supervise

        supervise(begun.settings, listener, started)


def _planned(
    settings: Settings, challengers: Mapping[str, float], shadows: Sequence[str | Path], unit: str
) -> Settings:
    """Return settings with the plan of the releases that are given, if it is more than one release.

    Raises:
        InputError: If they make no plan.
    """
    if settings.follow is not None:
        if settings.release or challengers or shadows or unit:
            raise InputError(
                "a server follows plans, or is told its releases",
                got="both",
                next_step="name the releases in the plan, or follow nothing",
            )
        return settings
    if not settings.release:
        raise InputError("nothing is to be served", next_step="give a release, or a source of plans")
    if not challengers and not shadows:
        return settings
    paths = [settings.release, *(str(Path(each).resolve()) for each in (*challengers, *shadows))]
    digests = [digest_of(path) for path in paths]
    shares = zip(digests[1:], challengers.values(), strict=False)
    try:
        plan = Plan(
            champion=digests[0],
            challengers=tuple(Share(digest, share) for digest, share in shares),
            shadows=tuple(digests[1 + len(challengers) :]),
            unit=unit,
        )
    except ValueError as error:
        raise InputError(
            "these releases make no plan", got=error, next_step="give each release one part, as `PATH=0.1`"
        ) from error
    return msgspec.structs.replace(settings, plan=plan, folders=dict(zip(digests, paths, strict=True)))


def _check(workers: int, sample: float, flush_seconds: float, busy_poll_microseconds: float) -> None:
    if workers < 1:
        raise InputError("a service needs at least one worker", got=workers, next_step="one a core is right")
    if not 0 <= sample <= 1:
        raise InputError("the sampling rate is a share", got=sample, next_step="give a number from 0 to 1")
    if not 0 < flush_seconds <= 60:
        raise InputError(
            "the ledger is written every 0 to 60 seconds", got=flush_seconds, next_step="try 0.5"
        )
    if not 0 <= busy_poll_microseconds <= 10_000:
        raise InputError(
            "a busy poll takes 0 to 10,000 microseconds",
            got=busy_poll_microseconds,
            next_step="200 is the default, 0 sleeps at once",
        )


def _bind(host: str, port: int, *, backlog: int | None = _BACKLOG, shared: bool = False) -> socket.socket:
    """Return a bound socket, listening where a backlog is given, beside others where it is shared."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        if backlog is not None:
            listener.listen(backlog)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ServeError(
            "the address cannot be listened on",
            where=f"{host}:{port}",
            got=reason,
            next_step="stop what listens there, or take another port (`--port 0` takes a free one)",
        ) from error
    return listener


@contextmanager
def _reserve(host: str, port: int | None) -> Iterator[socket.socket | None]:
    """Hold a port for gRPC, on which every worker listens by itself; nobody else's may be there."""
    if port is None:
        yield None
        return
    require()
    with _bind(host, port, backlog=None) as alone:
        port = alone.getsockname()[1]
    with _bind(host, port, backlog=None, shared=True) as reserved:
        yield reserved


def _address(host: str, listener: socket.socket) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{listener.getsockname()[1]}"


def _url(host: str, listener: socket.socket, tls: Tls | None) -> str:
    return f"{'https' if tls else 'http'}://{_address(host, listener)}"


def _announce(
    say: Callable[[str], None], url: str, begun: Beginning, asks: Guard, expires: float | None
) -> None:
    """Say what is served, where, and to whom."""
    settings, release = begun.settings, begun.release
    page = f", try it on at {url}/docs" if "docs" in asks.opened else ""
    say(f"{release.name} at {url}{page}")
    say(f"release   {release.digest}")
    say(f"contract  {release.contract_digest}")
    say(f"signed    {begun.signed}")
    say(f"ledger    {settings.ledger}")
    _announce_plan(say, begun)
    if settings.platform.name:
        say(f"platform  {settings.platform.name}")
    if settings.grpc:
        say(f"grpc      {settings.grpc}")
    _announce_doors(say, settings, asks, expires)


def _announce_plan(say: Callable[[str], None], begun: Beginning) -> None:
    """Say which releases answer beside the champion, and where the plan comes from."""
    plan = begun.settings.plan
    if plan is not None:
        by = f"by {plan.unit}" if plan.unit else "by chance"
        for each in plan.challengers:
            say(f"challenger {each.release}, {each.share:.3g} of the requests, {by}")
        for digest in plan.shadows:
            say(f"shadow    {digest}")
    if begun.source:
        version = f", plan {plan.version}" if plan is not None and plan.version else ""
        say(f"follows   {begun.source}{version}")
    if begun.trouble:
        say(f"WARNING   {begun.trouble}")


def _announce_doors(
    say: Callable[[str], None], settings: Settings, asks: Guard, expires: float | None
) -> None:
    """Say who may ask, where that is not simply everybody in `dev`."""
    if expires is not None:
        say(f"tls       until {datetime.fromtimestamp(expires, UTC):%Y-%m-%d %H:%M} UTC")
    if settings.access.asks:
        say(f"access    {asks.words}; without: {', '.join(sorted(asks.opened)) or 'nothing'}")
    elif settings.environment != "dev":
        say(f"access    OPEN: whoever reaches this port is answered: {', '.join(sorted(asks.opened))}")


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _write_ready(path: str | Path | None, url: str, begun: Beginning) -> None:
    if path is None:
        return
    address = {"grpc": begun.settings.grpc} if begun.settings.grpc else {}
    write_atomically(path, msgspec.json.encode({"url": url, "release": begun.release.digest, **address}))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise ServeError(
            "the ledger folder cannot be written",
            where=folder.parent.parent,
            got=error.strerror,
            next_step="give a folder that this user may write, on a disk with room",
        ) from error

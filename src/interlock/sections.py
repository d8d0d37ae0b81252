"""The sections of `interlock.toml` that belong to no one package: what can be set, and what it means."""

from __future__ import annotations

from typing import Literal

import msgspec

from interlock.serve.access import Area, Oidc
from interlock.serve.limits import Limits

__all__ = ["Data", "Decision", "Develop", "Explore", "Ledger", "Named", "Serve", "Split"]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Named(_Section, frozen=True):
    """`[project]`.

    Args:
        name: What releases and reports are called.
    """

    name: str


class Data(_Section, frozen=True):
    """`[data]`: where the rows are and what they mean.

    Args:
        source: A file, a glob, an address such as `s3://bucket/*.parquet` or `postgresql://host/db?table=t`,
            a list of files, or names of sources for `sql`. An address holds no password.
        target: The column to predict.
        sql: A DuckDB query over the sources; a single source is called `data`.
        time: The column that says when a row happened.
        ids: Columns that only name the row.
        ignore: Columns to leave out.
        confirmed: Columns that exploration suspects to leak and a person says are known in time.
        encoding: Of CSV files.
    """

    source: str | tuple[str, ...] | dict[str, str | tuple[str, ...]]
    target: str | None = None
    sql: str | None = None
    time: str | None = None
    ids: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    encoding: str = "utf-8"

    @property
    def sources(self) -> dict[str, str | tuple[str, ...]]:
        """The sources by the name that a query calls them."""
        return self.source if isinstance(self.source, dict) else {"data": self.source}

    @property
    def addresses(self) -> tuple[str, ...]:
        """All that the sources name, in order."""
        named = self.sources.values()
        return tuple(each for one in named for each in ((one,) if isinstance(one, str) else one))


class Split(_Section, frozen=True):
    """`[split]`: which rows are sealed away for validation.

    Args:
        by: `time` (the last rows), `group`, `time_group` (the last rows of groups that are not learned from),
            `random` or `stratified` (by the target); by default what is declared, a time column, a group or
            both, else `random`.
        holdout: The sealed share of the rows, between 0 and 1.
        group: The column whose rows stay together.
        seed: Of the random kinds.
    """

    by: Literal["time", "random", "stratified", "group", "time_group"] | None = None
    holdout: float = 0.2
    group: str | None = None
    seed: int = 0


class Explore(_Section, frozen=True):
    """`[explore]`: what exploring may cost; where that does not allow all rows, a random sample is measured.

    Args:
        max_memory: What the process may hold, such as `500MB`.
        max_seconds: How long it may take.
    """

    max_memory: str | int | None = None
    max_seconds: float | None = None


class Develop(_Section, frozen=True):
    """`[develop]`.

    Args:
        seconds: What developing may take; 60 where neither this nor `trials` is set.
        trials: How many settings are tried at most.
        seed: The same seed and the same number of trials give the same model.
        candidates: Names of the candidates to try; all where empty.
        model: The file of a model of your own, from the project's folder: it alone is measured and compiled.
        metric: What they are compared by, such as `auc`; by default log loss, or the root mean squared error.
        target: Of a regression: learn the value (`plain`), its logarithm (`log`), or try both (`auto`).
        class_weights: Of classes: `balanced` lets all of them weigh the same in learning.
        calibration: How the scores of classes are mapped; `auto` maps them where that helps.
        latency_us: What one row may take in service, in microseconds: nothing that takes longer can win.
        size_mb: What the model file may weigh, in megabytes.
        rows_in_memory: With `--cluster`: of more rows so many are drawn to search on, and LightGBM learns
            from all of them on the cluster.
        interval: Of a regression: the share of rows to come inside each row's interval, such as 0.9.
    """

    seconds: float | None = None
    trials: int | None = None
    seed: int = 0
    candidates: tuple[str, ...] = ()
    model: str | None = None
    metric: str | None = None
    latency_us: float | None = None
    size_mb: float | None = None
    target: Literal["auto", "plain", "log"] = "auto"
    class_weights: Literal["none", "balanced"] = "none"
    calibration: Literal["auto", "none", "temperature", "sigmoid", "piecewise"] = "auto"
    interval: float | None = None
    rows_in_memory: int = 5_000_000


class Decision(_Section, frozen=True):
    """`[decision]`: what acting on a case, or leaving it, is worth; benefits positive, costs negative.

    Args:
        true_positive: Acting on a case of the positive class.
        false_positive: Acting on one of the other class.
        false_negative: Leaving a case of the positive class.
        true_negative: Leaving one of the other class.
        unit: Of the four, such as `EUR`.
        at_most: The share of cases that can be acted upon.
    """

    true_positive: float = 0.0
    false_positive: float = 0.0
    false_negative: float = 0.0
    true_negative: float = 0.0
    unit: str = ""
    at_most: float | None = None


class Serve(_Section, frozen=True):
    """`[serve]`.

    Args:
        host: The address to listen on.
        port: The port to listen on.
        workers: Processes, one a core.
        environment: Outside `dev` both roles must have signed.
        ledger: The folder of the ledger, from the project's folder.
        grpc_port: The port for gRPC, with the extra `grpc`; none without.
        keys: The file of the API keys, from the project's folder; `interlock keys create` makes it.
        public: What is answered without a key; by default everything in `dev` without keys, else `health`.
        tls_certificate: A PEM file with the server's certificate and those above it; speaks TLS.
        tls_key: A PEM file with its private key.
        tls_client_ca: A PEM file with who signs the clients' certificates, without which nobody connects.
        limits: What requests may cost, a table of its own.
        oidc: The provider of bearer tokens, a table of its own.
        logs: What is said on standard error: `text`, or `json` lines.
        access_log: Share of the requests that get a line in the log.
        telemetry: Address of a collector of OpenTelemetry, such as `http://collector:4318`; empty for none.
        traces: Share of the requests without a trace of their own that become spans.
        follow: Whether the registry says which releases answer, now and later.
        challenger_ms: How long a challenger may take before the champion answers, milliseconds.
        keep_releases: How many former champions stay loaded, for a rollback at once.
        drain_seconds: How long requests are still taken after SIGTERM, while readiness says no.
        busy_poll_microseconds: How long to look for the next request before the process sleeps, where
            requests come at such short notice; 0 for never.
        poll_seconds: How often a registry or a plan file is asked whether anything is new.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    environment: str = "dev"
    ledger: str = "ledger"
    grpc_port: int | None = None
    keys: str = ""
    public: tuple[Area, ...] | None = None
    tls_certificate: str = ""
    tls_key: str = ""
    tls_client_ca: str = ""
    limits: Limits = Limits()
    oidc: Oidc | None = None
    logs: Literal["text", "json"] = "text"
    access_log: float = 0.0
    telemetry: str = ""
    traces: float = 0.01
    follow: bool = False
    challenger_ms: float = 50.0
    keep_releases: int = 1
    drain_seconds: float = 0.0
    busy_poll_microseconds: float = 200.0
    poll_seconds: float = 0.25


class Ledger(_Section, frozen=True):
    """`[ledger]`: what of the traffic is kept, where and for how long.

    Args:
        sample: The share of requests that is logged; the others are counted.
        flush_seconds: How long an entry waits in memory at most.
        quota_mb: What the ledger's folder may take, in megabytes.
        policy: What gives way where that is full: the oldest segments that were shipped, new entries, or the
            oldest segments.
        keep_days: For how many days segments stay here once they were shipped.
        keep_shipped_days: For how many days rows stay where they were shipped to.
        compact_hours: After how many hours `ship` joins the files of an hour into one.
        destination: Where `interlock ledger ship` ships to: a folder or an address such as `s3://bucket/ledger`.
        hash_key_file: The file with the key of hashes; by default the key stands in `INTERLOCK_LEDGER_KEY`.
    """

    sample: float = 1.0
    flush_seconds: float = 0.5
    quota_mb: float | None = None
    policy: Literal["drop_oldest_shipped", "drop_new", "drop_oldest"] = "drop_oldest_shipped"
    keep_days: float | None = None
    keep_shipped_days: float | None = None
    compact_hours: float | None = None
    destination: str | None = None
    hash_key_file: str | None = None

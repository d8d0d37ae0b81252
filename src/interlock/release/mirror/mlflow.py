"""MLflow is told: a run with metrics and artifacts for each release, a model version, and the aliases."""

from __future__ import annotations

import math
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from interlock.address import masked
from interlock.errors import RegistryError
from interlock.release.mirror.delivery import News
from interlock.release.registry.state import State, status
from interlock.release.registry.store import Held, Store

__all__ = ["Mlflow", "aliases", "metrics"]

#: The tag by which a run and a model version are found again: the release's digest.
RELEASE = "interlock.release"
#: Seconds for one request, and how often it is tried again.
TIMEOUT, RETRIES = "10", "2"
#: Seconds for which a new model version is awaited.
AWAITED = 30
#: The environment whose aliases have no prefix.
PLAIN = "production"


class Mlflow:
    """A server, or a store, of MLflow.

    Args:
        uri: Its address, as `MLFLOW_TRACKING_URI` takes it; credentials come from MLflow's own variables.
        store: Where the releases are, which become artifacts.
    """

    def __init__(self, uri: str, store: Store) -> None:
        self.uri, self.store = uri, store
        self._client: Any = None

    @property
    def name(self) -> str:
        """`mlflow` and its address."""
        return f"mlflow {masked(self.uri)}"

    def tell(self, news: News) -> None:
        """Make what an event says true in MLflow; what is so already stays.

        Raises:
            RegistryError: If MLflow cannot be reached, or refuses.
        """
        event = news.event
        with self._asked() as client:
            version = self._version(client, news)
            details = event.details
            if event.kind == "validated":
                said = "rejected" if details.failed else "approved"
                client.set_model_version_tag(event.model, version, "validation_status", said)
            if event.kind == "signed":
                by = f"{event.person}{' (self)' if details.stamp else ''}"
                client.set_model_version_tag(event.model, version, f"signed.{details.role}", by)
            if event.kind in ("suspended", "retired"):
                client.set_model_version_tag(event.model, version, f"interlock.{event.kind}", details.reason)
            client.set_model_version_tag(
                event.model, version, "interlock.status", status(news.after, event.release, PLAIN)
            )
            self._point(client, news)

    def _version(self, client: Any, news: News) -> str:
        """Return the model version of a release; where there is none yet, it is made."""
        model, digest = news.event.model, news.event.release
        found = self._find(client, model, digest)
        if found:
            return found
        if not client.search_registered_models(filter_string=f"name = '{_quoted(model)}'"):
            client.create_registered_model(model, description="Mirrored from Interlock, which decides.")
        run = self._run(client, model, digest)
        made = client.create_model_version(
            model,
            f"{run.info.artifact_uri}/release",
            run.info.run_id,
            tags={RELEASE: digest},
            await_creation_for=AWAITED,
        )
        return str(made.version)

    def _run(self, client: Any, model: str, digest: str) -> Any:
        kept = self.store.look(digest)
        experiment = client.get_experiment_by_name(model)
        identity = experiment.experiment_id if experiment else client.create_experiment(model)
        finished = client.search_runs(
            [identity], f"tags.`{RELEASE}` = '{digest}' and attributes.status = 'FINISHED'"
        )
        if finished:
            return finished[0]
        run = client.create_run(identity, run_name=kept.manifest.folder, tags={RELEASE: digest})
        for name, value in metrics(kept).items():
            client.log_metric(run.info.run_id, name, value)
        client.log_param(run.info.run_id, "task", kept.manifest.task)
        client.log_param(run.info.run_id, "contract", kept.manifest.contract)
        with tempfile.TemporaryDirectory() as folder:
            client.log_artifacts(run.info.run_id, str(self.store.fetch(digest, folder)), "release")
        client.set_terminated(run.info.run_id)
        return run

    def _find(self, client: Any, model: str, digest: str) -> str:
        versions = client.search_model_versions(f"name = '{_quoted(model)}'")
        return next((str(each.version) for each in versions if each.tags.get(RELEASE) == digest), "")

    def _point(self, client: Any, news: News) -> None:
        """Let the aliases name what they name in the log, and take away those that name nothing any more."""
        model, wanted = news.event.model, aliases(news.after)
        known = client.get_registered_model(model).aliases or {}
        for alias, digest in wanted.items():
            version = self._find(client, model, digest)
            if version and str(known.get(alias, "")) != version:
                client.set_registered_model_alias(model, alias, version)
        for alias in {*known} & {*aliases(news.before)} - {*wanted}:
            client.delete_registered_model_alias(model, alias)

    @contextmanager
    def _asked(self) -> Iterator[Any]:
        try:
            if self._client is None:
                os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", TIMEOUT)
                os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", RETRIES)
                os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
                os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
                from mlflow.tracking import MlflowClient

                self._client = MlflowClient(self.uri, self.uri)
        except ModuleNotFoundError as error:
            raise RegistryError(
                "MLflow needs an extra that is not installed",
                got=error.name,
                next_step="pip install 'interlock[mlflow]'",
            ) from error
        from mlflow.exceptions import MlflowException

        try:
            yield self._client
        except (MlflowException, OSError) as error:
            raise RegistryError(
                "MLflow does not take the event",
                where=masked(self.uri),
                got=str(error).partition("\n")[0],
                next_step="`interlock registry mirror` tells it again",
            ) from error


def aliases(of: State) -> dict[str, str]:
    """Return MLflow's aliases, each with the digest of its release.

    Those of `production` are `champion`, `challenger`, `shadow`; those of others have the environment in
    front, such as `staging-champion`. A second challenger is `challenger-2`.
    """
    found: dict[str, str] = {}
    for environment, here in of.environments.items():
        prefix = "" if environment == PLAIN else f"{_slug(environment)}-"
        parts = [("champion", digest) for digest in (here.champion,) if digest]
        parts += _numbered("challenger", [each.release for each in here.challengers])
        parts += _numbered("shadow", [*here.shadows])
        found |= {f"{prefix}{part}": digest for part, digest in parts}
    return found


def metrics(kept: Held) -> dict[str, float]:
    """Return the numbers that validation measured, and the ends of their intervals."""
    evidence = kept.evidence if isinstance(kept.evidence, Mapping) else {}
    found: dict[str, float] = {}
    for each in evidence.get("measurements", []):
        name = re.sub(r"[^\w./ -]+", "-", str(each.get("name", "")))
        values = {name: each.get("value"), f"{name}.low": each.get("low"), f"{name}.high": each.get("high")}
        found |= {
            key: float(value)
            for key, value in values.items()
            if isinstance(value, int | float) and math.isfinite(value)
        }
    return found


def _numbered(part: str, digests: list[str]) -> list[tuple[str, str]]:
    return [(part if not place else f"{part}-{place + 1}", digest) for place, digest in enumerate(digests)]


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name)


def _quoted(name: str) -> str:
    return name.replace("'", "\\'")

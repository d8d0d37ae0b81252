"""Run in an environment with MLflow: does what people do, tells MLflow, and prints what MLflow says then."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from interlock.release.mirror.delivery import deliver
from interlock.release.mirror.mlflow import Mlflow
from interlock.release.registry import Policy, open_registry


def main(uri: str, nobody: str, folder: str, *releases: str) -> None:
    everywhere = {name: Policy(signatures=()) for name in ("production", "staging")}
    registry = open_registry(f"{folder}/registry.db", f"{folder}/store", policies=everywhere)
    for each in releases:
        registry.register(each, person="ada")
    one, two = (registry.find(Path(each)) for each in releases)
    mirror = Mlflow(uri, registry.store)

    def told() -> list[Any]:
        return [each[1:4] for each in deliver(registry, [mirror])]

    registry.deploy(one, "production", person="ada")
    registry.deploy(two, "production", person="ada", alias="challenger", share=0.1)
    registry.deploy(two, "staging", person="ada")
    story: dict[str, Any] = {"first": [told(), said(uri)]}
    story["again"] = [told(), said(uri)]
    registry.suspend(two, person="bo", reason="wrong")
    story["suspended"] = [told(), said(uri)]
    story["away"] = deliver(registry, [Mlflow(nobody, registry.store)])[0]
    sys.stdout.write(f"{json.dumps(story)}\n")


def said(uri: str) -> dict[str, Any]:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(uri, uri)
    model = client.get_registered_model("flights")
    versions = client.search_model_versions("name='flights'")
    runs = client.search_runs([client.get_experiment_by_name("flights").experiment_id])
    run = next(
        each for each in runs if each.data.tags["interlock.release"] == versions[-1].tags["interlock.release"]
    )
    return {
        "aliases": {alias: str(version) for alias, version in model.aliases.items()},
        "versions": {str(each.version): dict(each.tags) for each in versions},
        "runs": len(runs),
        "metrics": run.data.metrics,
        "artifacts": sorted(each.path for each in client.list_artifacts(run.info.run_id, "release")),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])

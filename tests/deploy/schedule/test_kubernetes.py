from __future__ import annotations

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate.utils import latest_version

from interlock.deploy.schedule import schedule
from interlock.deploy.schedule.kubernetes import cron_jobs
from interlock.deploy.schedule.yaml import document

IMAGE = "registry.example/late@sha256:" + "0" * 64


def test_cron_jobs_are_what_kubernetes_knows() -> None:
    made = schedule(
        "Late flights", score=["new.parquet", "scores"], retrain_on_alarm=True, zone="Europe/Oslo"
    )
    jobs = cron_jobs(made, IMAGE, "late-project")
    for job, given in zip(jobs, made.jobs, strict=True):
        assert yaml.safe_load(document(job)) == job
        kubernetes_validate.validate(job, latest_version(), strict=True)
        assert job["metadata"]["name"] == f"late-flights-{given.name}"
        spec = job["spec"]
        assert (spec["schedule"], spec["timeZone"]) == (given.when.expression, "Europe/Oslo")
        assert spec["concurrencyPolicy"] == "Forbid"
        pod = spec["jobTemplate"]["spec"]["template"]["spec"]
        assert pod["restartPolicy"] == "Never"  # which a policy for exit codes needs
        assert pod["containers"][0]["image"] == IMAGE
    assert (
        "interlock run"
        in jobs[1]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["command"][2]
    )


def test_the_validator_can_say_no() -> None:
    job = cron_jobs(schedule("late"), IMAGE, "claim")[0]
    job["spec"]["schedle"] = job["spec"].pop("schedule")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(job, latest_version(), strict=True)


def test_an_alarm_and_an_error_are_not_tried_again() -> None:
    spec = cron_jobs(schedule("late"), IMAGE, "claim")[1]["spec"]["jobTemplate"]["spec"]
    (rule,) = spec["podFailurePolicy"]["rules"]
    assert (rule["action"], rule["onExitCodes"]["values"]) == ("FailJob", [1, 2])

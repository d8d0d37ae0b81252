"""For Kubernetes: a CronJob for each job, in its own zone, without a second one beside it."""

from __future__ import annotations

from typing import Any

from interlock.deploy.schedule.jobs import Job, Schedule

__all__ = ["cron_jobs"]

_UNPRIVILEGED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
#: An alarm (1) and an error that a person has to mend (2) do not go away by another try; a lost node does.
_NO_TRY_HELPS = [1, 2]


def cron_jobs(schedule: Schedule, image: str, claim: str) -> list[dict[str, Any]]:
    """Return the CronJobs.

    Args:
        schedule: The jobs.
        image: Holds `interlock[lab]`; best by its digest.
        claim: The name of the volume claim that holds the project's folder.

    Returns:
        Objects of batch/v1, as YAML or JSON files hold them.

    Source:
        Kubernetes, batch/v1 CronJob; `timeZone` from 1.27 on, `podFailurePolicy` from 1.31 on.
    """
    return [_cron_job(schedule, job, image, claim) for job in schedule.jobs]


def _cron_job(schedule: Schedule, job: Job, image: str, claim: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": schedule.label, "app.kubernetes.io/component": job.name}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": f"{schedule.label}-{job.name}", "labels": labels},
        "spec": {
            "schedule": job.when.expression,
            "timeZone": "Etc/UTC" if schedule.zone == "UTC" else schedule.zone,
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 600,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {"spec": _job(job, labels, image, claim)},
        },
    }


def _job(job: Job, labels: dict[str, str], image: str, claim: str) -> dict[str, Any]:
    return {
        "backoffLimit": 2,
        "podFailurePolicy": {
            "rules": [
                {
                    "action": "FailJob",
                    "onExitCodes": {"containerName": job.name, "operator": "In", "values": _NO_TRY_HELPS},
                }
            ]
        },
        "template": {"metadata": {"labels": labels}, "spec": _pod(job, image, claim)},
    }


def _pod(job: Job, image: str, claim: str) -> dict[str, Any]:
    container = {
        "name": job.name,
        "image": image,
        "command": ["sh", "-c", job.script(["interlock"])],
        "workingDir": "/project",
        "env": [{"name": "HOME", "value": "/tmp"}],  # noqa: S108 - a volume of the pod's own
        "resources": {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"memory": "4Gi"}},
        "securityContext": _UNPRIVILEGED,
        "volumeMounts": [
            {"name": "project", "mountPath": "/project"},
            {"name": "temporary", "mountPath": "/tmp"},  # noqa: S108
        ],
    }
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "project", "persistentVolumeClaim": {"claimName": claim}},
            {"name": "temporary", "emptyDir": {}},
        ],
    }

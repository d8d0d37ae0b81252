"""Which platform a server runs on, and what that platform expects of it: read from its environment alone.

Source:
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html,
    https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements,
    https://learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container and
    https://kserve.github.io/website/docs/model-serving/storage/overview
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from interlock.errors import InputError
from interlock.release.manifest import MANIFEST

__all__ = ["NONE", "Name", "Platform", "detect", "find_release"]

Name = Literal["", "sagemaker", "vertex", "azureml", "kserve"]

_MODELS = {"sagemaker": "/opt/ml/model", "kserve": "/mnt/models"}
_NEXT = "unset it, or give what the platform gives"


class Platform(msgspec.Struct, frozen=True, kw_only=True):
    """What a platform expects.

    Args:
        name: Empty where there is none.
        port: To listen on; None where the platform does not say.
        release: Where the platform puts the model; empty where it does not.
        predict: The path that it predicts at; empty where that is the protocol's own.
        health: The path that it asks for health.
        max_body: Largest body that it sends, bytes; None where it does not say.
        batch: Whether it sends the rows of files, of which a body may hold many.
        concurrent: How many requests it may send at a time, in batch.
    """

    name: Name = ""
    port: int | None = None
    release: str = ""
    predict: str = ""
    health: str = ""
    max_body: int | None = None
    batch: bool = False
    concurrent: int | None = None


NONE = Platform()


def detect(
    environment: Mapping[str, str], exists: Callable[[str], bool] = lambda path: Path(path).exists()
) -> Platform:
    """Return the platform that an environment is.

    Args:
        environment: Of this process.
        exists: Whether there is something at a path; SageMaker may say no more than `/opt/ml/model`.

    Raises:
        InputError: If a variable of the platform does not hold what it has to.

    Example:
        >>> detect({"AIP_HTTP_PORT": "8080", "AIP_PREDICT_ROUTE": "/v1/a:predict"}).predict
        '/v1/a:predict'
        >>> detect({}, lambda path: False).name
        ''
    """
    if "AIP_HTTP_PORT" in environment or "AIP_PREDICT_ROUTE" in environment:
        return _vertex(environment)
    if "AZUREML_MODEL_DIR" in environment:
        return Platform(name="azureml", release=environment["AZUREML_MODEL_DIR"])
    if any(name.startswith("SAGEMAKER_") for name in environment) or exists(_MODELS["sagemaker"]):
        return _sagemaker(environment)
    if "STORAGE_URI" in environment or exists(_MODELS["kserve"]):
        return Platform(name="kserve", release=_MODELS["kserve"])
    return NONE


def find_release(platform: Platform) -> Path | None:
    """Return the release that a platform has put down: its folder, or the only one inside.

    Args:
        platform: As detected.

    Returns:
        None where the platform puts down nothing, as where the release is part of the image.

    Raises:
        InputError: If there are several.
    """
    folder = Path(platform.release) if platform.release else None
    if folder is None or not folder.is_dir():
        return None
    if (folder / MANIFEST).is_file():
        return folder
    found = sorted(path.parent for path in (*folder.glob(f"*/{MANIFEST}"), *folder.glob(f"*/*/{MANIFEST}")))
    if len(found) > 1:
        raise InputError(
            "the platform has put down several releases",
            where=folder,
            got=", ".join(path.name for path in found),
            next_step="name one: interlock serve PATH",
        )
    return found[0] if found else None


def _vertex(environment: Mapping[str, str]) -> Platform:
    return Platform(
        name="vertex",
        port=_number(environment, "AIP_HTTP_PORT"),
        release=environment.get("AIP_STORAGE_URI", ""),
        predict=_path(environment, "AIP_PREDICT_ROUTE"),
        health=_path(environment, "AIP_HEALTH_ROUTE"),
    )


def _sagemaker(environment: Mapping[str, str]) -> Platform:
    megabytes = _number(environment, "SAGEMAKER_MAX_PAYLOAD_IN_MB")
    return Platform(
        name="sagemaker",
        port=_number(environment, "SAGEMAKER_BIND_TO_PORT") or 8080,
        release=_MODELS["sagemaker"],
        max_body=megabytes * 2**20 if megabytes else None,
        batch=environment.get("SAGEMAKER_BATCH", "").lower() == "true",
        concurrent=_number(environment, "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"),
    )


def _number(environment: Mapping[str, str], name: str) -> int | None:
    """Return a variable's whole number; None where it is not there, or empty."""
    text = environment.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise InputError(
            "the platform's variable is not a whole number", where=name, got=text, next_step=_NEXT
        )
    return int(text)


def _path(environment: Mapping[str, str], name: str) -> str:
    path = environment.get(name, "")
    if path and not path.startswith("/"):
        raise InputError(
            "the platform's variable is not a path that begins with /",
            where=name,
            got=path,
            next_step=_NEXT,
        )
    return path

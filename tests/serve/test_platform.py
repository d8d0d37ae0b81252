from __future__ import annotations

from pathlib import Path

import pytest

from interlock.errors import InputError
from interlock.serve.platform import NONE, Platform, detect, find_release


def nowhere(_path: str) -> bool:
    return False


def test_vertex_is_known_by_its_variables() -> None:
    environment = {
        "AIP_HTTP_PORT": "8088",
        "AIP_PREDICT_ROUTE": "/v1/endpoints/1/deployedModels/2:predict",
        "AIP_HEALTH_ROUTE": "/v1/endpoints/1/deployedModels/2",
        "AIP_STORAGE_URI": "gs://bucket/models/flights",
        "AIP_MODE": "PREDICTION",
    }
    assert detect(environment, nowhere) == Platform(
        name="vertex",
        port=8088,
        release="gs://bucket/models/flights",
        predict="/v1/endpoints/1/deployedModels/2:predict",
        health="/v1/endpoints/1/deployedModels/2",
    )
    assert detect({"AIP_HTTP_PORT": "8080", "AIP_STORAGE_URI": ""}, nowhere).release == ""


def test_sagemaker_is_known_by_its_variables_or_its_folder() -> None:
    environment = {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "6",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "4",
        "SAGEMAKER_BIND_TO_PORT": "8082",
    }
    found = detect(environment, nowhere)
    assert (found.name, found.port, found.release) == ("sagemaker", 8082, "/opt/ml/model")
    assert (found.max_body, found.batch, found.concurrent) == (6 * 1024 * 1024, True, 4)
    alone = detect({}, lambda path: path == "/opt/ml/model")
    assert alone == Platform(name="sagemaker", port=8080, release="/opt/ml/model")


def test_azure_and_kserve() -> None:
    assert detect({"AZUREML_MODEL_DIR": "/var/m"}, nowhere) == Platform(name="azureml", release="/var/m")
    assert detect({"STORAGE_URI": "s3://b/m"}, nowhere) == Platform(name="kserve", release="/mnt/models")
    assert detect({}, lambda path: path == "/mnt/models").name == "kserve"


def test_no_platform() -> None:
    assert detect({"PATH": "/bin", "AWS_REGION": "eu-central-1"}, nowhere) == NONE


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("AIP_HTTP_PORT", "http", "whole number"),
        ("AIP_PREDICT_ROUTE", "predict", "begins with /"),
        ("SAGEMAKER_MAX_PAYLOAD_IN_MB", "-6", "whole number"),
    ],
)
def test_a_variable_that_cannot_be_is_named(name: str, value: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as wrong:
        detect({name: value}, nowhere)
    assert (wrong.value.where, wrong.value.got) == (name, value)


def test_the_release_is_the_folder_or_the_only_one_inside(tmp_path: Path) -> None:
    platform = Platform(name="azureml", release=str(tmp_path))
    assert find_release(platform) is None
    inner = tmp_path / "INPUT_model" / "flights-0123"
    inner.mkdir(parents=True)
    (inner / "manifest.json").write_text("{}")
    assert find_release(platform) == inner
    assert find_release(Platform(name="azureml", release=str(inner))) == inner
    other = tmp_path / "flights-4567"
    other.mkdir()
    (other / "manifest.json").write_text("{}")
    with pytest.raises(InputError, match="several releases") as wrong:
        find_release(platform)
    assert {"flights-0123", "flights-4567"} == {*str(wrong.value.got).split(", ")}
    assert find_release(Platform(name="azureml", release=str(tmp_path / "absent"))) is None
    assert find_release(NONE) is None

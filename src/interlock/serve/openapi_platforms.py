"""What the OpenAPI description says of the platforms' protocols: one request schema and one answer each."""

from __future__ import annotations

from typing import Any

from interlock.contract import Contract

__all__ = ["paths"]

_JSON = "application/json"
_STRING = {"type": "string"}
_MODEL = {"name": "model", "in": "path", "required": True, "schema": _STRING}
_ROW = {"$ref": "#/components/schemas/Row"}
_VALUES = {"type": "array", "description": "Values in the order of the contract."}
_ROWS = {"type": "array", "minItems": 1, "items": {"anyOf": [_ROW, _VALUES]}}
_COLUMNS = {"type": "object", "additionalProperties": {"type": "array"}}
_PARAMETERS = {
    "type": "object",
    "properties": {"explain": {"type": "integer", "minimum": 1, "maximum": 100}},
}
_ERRORS = {
    "400": "Not of the protocol's form",
    "401": "No key, or a wrong or expired one",
    "403": "A key for something else",
    "404": "There is no such model here",
    "406": "No form of the answer is accepted",
    "413": "The body is too large, or holds too many rows",
    "415": "The body is of another content type",
    "422": "The contract rejects a row",
    "429": "Too much waits at the moment: come again",
    "503": "Not ready yet, or stopping",
}


def paths(contract: Contract) -> dict[str, Any]:
    """Return the paths of KServe, MLflow, SageMaker, Vertex AI and Azure ML.

    Args:
        contract: Gives the number of inputs, and whether there are classes.
    """
    listed, instances = _listed(contract), _instances()
    return {
        "/v1/models": {"get": _read("KServe v1: the models")},
        "/v1/models/{model}": {"get": {**_read("KServe v1: is the model ready"), "parameters": [_MODEL]}},
        "/v1/models/{model}:predict": {"post": _asked("KServe v1: predict", instances, listed, _MODEL)},
        "/v1/models/{model}:explain": {
            "post": _asked("KServe v1: predict, with reasons", instances, listed, _MODEL)
        },
        "/v2": {"get": _read("KServe v2: the server's metadata")},
        "/v2/models/{model}": {"get": {**_read("KServe v2: the model's metadata"), "parameters": [_MODEL]}},
        "/v2/models/{model}/ready": {
            "get": {**_read("KServe v2: is the model ready"), "parameters": [_MODEL]}
        },
        "/v2/models/{model}/infer": {"post": _asked("KServe v2: predict", _inference(), _outputs(), _MODEL)},
        "/invocations": {"post": _invocations(listed)},
        "/ping": {"get": _read("SageMaker and MLflow: are predictions answered")},
        "/execution-parameters": {"get": _read("SageMaker: how to send batches")},
        "/v1/endpoints/{endpoint}/deployedModels/{model}:predict": {
            "post": _asked("Vertex AI: predict", instances, _vertex(), _ENDPOINT, _MODEL)
        },
        "/score": {"post": _asked("Azure ML: predict", _azureml(), listed)},
    }


_ENDPOINT = {"name": "endpoint", "in": "path", "required": True, "schema": _STRING}


def _asked(
    summary: str, request: dict[str, Any], answer: dict[str, Any], *parameters: dict[str, Any]
) -> dict[str, Any]:
    return {
        "summary": summary,
        "parameters": [*parameters],
        "requestBody": {"required": True, "content": {_JSON: {"schema": request}}},
        "responses": {
            "200": {"description": "The predictions", "content": {_JSON: {"schema": answer}}},
            **{code: {"description": text} for code, text in _ERRORS.items()},
        },
    }


def _invocations(answer: dict[str, Any]) -> dict[str, Any]:
    split = {
        "type": "object",
        "properties": {"columns": {"type": "array", "items": _STRING}, "data": {"type": "array"}},
        "required": ["columns", "data"],
    }
    forms = {
        "dataframe_split": split,
        "dataframe_records": _ROWS,
        "instances": _ROWS,
        "inputs": {"anyOf": [_ROWS, _COLUMNS]},
    }
    one_of = [
        {"type": "object", "properties": {name: form, "params": _PARAMETERS}, "required": [name]}
        for name, form in forms.items()
    ]
    asked = _asked("MLflow and SageMaker: predict", {"oneOf": one_of}, answer)
    lines = {"schema": _STRING}
    for kind in ("text/csv", "application/csv", "application/jsonlines"):
        asked["requestBody"]["content"][kind] = lines
        asked["responses"]["200"]["content"][kind] = lines
    return asked


def _listed(contract: Contract) -> dict[str, Any]:
    flags = {"type": "array", "items": {"$ref": "#/components/schemas/Flag"}}
    lists: dict[str, Any] = {
        "predictions": {"type": "array"},
        "ids": {"type": "array", "items": _STRING},
        "flags": {"type": "array", "items": flags},
        "release": _STRING,
    }
    if contract.classes:
        lists["labels"] = {"type": "array", "items": {"type": "string", "enum": [*contract.classes]}}
    return {"type": "object", "properties": lists, "required": [*lists]}


def _instances() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "instances": _ROWS,
            "inputs": {"anyOf": [_ROWS, _COLUMNS]},
            "parameters": _PARAMETERS,
        },
        "oneOf": [{"required": ["instances"]}, {"required": ["inputs"]}],
    }


def _vertex() -> dict[str, Any]:
    prediction = {"type": "object", "required": ["id", "prediction", "flags"]}
    return {
        "type": "object",
        "properties": {"predictions": {"type": "array", "items": prediction}},
        "required": ["predictions"],
    }


def _azureml() -> dict[str, Any]:
    table = {"type": "object", "required": ["columns", "data"]}
    return {
        "type": "object",
        "properties": {"input_data": {"anyOf": [table, _ROWS]}, "data": _ROWS},
        "oneOf": [{"required": ["input_data"]}, {"required": ["data"]}, {"required": ["Inputs"]}],
    }


def _inference() -> dict[str, Any]:
    tensor = {
        "type": "object",
        "properties": {
            "name": _STRING,
            "shape": {"type": "array", "items": {"type": "integer"}},
            "datatype": _STRING,
            "data": {"type": "array"},
        },
        "required": ["name", "shape", "datatype"],
    }
    return {
        "type": "object",
        "properties": {"id": _STRING, "inputs": {"type": "array", "items": tensor, "minItems": 1}},
        "required": ["inputs"],
    }


def _outputs() -> dict[str, Any]:
    names = ["model_name", "id", "outputs"]
    return {
        "type": "object",
        "properties": {"model_name": _STRING, "id": _STRING, "outputs": {"type": "array"}},
        "required": names,
    }


def _read(summary: str) -> dict[str, Any]:
    return {
        "summary": summary,
        "responses": {
            "200": {"description": summary},
            **{code: {"description": _ERRORS[code]} for code in ("401", "403", "404", "503")},
        },
    }

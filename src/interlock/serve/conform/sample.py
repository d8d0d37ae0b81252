"""What a server is asked with: its model's name, a row that it takes, and the columns in their order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from interlock.errors import InputError
from interlock.serve.conform.ask import Ask

__all__ = ["Sample", "learn"]

_NEXT = "give a row: --row row.json"


class Sample(NamedTuple):
    """What to send.

    Args:
        model: The model's name.
        row: A row that the model takes.
        datatypes: The columns in the contract's order, each with its datatype of the Open Inference Protocol.
        predict: The path of Vertex AI's predictions.
        health: The path of Vertex AI's health.
    """

    model: str
    row: Mapping[str, Any]
    datatypes: Mapping[str, str]
    predict: str = "/v1/endpoints/1/deployedModels/1:predict"
    health: str = "/v1/endpoints/1/deployedModels/1"

    @property
    def path(self) -> str:
        """The model's name, as it stands in a path."""
        return quote(self.model, safe="")

    @property
    def values(self) -> list[Any]:
        """The row's values in the order of the columns."""
        return [self.row.get(name) for name in self.datatypes]

    @property
    def told(self) -> dict[str, Any]:
        """The row without its missing values, for forms that have no null."""
        return {name: self.row[name] for name in self.datatypes if self.row.get(name) is not None}


def learn(
    ask: Ask,
    *,
    model: str = "",
    row: Mapping[str, Any] | None = None,
    predict: str = "",
    health: str = "",
) -> Sample:
    """Learn from a server what it wants to be asked.

    Args:
        ask: Sends a request.
        model: Its model's name; else the first of `/v1/models`.
        row: A row that it takes; else the example of its OpenAPI description.
        predict: Vertex AI's route, where it is another than the default.
        health: The same for health.

    Returns:
        The sample; the datatypes are those of KServe's metadata, or follow from the row's values.

    Raises:
        InputError: If the server does not answer, or does not say a name or a row.
    """
    name = model or _model(ask)
    given = dict(row) if row is not None else _example(ask)
    metadata = ask("GET", f"/v2/models/{quote(name, safe='')}", b"", {}).json
    inputs = metadata.get("inputs") if isinstance(metadata, dict) else None
    datatypes = (
        {each["name"]: each["datatype"] for each in inputs}
        if inputs
        else {column: _datatype(value) for column, value in given.items()}
    )
    route = predict or Sample._field_defaults["predict"]
    return Sample(name, given, datatypes, route, health or route.removesuffix(":predict"))


def _model(ask: Ask) -> str:
    models = ask("GET", "/v1/models", b"", {}).json
    names = models.get("models") if isinstance(models, dict) else None
    if not names:
        raise InputError(
            "the server does not name its model", got="GET /v1/models", next_step="name it: --model NAME"
        )
    return str(names[0])


def _example(ask: Ask) -> dict[str, Any]:
    described = ask("GET", "/openapi.json", b"", {}).json
    try:
        content = described["paths"]["/v1/predict"]["post"]["requestBody"]["content"]
        example = content["application/json"]["example"]
    except (KeyError, TypeError):
        raise InputError(
            "the server shows no example of a row", got="GET /openapi.json", next_step=_NEXT
        ) from None
    return dict(json.loads(json.dumps(example)))


def _datatype(value: object) -> str:
    if isinstance(value, bool):
        return "BOOL"
    return "FP64" if isinstance(value, int | float) or value is None else "BYTES"

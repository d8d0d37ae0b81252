"""The OpenAPI description of a service, generated from the contract.

Source:
    https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interlock.contract import Column, Contract
from interlock.contract.description import description
from interlock.contract.step import Step
from interlock.release import Release
from interlock.serve import openapi_platforms as platforms
from interlock.serve.reasons import MOST, MOST_ROWS

__all__ = ["cleaned_words", "describe", "example", "on_values", "row_schema"]

_JSON = "application/json"
_TYPES = {
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
    "category": "string",
    "text": "string",
    "timestamp": "string",
}


def describe(release: Release) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document.

    Args:
        release: Its contract gives the schemas, its golden rows the example.
    """
    from interlock import __version__

    return {
        "openapi": "3.1.0",
        "info": {
            "title": release.name,
            "version": __version__,
            "description": f"Release {release.digest}, contract {release.contract_digest}.",
        },
        "paths": _paths(release),
        "components": {"schemas": _schemas(release), "securitySchemes": _CREDENTIALS},
        "security": [{}, *({name: []} for name in _CREDENTIALS)],
    }


def example(release: Release) -> dict[str, Any]:
    """Return the first golden row that the contract has nothing to say about, or else accepts."""
    clean = [golden.row for golden in release.golden if not golden.verdicts]
    accepted = [golden.row for golden in release.golden if not golden.rejected]
    return next(iter([*clean, *accepted]), {})


def row_schema(contract: Contract) -> dict[str, Any]:
    """Return the JSON schema of a row: what the contract rejects is forbidden, what it lets through is said.

    Args:
        contract: All its columns may be sent; those that do not go to the model are not read.
    """
    inputs = contract.inputs
    return {
        "type": "object",
        "properties": {
            column.name: _property(column, contract, is_read=column in inputs) for column in contract.columns
        },
        "required": [column.name for column in inputs if column.on.null == "reject"],
        "additionalProperties": contract.unknown != "reject",
    }


def _property(column: Column, contract: Contract, *, is_read: bool) -> dict[str, Any]:
    if not is_read:
        return {"description": "Known to the contract, not read."}
    steps = on_values(contract, column)
    kinds = list(dict.fromkeys([_TYPES[column.type], *(["string"] if reads_text(steps) else [])]))
    kinds += [] if column.on.null == "reject" else ["null"]
    schema: dict[str, Any] = {"type": kinds if len(kinds) > 1 else kinds[0]}
    if steps:  # what the domain forbids may be what a step mends
        return schema | {"description": f"{cleaned_words(steps)} {_words(column)}"}
    if column.type == "timestamp":
        schema["format"] = "date-time"
    elif column.on.range == "reject":
        schema |= {
            key: getattr(column, key) for key in ("minimum", "maximum") if getattr(column, key) is not None
        }
    if column.levels is not None and column.on.category == "reject":
        schema["enum"] = [*column.levels, *([] if column.on.null == "reject" else [None])]
    if column.max_length is not None and column.on.length == "reject":
        schema["maxLength"] = column.max_length
    if column.pattern is not None and column.on.pattern == "reject":
        schema["pattern"] = f"^(?:{column.pattern})$"
    return schema | {"description": _words(column)}


def on_values(contract: Contract, column: Column) -> tuple[Step, ...]:
    """Return the cleaning steps that change a column's values."""
    return tuple(step for step in contract.clean if step.column == column.name and step.kind != "drop")


def reads_text(steps: Sequence[Step]) -> bool:
    """Whether a column takes text beside what its type is."""
    return any(step.kind in ("number", "date") or _has_words(step) for step in steps)


def _has_words(step: Step) -> bool:
    return any(isinstance(value, str) for value in step.values)


def cleaned_words(steps: Sequence[Step]) -> str:
    """Return what is done to a column's values before they are checked, in one line.

    Example:
        >>> cleaned_words([Step("number", "price", format="1,234.5", symbols=("$",))])
        'Cleaned first: text such as 1,234.5 is read as a number, with or without $.'
    """
    return f"Cleaned first: {'; '.join(map(description, steps))}."


def _words(column: Column) -> str:
    """Return what a person should know about a column in one line."""
    parts = [column.description, f"Unit: {column.unit}." if column.unit else ""]
    if column.type != "timestamp" and (column.minimum is not None or column.maximum is not None):
        parts.append(f"From {column.minimum} to {column.maximum}, else: {column.on.range}.")
    if column.levels is not None:
        shown = ", ".join(column.levels[:8]) + (", …" if len(column.levels) > 8 else "")
        parts.append(f"{len(column.levels)} levels ({shown}), else: {column.on.category}.")
    parts.append(f"Null: {column.on.null}.")
    return " ".join(part for part in parts if part)


def _schemas(release: Release) -> dict[str, Any]:
    contract = release.contract
    flag = _object({"column": _STRING, "code": _STRING, "action": _STRING})
    prediction: dict[str, Any] = {"type": "number"}
    if contract.task == "binary":
        prediction = {
            "type": "number",
            "description": f"Probability of {contract.classes[-1]}.",
            "minimum": 0,
            "maximum": 1,
        }
    elif contract.task == "multiclass":
        prediction = _object({name: {"type": "number"} for name in contract.classes})
    label = {"label": {"type": "string", "enum": [*contract.classes]}} if contract.classes else {}
    flags = {"type": "array", "items": _ref("Flag")}
    answer = {"id": _STRING, "prediction": prediction, **label, **_interval(release), "flags": flags}
    told = _told(contract)
    refusal = {"error": _STRING, "message": _STRING}
    known = {"id": _STRING, "release": _STRING, "violations": flags}  # to who may ask for predictions
    rejected_row = _object({"id": _STRING, "error": _STRING, "violations": flags})
    rows = {"type": "array", "items": {"anyOf": [_object(answer, told), rejected_row]}}
    outcome = {"enum": [*contract.classes]} if contract.classes else {"type": "number"}
    return {
        "Row": row_schema(contract),
        "Flag": flag,
        "Prediction": _object({"release": _STRING, **answer}, told),
        "Predictions": _object({"release": _STRING, "predictions": rows}),
        "Refusal": _object(refusal, known),
        "Outcome": _object({"id": _STRING, "outcome": outcome}),
    }


def _interval(release: Release) -> dict[str, Any]:
    """Return the schema of the interval; nothing where the model gives none."""
    if "interval" not in release.model.outputs:
        return {}
    level = release.model.metadata.get("interval")
    share = f" The share {level} of true values is to lie inside." if level else ""
    ends = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    return {"interval": {**ends, "description": f"Both ends of the interval.{share}"}}


def _paths(release: Release) -> dict[str, Any]:
    one_or_many = {"oneOf": [_ref("Row"), {"type": "array", "items": _ref("Row")}]}
    outcome = {"oneOf": [_ref("Outcome"), {"type": "array", "items": _ref("Outcome")}]}
    answer = {"oneOf": [_ref("Prediction"), _ref("Predictions")]}
    refusals = {code: _content(text, _ref("Refusal")) for code, text in _REFUSALS.items()}
    none_accepted = _content(_REFUSALS["422"], {"anyOf": [_ref("Refusal"), _ref("Predictions")]})
    return {
        "/v1/predict": {
            "post": {
                "summary": "Predict one row, or many",
                "parameters": [_EXPLAIN],
                "requestBody": {
                    "required": True,
                    "content": {_JSON: {"schema": one_or_many, "example": example(release)}},
                },
                "responses": {
                    "200": _content("The prediction of each row", answer),
                    **refusals,
                    "422": none_accepted,
                },
            }
        },
        "/v1/outcomes": {
            "post": {
                "summary": "Tell the truth about earlier predictions",
                "requestBody": {"required": True, "content": {_JSON: {"schema": outcome}}},
                "responses": {
                    "200": _content("How many were recorded", _object({"recorded": {"type": "integer"}})),
                    **{
                        code: refusals[code]
                        for code in ("400", "401", "403", "413", "415", "422", "429", "503")
                    },
                },
            }
        },
        **{path: {"get": _plain(text)} for path, text in _READ.items()},
        **platforms.paths(release.contract),
    }


_STRING = {"type": "string"}
_NUMBER = {"type": "number"}
_EXPLAIN = {
    "name": "explain",
    "in": "query",
    "description": f"How many reasons to give for each prediction; at most {MOST_ROWS} rows are then taken.",
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST},
}
#: Where a service asks for one; one in `dev` may ask for none.
_CREDENTIALS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, or a token of the provider."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_REFUSALS = {
    "400": "The body is not JSON, or explain is no number of reasons, or the release explains nothing",
    "413": "The body is too large, or holds too many rows, or too many to explain",
    "401": "No key, or a wrong or expired one",
    "403": "A key for something else",
    "415": "The body is of another content type",
    "422": "The contract rejects it",
    "429": "Too much waits at the moment: come again",
    "503": "Not ready yet, or stopping",
}
_READ = {
    "/health/live": "Whether the process answers",
    "/health/ready": "Whether predictions are answered: the golden rows were replayed",
    "/metrics": "Metrics for Prometheus",
}


def _told(contract: Contract) -> dict[str, Any]:
    """Return what an explained answer has beside the others."""
    reason = _object({"column": _STRING, "value": {}, "contribution": _NUMBER})
    told = {
        "reasons": {
            "type": "array",
            "items": reason,
            "description": "With explain: what moved the score most, the largest first.",
        },
        "others": {**_NUMBER, "description": "What all other columns add to the score."},
        "base": {**_NUMBER, "description": "The mean score; base, reasons and others add up to the score."},
        "unit": {**_STRING, "description": "Of these numbers."},
    }
    return told | ({"of": {"type": "string", "enum": [*contract.classes]}} if contract.classes else {})


def _object(properties: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "object", "properties": properties | (optional or {}), "required": [*properties]}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _content(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {_JSON: {"schema": schema}}}


def _plain(text: str) -> dict[str, Any]:
    refused = {code: {"description": _REFUSALS[code]} for code in ("401", "403", "503")}
    return {"summary": text, "responses": {"200": {"description": text}, **refused}}

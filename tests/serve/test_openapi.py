from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import TASKS, MakeApp

from interlock.contract import Column, Contract, Policy
from interlock.contract.step import Step
from interlock.release import Release
from interlock.serve.openapi import describe, example, row_schema


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if "$ref" in value else set()
        return own.union(*(references(inner) for inner in value.values()))
    return set().union(*(references(inner) for inner in value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("task", TASKS)
def test_the_document_is_whole(releases: dict[str, Release], task: str) -> None:
    document = json.loads(json.dumps(describe(releases[task])))
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) == schemas
    assert document["openapi"].startswith("3.1")
    assert releases[task].digest in document["info"]["description"]
    for path in ("/v1/predict", "/v1/outcomes", "/invocations", "/health/ready", "/metrics"):
        assert path in document["paths"]


def test_the_example_is_a_row_that_the_contract_takes(releases: dict[str, Release]) -> None:
    assert set(example(releases["binary"])) == set(GOOD)


def test_only_what_is_rejected_is_forbidden() -> None:
    number = Policy(null="reject", range="reject")
    category = Policy(null="reject", category="reject")
    text = Policy(null="reject", length="reject", pattern="reject")
    schema = row_schema(
        Contract(
            (
                Column("a", "integer", minimum=0, maximum=9, on=number),
                Column("b", "integer", minimum=0, maximum=9),
                Column("c", "category", levels=("x", "y"), on=category),
                Column("d", "category", levels=("x", "y"), on=Policy(category="reject")),
                Column("e", "text", max_length=3, pattern="[a-z]+", on=text),
                Column("f", "timestamp"),
                Column("g", "number", role="id"),
            )
        )
    )
    properties = schema["properties"]
    assert schema["required"] == ["a", "c", "e"]
    assert schema["additionalProperties"] is False
    assert [properties["a"][key] for key in ("type", "minimum", "maximum")] == ["integer", 0, 9]
    assert properties["b"]["type"] == ["integer", "null"]
    assert "minimum" not in properties["b"]
    assert properties["c"]["enum"] == ["x", "y"]
    assert properties["d"]["enum"] == ["x", "y", None]
    assert (properties["e"]["maxLength"], properties["e"]["pattern"]) == (3, "^(?:[a-z]+)$")
    assert properties["f"]["format"] == "date-time"
    assert properties["g"] == {"description": "Known to the contract, not read."}


def test_a_column_with_cleaning_steps_forbids_nothing_that_a_step_may_mend() -> None:
    steps = (
        Step("number", "a", format="1,234.5", symbols=("$",)),
        Step("missing", "a", values=("?", 999)),
        Step("range", "a", maximum=9),
        Step("strip", "b"),
        Step("spelling", "b", spellings=(("X", "x"),)),
        Step("date", "c", formats=("31.1.2013",)),
    )
    strict = Policy(null="reject", range="reject", category="reject")
    columns = (
        Column("a", "number", minimum=0, maximum=9, on=Policy(null="reject", range="reject")),
        Column("b", "category", levels=("x", "y"), on=replace(strict, range="flag")),
        Column("c", "timestamp"),
    )
    row = row_schema(Contract(columns, clean=steps))["properties"]
    assert row["a"]["type"] == ["number", "string"]
    assert row["b"]["type"] == "string"
    assert row["c"]["type"] == ["string", "null"]
    assert not {"maximum", "enum", "format"} & {key for name in "abc" for key in row[name]}
    for text in ("text such as 1,234.5", "with or without $", "“?”, 999 mean null", "outside … to 9 becomes"):
        assert text in row["a"]["description"]
    assert "1 spelling is united" in row["b"]["description"]
    assert "31.1.2013" in row["c"]["description"]


@pytest.mark.parametrize("task", TASKS)
def test_reasons_are_described(make_app: MakeApp, releases: dict[str, Release], task: str) -> None:
    document = describe(releases[task])
    parameter = document["paths"]["/v1/predict"]["post"]["parameters"][0]
    assert (parameter["name"], parameter["in"]) == ("explain", "query")
    assert (parameter["schema"]["minimum"], parameter["schema"]["maximum"]) == (1, 100)
    body = json.dumps(GOOD).encode()
    answer = json.loads(make_app(task).answer("POST", "/v1/predict", b"", body, b"explain=2").body)
    schema = document["components"]["schemas"]["Prediction"]
    assert {*schema["required"]} <= {*answer} <= {*schema["properties"]}
    assert {*answer["reasons"][0]} == {*schema["properties"]["reasons"]["items"]["required"]}

from dataclasses import replace
from typing import Any

import pytest
import yaml
from tests.fixtures_validate import solve

from interlock.said import Said
from interlock.validate.card_metadata import metadata


def read(text: str) -> dict[str, Any]:
    first, last = text.splitlines()[0], text.splitlines()[-1]
    assert (first, last) == ("---", "---")
    found: dict[str, Any] = yaml.safe_load(text.strip("-\n"))
    return found


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_reader_of_yaml_finds_each_result_as_it_was_measured(task: str) -> None:
    record = solve(task).validation.record
    (entry,) = read(metadata(record, Said()))["model-index"]
    (result,) = entry["results"]
    assert (entry["name"], result["source"]["url"]) == ("outcome", "evidence.json")
    assert result["dataset"]["type"] == record.digests["dataset"]
    labels = {each.label: each.value for each in record.measurements}
    assert len(result["metrics"]) >= 3
    assert all(labels[each["name"]] == each["value"] for each in result["metrics"])


def test_it_begins_the_card_and_names_a_licence_only_where_people_gave_one() -> None:
    solved = solve("binary")
    assert solved.validation.card_markdown.startswith("---\nlibrary_name: onnx\n")
    assert "license" not in read(metadata(solved.validation.record, Said()))
    assert read(metadata(solved.validation.record, Said(licence="apache-2.0")))["license"] == "apache-2.0"


def test_a_name_cannot_break_out_of_it() -> None:
    odd = 'a: "b"\n---\n- c # d'
    found = read(metadata(replace(solve("binary").validation.record, target=odd), Said(licence=odd)))
    assert found["model-index"][0]["name"] == odd
    assert found["license"] == odd

"""`docs/settings.md` names every setting there is, with its type and its default, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from interlock import sections
from interlock.config import _JUDGED_BY, Config, parse_config
from interlock.contract import Column
from interlock.contract.step import KINDS
from interlock.deploy.settings import Settings as Deploy
from interlock.release import Person
from interlock.release.registry import Policy
from interlock.release.registry.settings import Settings as Registry
from interlock.said import Said
from interlock.serve.access import Oidc
from interlock.serve.limits import Limits
from interlock.validate.gates import thresholds_for
from interlock.validate.group_gates import CRITERIA

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
STRUCTS: dict[str, type[msgspec.Struct]] = {
    "project": sections.Named,
    "data": sections.Data,
    "split": sections.Split,
    "explore": sections.Explore,
    "develop": sections.Develop,
    "decision": sections.Decision,
    "card": Said,
    "serve": sections.Serve,
    "deploy": Deploy,
    "serve.limits": Limits,
    "serve.oidc": Oidc,
    "registry": Registry,
    "policy.ENVIRONMENT": Policy,
    "ledger": sections.Ledger,
    "people.NAME": Person,
}
WORDS = {str: "text", float: "number", int: "whole number", bool: "true or false"}
SETTINGS = tuple(_JUDGED_BY)
TASKS = ("binary", "multiclass", "regression")


def _rows(section: str) -> dict[str, list[str]]:
    """Return the cells of a section's table by key."""
    begins = rf"(?ms)^##+ [^\n]*?`\[+{re.escape(section)}\]+`\n"
    part = re.search(rf"{begins}(.*?)(?=^##+ |\Z)", PAGE.read_text("utf-8"))
    assert part is not None, f"docs/settings.md has no section {section}"
    lines = [line for line in part[1].splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    assert len({each[0] for each in cells}) == len(cells), f"a key of {section} stands there twice"
    return {each[0].strip("`"): each[1:] for each in cells}


def _type(hint: Any) -> str:
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Literal:
        return ", ".join(f"`{each}`" for each in inside)
    if origin is tuple:
        return f"list of {_type(inside[0])}s" if inside[0] is str else f"list of {_type(inside[0])}"
    if origin is dict or (isinstance(hint, type) and issubclass(hint, msgspec.Struct)):
        return "table"
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_type(each) for each in inside if each is not type(None)))
    return WORDS[hint]


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default
    if value is None:
        return "none"
    if isinstance(value, msgspec.Struct):
        return "its defaults"
    if isinstance(value, str):
        return f'`"{value}"`' if value else "empty"
    return f"`{json.dumps(value)}`" if isinstance(value, tuple) else f"`{value}`"


@pytest.mark.parametrize("section", STRUCTS)
def test_every_key_of_a_section_stands_on_the_page_with_type_and_default(section: str) -> None:
    struct, said = STRUCTS[section], _rows(section)
    hints = get_type_hints(struct)
    assert list(said) == list(struct.__struct_fields__)
    for field in msgspec.structs.fields(struct):
        assert said[field.name][:2] == [_type(hints[field.name]), _default(field)], field.name
        assert said[field.name][2], field.name


def test_every_section_stands_on_the_page_and_no_other() -> None:
    headings = re.findall(r"^## `\[+(\w+)[.\w]*\]+`", PAGE.read_text("utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(Config.__struct_fields__)


def test_every_gate_and_setting_of_validate_stands_on_the_page_with_its_default() -> None:
    said = _rows("validate")
    expected: dict[str, set[float]] = {}
    for task in TASKS:
        for name, value in thresholds_for(task, {}, personal=True).items():
            expected.setdefault(name, set()).add(value)
    asked = {name for names in CRITERIA.values() for name in names} | {"holdout_looks", "value_per_1000"}
    endings = {f"<metric>_{each}" for each in ("minimum", "maximum", "above_baseline")}
    assert set(said) == {*expected, *SETTINGS, *asked, *endings}
    for name, values in expected.items():
        assert {float(each) for each in re.findall(r"`([\d.e-]+)`", said[name][0])} == values, name
    for name in (*asked, *endings):
        assert said[name][0] == "not asked"


def test_the_settings_of_validate_have_the_defaults_that_the_page_says() -> None:
    said = {name: _rows("validate")[name][0].strip("`") for name in _JUDGED_BY}
    smallest = parse_config('[project]\nname = "x"\n[data]\nsource = "x"\n', "")
    found = {"slice_rows": str(smallest.slice_rows), "refit_seconds": str(smallest.refit_seconds)}
    assert said == {"against": "the newest signed release", **found}


def test_the_keys_of_a_column_and_the_kinds_of_cleaning_stand_on_the_page() -> None:
    assert list(_rows("column")) == [*Column.__dataclass_fields__]
    assert set(_rows("clean")) == set(KINDS)

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.strategies import cleaned_contracts
from tests.contract.test_merge import CLEAN, RAW

from interlock import contract as contracts
from interlock.config import FILE
from interlock.contract import Contract
from interlock.contract.step import Step
from interlock.edited import keep, rewritten
from interlock.errors import ContractError, ProjectError
from interlock.project import Project

STEP = '\n[[clean]]\ncolumn = "price"\nstep = "number"\nformat = "1.234,5"\n'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / FILE).write_text('[project]\nname = "shop"\n\n[data]\nsource = "shop.csv"\n' + STEP)
    return Project(tmp_path)


def test_the_first_contract_is_written_without_the_steps_and_read_with_them(project: Project) -> None:
    assert keep(project, CLEAN) == ""
    assert "[[clean]]" not in project.contract_path.read_text()
    assert project.contract() == CLEAN


def test_an_edited_contract_follows_a_step_and_keeps_edits_and_comments(project: Project) -> None:
    keep(project, RAW)
    text = project.contract_path.read_text()
    text = text.replace('name = "price"', 'name = "price" # as on the label\nunit = "EUR"')
    text = text.replace('name = "size"', 'name = "size"\ndescription = "in metres"')
    project.contract_path.write_text("# ours\n" + text)
    note = keep(project, CLEAN)
    assert "contract.toml follows interlock.toml in price, what you edited there was kept" in note
    assert "contract.toml was kept, what was learned now is in contract.learned.toml" in note
    found = project.contract()
    assert (found["price"].type, found["price"].unit, found["price"].minimum) == ("number", "EUR", 1.5)
    assert found["size"].description == "in metres"
    assert found.clean == CLEAN.clean
    said = project.contract_path.read_text()
    assert "# ours" in said
    assert "# as on the label" in said


def test_taking_a_step_back_brings_the_raw_column_back(project: Project) -> None:
    keep(project, CLEAN)
    text = project.contract_path.read_text()
    project.contract_path.write_text(text.replace('name = "price"', 'name = "price"\nunit = "EUR"'))
    settings_ = project.root / FILE
    settings_.write_text(settings_.read_text().replace(STEP, ""))
    project = Project(project.root)
    keep(project, RAW)
    assert project.contract()["price"] == replace(RAW["price"], unit="EUR")
    assert project.contract().clean == ()


def test_without_a_change_of_steps_nothing_in_an_edited_contract_is_touched(project: Project) -> None:
    keep(project, CLEAN)
    text = project.contract_path.read_text().replace("maximum = 2.0", "maximum = 3.0")
    project.contract_path.write_text(text)
    note = keep(project, CLEAN)
    assert note == "; contract.toml was kept, what was learned now is in contract.learned.toml"
    assert project.contract_path.read_text() == text


def test_edits_that_can_no_longer_be_are_named(project: Project) -> None:
    keep(project, RAW)
    text = project.contract_path.read_text().replace('levels = ["1,5", "2"]', 'levels = ["1,5", "2", "3"]')
    project.contract_path.write_text(text)
    assert "(no longer possible: price: levels)" in keep(project, CLEAN)


def test_steps_in_contract_toml_are_an_error_that_says_where_they_belong(project: Project) -> None:
    contracts.write(CLEAN, project.contract_path)
    with pytest.raises(ProjectError, match=r"cleaning steps stand in interlock\.toml") as error:
        project.contract()
    assert "interlock clean" in error.value.next_step


def test_a_contract_that_does_not_parse_is_an_error_and_stays(project: Project) -> None:
    project.contract_path.write_text("[[column")
    with pytest.raises(ContractError, match="this is not TOML"):
        keep(project, CLEAN)
    assert project.contract_path.read_text() == "[[column"


@given(cleaned_contracts(), st.data())
@settings(max_examples=60, deadline=None)
def test_a_rewritten_file_says_what_it_has_to(contract: Contract, data: st.DataObject) -> None:
    plain = replace(contract, clean=())
    other = data.draw(cleaned_contracts())
    inputs = [column.name for column in plain.columns if column.role != "target"]
    others = [column for column in other.columns if column.role != "target"]
    new = {name: replace(column, name=name) for name, column in zip(inputs, others, strict=False)}
    wanted = replace(plain, columns=tuple(new.get(column.name, column) for column in plain.columns))
    assert contracts.from_toml(rewritten(contracts.to_toml(plain), wanted)) == wanted
    assert rewritten(contracts.to_toml(plain), plain) == contracts.to_toml(plain)


def test_a_step_on_a_removed_column_goes_with_it(project: Project) -> None:
    contracts.write(replace(RAW, columns=RAW.columns[1:]), project.contract_path)
    assert project.contract().clean == ()
    assert Step("strip", "size") not in project.contract().clean


def test_what_was_remembered_by_nobody_is_taken_for_unedited(project: Project) -> None:
    keep(project, RAW)
    (project.folder("explore") / "contract.base.toml").unlink()
    assert keep(project, CLEAN) == ""
    assert project.contract() == CLEAN


def test_a_target_that_is_declared_later_is_no_trouble(project: Project) -> None:
    keep(project, Contract((*RAW.columns[:2], replace(RAW["late"], role="feature"))))
    text = project.contract_path.read_text()
    project.contract_path.write_text(text.replace('name = "size"', 'name = "size"\nunit = "m"'))
    assert "follows interlock.toml in price" in keep(project, CLEAN)
    assert project.contract()["price"].type == "number"
    assert project.contract()["size"].unit == "m"


IGNORED = replace(CLEAN, columns=(CLEAN["price"], replace(CLEAN["size"], role="ignore"), CLEAN["late"]))


def _ignore_size(project: Project) -> Project:
    path = project.root / FILE
    path.write_text(path.read_text().replace('"shop.csv"\n', '"shop.csv"\nignore = ["size"]\n'))
    return Project(project.root)


def test_a_contract_that_nobody_edited_is_learned_anew(project: Project) -> None:
    keep(project, CLEAN)
    assert keep(_ignore_size(project), IGNORED) == ""
    assert project.contract()["size"].role == "ignore"
    assert not (project.root / "contract.learned.toml").exists()


def test_a_column_to_ignore_is_ignored_in_an_edited_contract_too(project: Project) -> None:
    keep(project, CLEAN)
    text = project.contract_path.read_text()
    project.contract_path.write_text(text.replace('name = "price"', 'name = "price"\nunit = "EUR"'))
    note = keep(_ignore_size(project), IGNORED)
    assert "contract.toml follows interlock.toml in size, what you edited there was kept" in note
    assert project.contract()["size"].role == "ignore"
    assert project.contract()["price"].unit == "EUR"


def test_a_role_that_people_gave_goes_before_what_was_learned(project: Project) -> None:
    keep(project, CLEAN)
    text = project.contract_path.read_text()
    project.contract_path.write_text(text.replace('name = "size"', 'name = "size"\nrole = "id"'))
    keep(project, IGNORED)
    assert project.contract()["size"].role == "id"

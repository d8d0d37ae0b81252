from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.config import FILE
from interlock.contract import Column, Contract, write
from interlock.errors import ProjectError
from interlock.project import STAGES, Project, digest, find

SMALLEST = '[project]\nname = "flights"\n\n[data]\nsource = "flights.csv"\n'


def _project(folder: Path, text: str = SMALLEST) -> Project:
    (folder / FILE).write_text(text, encoding="utf-8")
    return Project(folder)


def test_no_project_here_or_above(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"there is no interlock\.toml here or above") as caught:
        find(tmp_path)
    assert "interlock init" in caught.value.next_step


def test_found_from_a_folder_below(tmp_path: Path) -> None:
    _project(tmp_path)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find(below).root == tmp_path.resolve()


def _finish(project: Project, stage: str) -> None:
    project.finish(stage, inputs=project.inputs(stage), output=f"result of {stage}", summary="done")


def _states(project: Project) -> dict[str, str]:
    return {state.stage.name: state.state for state in project.states()}


def test_a_stage_is_current_until_something_it_depends_on_changes(tmp_path: Path) -> None:
    (tmp_path / "flights.csv").write_text("a\n1\n")
    project = _project(tmp_path)
    assert not project.is_current("explore")
    _finish(project, "explore")
    assert project.is_current("explore")
    (tmp_path / "flights.csv").write_text("a\n1\n2\n")
    assert not project.is_current("explore")


def test_a_setting_makes_only_its_own_stages_stale(tmp_path: Path) -> None:
    project = _project(tmp_path)
    write(Contract((Column("a", "number"),)), project.contract_path)
    for stage in ("explore", "develop", "validate"):
        _finish(project, stage)
    assert list(_states(project).values())[:4] == ["done", "done", "done", "waiting"]
    states = _states(_project(tmp_path, SMALLEST + "[develop]\nseed = 1\n"))
    assert [states[name] for name in ("explore", "develop", "validate")] == ["done", "stale", "stale"]
    states = _states(_project(tmp_path, SMALLEST + '[features]\nhalf = "a / 2"\n'))
    assert [states[name] for name in ("explore", "develop", "validate")] == ["done", "stale", "stale"]


def test_an_edited_contract_makes_the_model_stale_but_not_the_exploration(tmp_path: Path) -> None:
    project = _project(tmp_path)
    write(Contract((Column("a", "number"),)), project.contract_path)
    _finish(project, "explore")
    _finish(project, "develop")
    write(Contract((Column("a", "number", minimum=0.0),)), project.contract_path)
    assert _states(project)["explore"] == "done"
    assert _states(project)["develop"] == "stale"
    with pytest.raises(ProjectError, match=r"which is stale: contract\.toml has changed"):
        project.inputs("validate")


def test_a_copy_with_other_times_stays_done_and_an_edit_of_the_same_size_does_not(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "flights.csv").write_text("a\n1\n")
    project = _project(here)
    write(Contract((Column("a", "number"),)), project.contract_path)
    for stage in ("explore", "develop", "validate"):
        _finish(project, stage)
    there = Project(shutil.copytree(here, tmp_path / "there", copy_function=shutil.copy))
    os.utime(there.root / "flights.csv", ns=(1, 1))
    assert list(_states(there).values())[:3] == ["done"] * 3
    there.finish("explore", inputs=there.inputs("explore"), output="again", summary="done")
    assert there.is_current("explore")
    (there.root / "flights.csv").write_text("a\n2\n")
    assert _states(there)["explore"] == "stale"
    assert there.changed("explore") == ("the table",)


def test_a_copy_is_compared_with_the_same_release(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("here", "there")]
    for folder in folders:
        folder.mkdir()
        project = _project(folder, SMALLEST + '[validate]\nagainst = "releases/x"\n')
        write(Contract((Column("a", "number"),)), project.contract_path)
        _finish(project, "explore")
        _finish(project, "develop")
    assert Project(folders[0]).inputs("validate") == Project(folders[1]).inputs("validate")


def test_what_changed_is_named(tmp_path: Path) -> None:
    project = _project(tmp_path)
    write(Contract((Column("a", "number"),)), project.contract_path)
    for stage in ("explore", "develop", "validate"):
        _finish(project, stage)
    states = _project(tmp_path, SMALLEST + "[develop]\nseed = 1\n[validate]\nauc_minimum = 0.7\n").states()
    assert [state.because for state in states[:3]] == [(), ("[develop]",), ()]
    states = _project(tmp_path, SMALLEST + "[split]\nseed = 1\n").states()
    assert [state.because for state in states[:3]] == [("[split]",), (), ()]


def test_what_changed_while_a_stage_ran_is_not_what_it_was_made_from(tmp_path: Path) -> None:
    project = _project(tmp_path)
    before = project.inputs("explore")
    (tmp_path / "flights.csv").write_text("a\n1\n")
    project.finish("explore", inputs=before, output="x", summary="done")
    assert not project.is_current("explore")
    assert project.changed("explore") == ()


def test_an_expired_stage_runs_again_and_keeps_its_result(tmp_path: Path) -> None:
    project = _project(tmp_path)
    _finish(project, "explore")
    project.expire("explore")
    assert _states(project)["explore"] == "stale"
    assert project.output("explore", "develop") == "result of explore"


def test_a_failed_stage_is_neither_done_nor_waiting_and_nothing_takes_its_result(tmp_path: Path) -> None:
    project = _project(tmp_path)
    write(Contract((Column("a", "number"),)), project.contract_path)
    _finish(project, "explore")
    _finish(project, "develop")
    inputs = project.inputs("validate")
    project.finish("validate", inputs=inputs, output="o", summary="failed: size_mb", failed=["size_mb"])
    assert _states(project)["validate"] == "failed"
    assert _states(project)["release"] == "waiting"
    with pytest.raises(
        ProjectError, match="`release` needs a `validate` that passes, and it failed: size_mb"
    ):
        project.inputs("release")
    write(Contract((Column("a", "number", minimum=0.0),)), project.contract_path)
    assert _states(project)["validate"] == "stale"


def test_a_stage_that_is_not_done_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ProjectError, match="`develop` needs the result of `explore`, which is not done"
    ) as caught:
        _project(tmp_path).output("explore", "develop")
    assert caught.value.next_step == "run `interlock explore` first"


def test_a_damaged_record_counts_as_nothing_done(tmp_path: Path) -> None:
    project = _project(tmp_path)
    _finish(project, "explore")
    (tmp_path / ".interlock" / "stages.json").write_text("{")
    assert project.records() == {}


def test_stages_stand_on_an_earlier_one() -> None:
    seen: set[str] = set()
    for stage in STAGES:
        assert not stage.after or stage.after in seen
        seen.add(stage.name)


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_digests_differ_when_the_parts_do(left: list[str], right: list[str]) -> None:
    assert (digest(*left) == digest(*right)) == (left == right)


def source_of(folder: Path, source: str) -> Project:
    (folder / "interlock.toml").write_text(f'[project]\nname = "x"\n\n[data]\nsource = {source}\n', "utf-8")
    return Project(folder)


def test_a_changed_file_shows_in_a_list_and_in_a_database(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n", "utf-8")
    (tmp_path / "d.db").write_bytes(b"one")
    for source in ('["a.csv", "b.csv"]', '{ x = ["*.csv"] }', '"sqlite:///d.db?table=t"', '"file://a.csv"'):
        before = source_of(tmp_path, source).inputs("explore")
        assert source_of(tmp_path, source).inputs("explore") == before
        (tmp_path / "a.csv").write_text((tmp_path / "a.csv").read_text("utf-8") + "2\n", "utf-8")
        (tmp_path / "d.db").write_bytes((tmp_path / "d.db").read_bytes() + b"two")
        assert source_of(tmp_path, source).inputs("explore") != before


def test_a_database_elsewhere_counts_by_its_query(tmp_path: Path) -> None:
    one = source_of(tmp_path, '"postgresql://ada@nowhere/db?table=t"').inputs("explore")
    assert source_of(tmp_path, '"postgresql://ada@nowhere/db?table=t"').inputs("explore") == one
    assert source_of(tmp_path, '"postgresql://ada@nowhere/db?table=u"').inputs("explore") != one


def test_a_password_in_the_settings_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(
        ProjectError, match=r"must not hold a password.*\n  where: .*\n  got: .*ada:\*\*\*@"
    ) as raised:
        source_of(tmp_path, '"postgresql://ada:hidden@host/db?table=t"')
    assert "hidden" not in str(raised.value)

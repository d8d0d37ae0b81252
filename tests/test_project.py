from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.errors import ProjectError
from interlock.project import FILE, STAGES, Project, digest, find, read_config, write_atomically

SMALLEST = '[project]\nname = "flights"\n\n[data]\nsource = "flights.csv"\n'


def _project(folder: Path, text: str = SMALLEST) -> Project:
    (folder / FILE).write_text(text, encoding="utf-8")
    return Project(folder)


def test_defaults_are_usable(tmp_path: Path) -> None:
    config = _project(tmp_path).config
    assert config.split.holdout == 0.2
    assert config.serve.environment == "dev"
    assert config.people == {}


def test_every_section_is_read(tmp_path: Path) -> None:
    text = """
[project]
name = "late"
[data]
source = { flights = "f.csv", weather = "w.csv" }
sql = "select 1"
target = "late"
time = "time_hour"
ids = ["flight"]
[split]
by = "group"
group = "tailnum"
[validate]
auc_above_baseline = 0.05
[people.ada]
public_key = "AAAA"
roles = ["data_scientist", "ml_engineer"]
"""
    config = _project(tmp_path, text).config
    assert config.data.source == {"flights": "f.csv", "weather": "w.csv"}
    assert config.split.group == "tailnum"
    assert config.validate == {"auc_above_baseline": 0.05}
    assert config.people["ada"].roles == ("data_scientist", "ml_engineer")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[project\n", "not valid TOML"),
        ('[data]\nsource = "x"\n', "required field `project`"),
        (SMALLEST + 'targt = "late"\n', "did you mean `target`?"),
        (SMALLEST + "[slpit]\nholdout = 0.1\n", "did you mean `split`?"),
        (SMALLEST + '[split]\nholdout = "a lot"\n', "Expected `float`, got `str`"),
        (SMALLEST + "[split]\nholdout = 1.5\n", "a share between 0 and 1"),
        (SMALLEST + '[people.ada]\npublic_key = "k"\nroles = ["boss"]\n', "Invalid enum value 'boss'"),
    ],
)
def test_a_wrong_file_says_what_to_do(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ProjectError) as caught:
        _project(tmp_path, text)
    assert expected in str(caught.value)
    assert FILE in str(caught.value)


def test_no_project_here_or_above(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"there is no interlock\.toml here or above") as caught:
        find(tmp_path)
    assert "interlock init" in caught.value.next_step


def test_found_from_a_folder_below(tmp_path: Path) -> None:
    _project(tmp_path)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find(below).root == tmp_path.resolve()


def test_a_stage_is_current_only_for_the_same_inputs(tmp_path: Path) -> None:
    project = _project(tmp_path)
    assert not project.is_current("explore", "x")
    project.finish("explore", inputs="x", output="y", summary="done")
    assert project.is_current("explore", "x")
    assert not project.is_current("explore", "z")
    assert project.output("explore", "develop") == "y"


def test_a_stage_that_is_not_done_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="`develop` needs the result of `explore`") as caught:
        _project(tmp_path).output("explore", "develop")
    assert caught.value.next_step == "run `interlock explore` first"


def test_a_damaged_record_counts_as_nothing_done(tmp_path: Path) -> None:
    project = _project(tmp_path)
    project.finish("explore", inputs="x", output="y", summary="done")
    (tmp_path / ".interlock" / "stages.json").write_text("{")
    assert project.records() == {}


def test_a_refused_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.mkdir()
    (path / "kept").write_text("old")
    with pytest.raises(ProjectError, match="what was there before is kept"):
        write_atomically(path, "new")
    assert (path / "kept").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["state"]


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be read"):
        read_config(tmp_path / "nowhere.toml")


def test_stages_stand_on_an_earlier_one() -> None:
    seen: set[str] = set()
    for stage in STAGES:
        assert not stage.after or stage.after in seen
        seen.add(stage.name)


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_digests_differ_when_the_parts_do(left: list[str], right: list[str]) -> None:
    assert (digest(*left) == digest(*right)) == (left == right)

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fixtures_project import begin_parcels, write_parcels

import interlock.release as releases
from interlock import contract, stages, verdict
from interlock.beginning import init
from interlock.config import FILE
from interlock.develop import Development
from interlock.errors import GateError, InputError, InterlockError, ProjectError, TamperedError
from interlock.project import Project
from interlock.status import status

#: What a person may hand over, and what the answer must say.
BAD_TABLES = {
    "empty file": (b"", "x", "empty"),
    "no rows": (b"a,y\n", "y", "no rows"),
    "one row": (b"a,y\n1,0\n", "y", "two"),
    "target with one value": (b"a,y\n" + b"1,0\n2,0\n3,0\n" * 50, "y", "the same value in every row"),
    "all null": (b"a,y\n" + b",\n" * 50, "y", "no values"),
    "no such column": (b"a,late\n1,0\n2,1\n", "lat", "'late'"),
    "duplicated names": (b"a,a,y\n1,2,0\n3,4,1\n", "y", "duplicated"),
    "not UTF-8": ("a,y\nCafé,0\nbar,1\n".encode("latin-1"), "y", "encoding"),
    "ragged": (b"a,y\n1,0\n1,2,3\n", "y", "3"),
    "binary": (bytes(range(256)) * 20, "y", "x.csv"),
    "target like an id": (
        b"a,y\n" + b"".join(b"%d,id-%d\n" % (n, n) for n in range(90)),
        "y",
        "an identifier",
    ),
}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = begin_parcels(tmp_path_factory.mktemp("parcels"))
    for name in stages.RUN:
        assert not getattr(stages, name)(project).skipped
    return project


@pytest.fixture
def project(released: Project, tmp_path: Path) -> Project:
    """A copy that a test may change."""
    shutil.copytree(released.root, tmp_path / "p")
    return Project(tmp_path / "p")


def test_the_release_holds_what_the_stages_left(released: Project) -> None:
    loaded = releases.load(released.release("test"))
    assert loaded.name == "parcels"
    assert loaded.contract_digest == contract.digest(contract.read(released.contract_path))
    assert releases.replay(loaded) <= releases.TOLERANCE
    postcode = loaded.contract["postcode"]
    assert postcode.levels is not None
    assert all(level.startswith("0") for level in postcode.levels)


def test_every_stage_leaves_something_to_open(released: Project) -> None:
    for stage, file in (("explore", "report.html"), ("develop", "report.html"), ("validate", "card.html")):
        assert (released.folder(stage) / file).stat().st_size > 10_000


@pytest.mark.parametrize("name", stages.RUN)
def test_nothing_is_done_twice(released: Project, name: str) -> None:
    assert getattr(stages, name)(released).skipped


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ('max_memory = "lots"', "this is not a size of memory"),
        ("max_seconds = -1", "a time limit is a positive"),
    ],
)
def test_a_wrong_limit_names_the_setting(project: Project, setting: str, what: str) -> None:
    path = project.root / FILE
    path.write_text(f"{path.read_text()}\n[explore]\n{setting}\n")
    with pytest.raises(ProjectError, match=what) as caught:
        stages.explore(Project(project.root))
    assert caught.value.where == f"interlock.toml, [explore] {setting.partition(' ')[0]}"
    with pytest.raises(InputError) as asked:
        stages.explore(Project(project.root), max_memory="few", max_seconds=1)
    assert asked.value.where == ""


def test_an_edited_contract_survives_the_next_exploration(project: Project) -> None:
    text = project.contract_path.read_text()
    project.contract_path.write_text(text.replace('name = "weight"', 'name = "weight"\nunit = "kg"'))
    write_parcels(project.root / "parcels.csv", seed=1)
    outcome = stages.explore(project)
    assert "contract.toml was kept" in outcome.summary
    assert contract.read(project.contract_path)["weight"].unit == "kg"
    assert contract.read(project.root / "contract.learned.toml")["weight"].unit == ""


def test_a_failed_gate_stops_the_release_with_the_reason(project: Project) -> None:
    path = project.root / "interlock.toml"
    path.write_text(path.read_text() + "\n[validate]\nauc_minimum = 0.999\n")
    project = Project(project.root)
    with pytest.raises(GateError, match="auc_minimum") as caught:
        stages.validate(project)
    card = project.folder("validate") / "card.html"
    assert card.exists()
    assert caught.value.where == str(card)
    with pytest.raises(ProjectError, match="needs a `validate` that passes, and it failed: auc_minimum"):
        stages.release(project)


@pytest.mark.slow
def test_a_failed_verdict_is_told_again_without_another_look_at_the_holdout(project: Project) -> None:
    path = project.root / "interlock.toml"
    path.write_text(path.read_text() + "\n[validate]\nauc_minimum = 0.999\n")
    project = Project(project.root)
    with pytest.raises(GateError):
        stages.validate(project)
    looks = project.looks.read_text()
    with pytest.raises(GateError, match="nothing has changed since, so the holdout stayed closed") as again:
        stages.validate(project)
    assert "auc_minimum: AUC is" in again.value.what
    assert again.value.where == str(project.folder("validate") / "card.html")
    assert project.looks.read_text() == looks
    assert "! Validation            data scientist  failed   failed: auc_minimum;" in status(project)
    path.write_text(path.read_text().replace("0.999", "0.5") + "[slices]\nbasics = \"carrier = 'Swift'\"\n")
    outcome = stages.validate(Project(project.root))
    assert not outcome.skipped
    (warning,) = outcome.warnings
    assert warning.startswith("the declared slice `basics` has no row in the holdout")
    assert stages.validate(Project(project.root)).warnings == (warning,)
    assert "✓ Validation" in status(Project(project.root))


def test_groups_stay_together_in_every_split(tmp_path: Path) -> None:
    more = 'candidates = ["baseline", "linear"]\n[split]\nby = "group"\ngroup = "postcode"\nholdout = 0.3\n'
    project = begin_parcels(tmp_path, more)
    summary = stages.explore(project).summary
    assert "groups, whole" in summary
    assert "`postcode` names the groups, so it is no input" in summary
    assert project.contract()["postcode"].role == "id"
    stages.develop(project)
    development = Development.load(project.folder("develop"))
    assert "folds of groups that were not learned from" in development.split


def test_a_group_is_an_input_where_a_person_says_so(tmp_path: Path) -> None:
    project = begin_parcels(tmp_path)
    stages.explore(project)
    path, asked = project.contract_path, tmp_path / "interlock.toml"
    path.write_text(path.read_text().replace('name = "weight"', 'name = "weight"\nunit = "kg"'))
    asked.write_text(asked.read_text() + '[split]\nby = "group"\ngroup = "postcode"\n')
    assert "so it is no input" in stages.explore(Project(tmp_path)).summary  # an edited contract follows
    edited = project.contract()
    assert (edited["postcode"].role, edited["weight"].unit) == ("id", "kg")
    feature = replace(edited["postcode"], role="feature")
    columns = tuple(feature if each.name == "postcode" else each for each in edited.columns)
    contract.write(replace(edited, columns=columns), path)
    project.expire("explore")
    assert "so it is no input" not in stages.explore(Project(tmp_path)).summary
    assert project.contract()["postcode"].role == "feature"


@pytest.mark.slow
@pytest.mark.parametrize("part", ["train", "holdout"])
def test_other_rows_with_the_same_profile_are_other_rows(project: Project, part: str) -> None:
    """Turn the target of one part round: each column's profile stays, what is learned from it does not."""
    settings = project.root / "interlock.toml"
    settings.write_text(
        settings.read_text()
        + "\n[validate]\nauc_above_baseline = -1.0\nworst_slice = -100.0\ncalibration = 1.0\n"
    )
    project = Project(project.root)
    for name in stages.RUN:
        getattr(stages, name)(project)
    path = project.root / "parcels.csv"
    header, *rows = path.read_text().splitlines()
    split = round(len(rows) * 0.8)
    places = range(split) if part == "train" else range(split, len(rows))
    targets = [rows[place].rpartition(",")[2] for place in places]
    for place, target in zip(places, [*targets[7:], *targets[:7]], strict=True):
        rows[place] = f"{rows[place].rpartition(',')[0]},{target}"
    path.write_text("\n".join([header, *rows]) + "\n")
    assert not stages.explore(project).skipped
    assert stages.develop(project).skipped == (part == "holdout")
    assert not stages.validate(project).skipped


def test_ctrl_c_keeps_the_best_and_the_search_goes_on(project: Project) -> None:
    whole = project.output("develop", "test")
    project.expire("develop")

    def press(line: str) -> None:
        if ", 2 trials" in line:
            raise KeyboardInterrupt

    with pytest.raises(
        KeyboardInterrupt, match=r"the best so far is saved: .*\n  next: `interlock develop`"
    ) as stop:
        stages.develop(project, progress=press)
    best = Development.load(project.folder("develop"))
    assert best.interrupted
    assert best.summary in str(stop.value)
    assert f"stopped  interrupted, the best so far: {best.summary}" in status(project)
    assert project.output("develop", "test", current=True) == best.digest
    assert not stages.develop(project).skipped
    assert project.output("develop", "test") == whole
    assert stages.develop(project).skipped


def test_ctrl_c_before_anything_is_known_keeps_the_earlier_development(project: Project) -> None:
    before = Development.load(project.folder("develop"))
    project.expire("develop")

    def press(line: str) -> None:
        if line.startswith("comparing"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stages.develop(project, progress=press)
    assert Development.load(project.folder("develop")).digest == before.digest
    assert not project.is_current("develop")


def test_what_is_asked_goes_before_the_settings(project: Project) -> None:
    stages.develop(Project(project.root))
    project.expire("develop")
    stages.develop(project, candidates=("baseline",), metric="brier")
    found = Development.load(project.folder("develop"))
    assert [result.name for result in found.leaderboard] == ["baseline"]
    assert found.best.score.metric == "Brier score"


@pytest.mark.slow
def test_declared_features_are_learned_compiled_and_validated(project: Project) -> None:
    path = project.root / FILE
    text = path.read_text().replace("trials = 4", 'trials = 1\ncandidates = ["linear"]')
    path.write_text(text + '[features]\nload = "weight * distanse"\n')
    with pytest.raises(InputError, match="did you mean `distance`") as caught:
        stages.develop(Project(project.root))
    assert "[features] load" in str(caught.value)
    assert Development.load(project.folder("develop")).declared == ()  # what was there stays
    rate = "mean(late) over 30 days by carrier after 2 days"
    path.write_text(text + f'[features]\nload = "weight * distance"\nrate = "{rate}"\n')
    assert not stages.develop(Project(project.root)).skipped
    assert Development.load(project.folder("develop")).declared == (
        ("load", "weight * distance"),
        ("rate", rate),
    )
    assert "all" in stages.validate(Project(project.root)).summary
    assert rate in (project.folder("validate") / "card.html").read_text()
    assert stages.develop(Project(project.root)).skipped


def test_signing_is_recorded_with_the_release(project: Project) -> None:
    outcome = stages.sign(project, "ada", key=project.root / "ada.pem")
    assert outcome.summary == (
        "ada as data_scientist (self), ada as ml_engineer (self); the holdout was opened once, for 1 model"
    )
    assert {state.stage.name: state.state for state in Project(project.root).states()}["sign"] == "done"


def test_who_signs_is_told_how_often_the_holdout_was_opened_and_no_line_can_be_lost(project: Project) -> None:
    project.expire("validate")
    stages.validate(project)
    outcome = stages.sign(project, "ada", key=project.root / "ada.pem")
    assert outcome.summary.endswith("; the holdout was opened twice, for 1 model")
    lines = project.looks.read_bytes().splitlines(keepends=True)
    project.looks.write_bytes(lines[0])
    with pytest.raises(TamperedError, match="the evidence counted 2 looks, 1 are there"):
        stages.sign(project, "ada", key=project.root / "ada.pem")


def test_a_column_that_leaks_is_dropped_or_confirmed_by_a_person(tmp_path: Path) -> None:
    project = begin_parcels(tmp_path)
    path = tmp_path / "parcels.csv"
    header, *rows = path.read_text().splitlines()
    path.write_text(
        "\n".join([f"{header},refund", *(f"{row},{row.endswith('true'):d}" for row in rows)]) + "\n"
    )
    explored = stages.explore(project)
    assert "`refund` may leak (under [data], `ignore` leaves out and `confirmed` keeps)" in explored.summary
    assert "\n  ! validate will stop: `refund` may be known only after" in stages.develop(project).summary
    assert "validate will stop" in stages.develop(project).summary
    with pytest.raises(
        GateError, match="the holdout stays closed: `refund` may be known only after the outcome"
    ):
        stages.validate(project)
    assert not project.looks.exists()
    settings = tmp_path / "interlock.toml"
    settings.write_text(settings.read_text().replace("[data]", '[data]\nconfirmed = ["refund"]'))
    project = Project(tmp_path)
    assert stages.explore(project).skipped
    again = stages.develop(project)
    assert again.skipped
    assert "validate will stop" not in again.summary
    assert "all" in stages.validate(project).summary


def test_what_people_say_reaches_the_card_without_another_look_at_the_holdout(project: Project) -> None:
    looks = project.looks.read_bytes()
    path = project.root / "interlock.toml"
    path.write_text(path.read_text() + '\n[card]\nintended_use = "To plan the vans of a day."\n')
    told = Project(project.root)
    assert stages.validate(told).skipped
    assert "To plan the vans of a day." in (told.folder("validate") / "card.md").read_text()
    assert not stages.release(told).skipped
    assert "To plan the vans of a day." in (told.release("here") / "card.md").read_text()
    assert project.looks.read_bytes() == looks


def test_a_setting_of_the_card_that_is_not_known_is_refused_with_the_nearest(project: Project) -> None:
    path = project.root / "interlock.toml"
    path.write_text(path.read_text() + '\n[card]\nintended_uses = "x"\n')
    with pytest.raises(ProjectError) as caught:
        Project(project.root)
    assert caught.value.next_step == "did you mean `intended_use`?"


def _begin_and_explore(folder: Path, target: str) -> None:
    init(folder, "x.csv", target=target)
    stages.explore(Project(folder))


@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_bad_table_is_refused_with_a_next_step(tmp_path: Path, name: str) -> None:
    content, target, expected = BAD_TABLES[name]
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(InterlockError) as caught:
        _begin_and_explore(tmp_path, target)
    assert caught.value.next_step
    assert expected in str(caught.value)
    assert (tmp_path / "x.csv").read_bytes() == content


@pytest.fixture
def signed(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "keys"))
    stages.sign(project, "ada")
    return Project(project.root)


def test_the_newest_signed_release_of_another_model_is_the_one_in_production(signed: Project) -> None:
    path = signed.release("test")
    assert signed.production("sha256:another model") == path
    assert signed.production(Development.load(signed.folder("develop")).digest) is None
    opponent = verdict.in_production(signed, "sha256:another model", None, lambda _: None)
    assert opponent is not None
    assert opponent.release.path == path
    assert stages.validate(signed).skipped  # its own release is no other one: nothing has become stale


def test_a_release_that_nobody_known_signed_is_not_in_production(signed: Project) -> None:
    path = signed.root / FILE
    path.write_text(path.read_text().partition("[people.ada]")[0])
    told: list[str] = []
    assert verdict.in_production(Project(signed.root), "sha256:another model", None, told.append) is None
    assert told[0].startswith("not compared with parcels-")


def test_the_release_to_compare_with_can_be_named_or_left_out(signed: Project) -> None:
    path = signed.root / FILE
    text = path.read_text()
    path.write_text(text + '\n[validate]\nagainst = "none"\n')
    assert Project(signed.root).production("sha256:another model") is None
    path.write_text(text + '\n[validate]\nagainst = "releases/nothing"\n')
    with pytest.raises(InterlockError, match="no release"):
        verdict.in_production(Project(signed.root), "sha256:another model", None, lambda _: None)
    path.write_text(text + "\n[validate]\nagainst = 3\n")
    with pytest.raises(ProjectError, match=r"a setting of interlock\.toml is wrong") as caught:
        Project(signed.root)
    assert "the folder of a release" in caught.value.next_step

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.dirty import Orders, orders, write_orders
from tests.fixtures_service import Server, running

import interlock.release as releases
from interlock import clean, stages
from interlock import contract as contracts
from interlock.beginning import init
from interlock.config import FILE, read_config
from interlock.contract import Decoder
from interlock.contract.step import Step
from interlock.errors import InputError, ProjectError
from interlock.profile import Profile
from interlock.project import Project
from interlock.reports import export
from interlock.table import dataset, open_table, profile

NOTES = "\n# quick, for a test\n[develop]\nseconds = 6 # seconds\n"


def _begin(folder: Path, made: Orders, repeated: int = 0) -> Project:
    write_orders(folder / "orders.csv", made.dirty, repeated)
    path = init(folder, "orders.csv", target="returned")
    path.write_text(path.read_text() + NOTES)
    return Project(folder)


@pytest.fixture(scope="module")
def explored(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = _begin(tmp_path_factory.mktemp("orders"), orders(600), repeated=20)
    assert "13 cleaning steps proposed: `interlock clean`" in stages.explore(project).summary
    return project


@pytest.fixture
def project(explored: Project, tmp_path: Path) -> Project:
    """A copy that a test may change."""
    shutil.copytree(explored.root, tmp_path / "p")
    return Project(tmp_path / "p")


def test_the_list_says_why_how_many_rows_and_what_comes_next(project: Project) -> None:
    text = clean.listing(project)
    for part in (
        "Proposed",
        "strip       price  (certain)",
        "is a copy of `amount`",
        "→ null",
        "--accept all",
    ):
        assert part in text
    assert "Accepted" not in text
    assert text.endswith("next: interlock clean --accept all, or --accept 1,3; --show 1 for more examples")


def test_the_hint_names_numbers_that_are_left(project: Project) -> None:
    labels = [line.split()[0] for line in clean.listing(project).splitlines() if line[:5].strip().isdigit()]
    clean.accept(project, ",".join(label for label in labels if label != "13"))
    text = clean.listing(Project(project.root))
    assert text.endswith("next: interlock clean --accept 13; --show 13 for more examples")


def test_one_step_is_shown_with_its_values(project: Project) -> None:
    text = clean.show(project, "6")
    assert "spelling    city" in text
    assert text.count("→") == 7


def test_accepted_steps_are_written_and_comments_stay(project: Project) -> None:
    assert "accepted: strip city" in clean.accept(project, "5, 6")
    text = (project.root / FILE).read_text()
    assert "# quick, for a test" in text
    assert "\n\n[[clean]]" in text
    assert "\n\n\n" not in text
    assert "seconds = 6 # seconds" in text
    assert [step.kind for step in read_config(project.root / FILE).clean] == ["strip", "spelling"]
    assert "next: interlock explore" in clean.accept(Project(project.root), "4")


def test_numbers_stay_until_the_next_exploration(project: Project) -> None:
    before = clean.show(project, "7")
    clean.accept(project, "1,5")
    assert clean.show(Project(project.root), "7") == before
    text = clean.listing(Project(project.root))
    assert text.index("Accepted, in interlock.toml") < text.index("a1") < text.index("Proposed")
    with pytest.raises(ProjectError, match="no such cleaning step"):
        clean.accept(Project(project.root), "5")


def test_a_step_that_converts_takes_along_what_it_was_found_with(project: Project) -> None:
    clean.accept(project, "3")
    kinds = [step.kind for step in read_config(project.root / FILE).clean]
    assert kinds == ["strip", "missing", "number"]


def test_accepting_makes_exploration_stale_and_the_steps_reach_the_contract(project: Project) -> None:
    clean.accept(project, "all")
    project = Project(project.root)
    assert not project.is_current("explore")
    with pytest.raises(ProjectError, match="needs the result of `explore`, which is stale"):
        stages.develop(project)
    summary = stages.explore(project).summary
    assert "20 that repeat another row were left out first" in summary
    assert "proposed" not in summary
    found = project.contract()
    assert (found["price"].type, found["day"].type, found["shop"].role) == ("number", "timestamp", "ignore")
    assert found.clean == project.config.clean
    assert "nothing more is proposed" in clean.listing(project)
    assert "Cleaning" in (project.folder("explore") / "report.html").read_text()
    assert "Accepted" in (project.folder("explore") / "report.html").read_text()


def test_what_people_edited_in_the_contract_outlives_the_cleaning(project: Project) -> None:
    text = project.contract_path.read_text()
    text = text.replace('name = "price"', '# in dollars\nname = "price"\nunit = "USD"')
    project.contract_path.write_text(text.replace('name = "amount"', 'name = "amount"\nunit = "pieces"'))
    clean.accept(project, "all")
    project = Project(project.root)
    assert "contract.toml follows interlock.toml in" in stages.explore(project).summary
    found = project.contract()
    assert (found["price"].type, found["price"].unit, found["amount"].unit) == ("number", "USD", "pieces")
    assert "# in dollars" in project.contract_path.read_text()


def test_a_removed_step_is_gone_and_its_column_is_raw_again(project: Project) -> None:
    clean.accept(project, "3,4")
    stages.explore(Project(project.root))
    assert Project(project.root).contract()["discount"].type == "number"
    assert clean.remove(Project(project.root), "a1").startswith("removed: number discount")
    project = Project(project.root)
    stages.explore(project)
    assert project.contract()["discount"].type == "category"
    clean.remove(project, "all")
    assert "[[clean]]" not in (project.root / FILE).read_text()
    assert Project(project.root).config.clean == ()


@pytest.mark.parametrize("label", ["99", "x", ""])
def test_a_number_that_is_not_there_is_an_error_that_names_those_that_are(
    project: Project, label: str
) -> None:
    with pytest.raises(ProjectError, match="no such cleaning step") as error:
        clean.accept(project, label)
    assert "choose of: 1, 2, 3" in error.value.next_step


def test_without_an_exploration_the_next_step_is_named(tmp_path: Path) -> None:
    project = _begin(tmp_path, orders(50))
    with pytest.raises(ProjectError, match="needs the result of `explore`"):
        clean.listing(project)


def test_two_steps_of_a_kind_are_one() -> None:
    words = clean.combined(Step("missing", "a", values=("?",)), Step("missing", "a", values=("?", 9)))
    assert words == Step("missing", "a", values=("?", 9))
    dates = clean.combined(
        Step("date", "a", formats=("31.1.2013",)), Step("date", "a", formats=("1/31/2013",))
    )
    assert dates.formats == ("1/31/2013", "31.1.2013")
    spelling = clean.combined(
        Step("spelling", "a", spellings=(("NY", "New Yrk"), ("Bos", "Boston"))),
        Step("spelling", "a", spellings=(("New Yrk", "New York"), ("Boston", "Bos"))),
    )
    assert dict(spelling.spellings) == {"NY": "New York", "New Yrk": "New York", "Boston": "Bos"}


def _json(row: dict[str, str]) -> dict[str, Any]:
    """A dirty row as a client sends it: what a database holds as whole numbers is a number."""
    whole = {name: int(row[name]) for name in ("age", "amount", "amount_2")}
    return {name: value for name, value in row.items() if name != "returned"} | whole


@pytest.fixture(scope="module")
def made() -> Orders:
    return orders(2500)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory, made: Orders) -> Project:
    project = _begin(tmp_path_factory.mktemp("released"), made, repeated=100)
    stages.explore(project)
    clean.accept(project, "all")
    project = Project(project.root)
    for name in stages.RUN:
        getattr(stages, name)(project)
    return project


@pytest.fixture(scope="module")
def server(released: Project, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with running(released.release("test"), tmp_path_factory.mktemp("service")) as found:
        yield found


@pytest.mark.slow
def test_raw_rows_get_the_probability_of_cleaned_rows_to_the_byte(server: Server, made: Orders) -> None:
    dirty = [_json(row) for row in made.dirty[:300]]
    tidy = [{name: value for name, value in row.items() if name != "returned"} for row in made.clean[:300]]
    answers = [server.post("/v1/predict", rows).json["predictions"] for rows in (dirty, tidy)]
    for raw, cleaned in zip(*answers, strict=True):
        assert (raw["prediction"], raw["label"], raw["flags"]) == (
            cleaned["prediction"],
            cleaned["label"],
            cleaned["flags"],
        )
    alone = server.post("/v1/predict", dirty[0]).json
    assert alone["prediction"] == answers[0][0]["prediction"]
    assert len({answer["prediction"] for answer in answers[0]}) > 200


@pytest.mark.slow
def test_other_protocols_clean_as_well(server: Server, released: Project, made: Orders) -> None:
    row = _json(made.dirty[0])
    expected = server.post("/v1/predict", row).json["prediction"]
    records = server.post("/invocations", {"dataframe_records": [row]}).json
    assert records["predictions"] == [expected]
    text = ",".join(row) + "\n" + ",".join(json.dumps(str(value)) for value in row.values()) + "\n"
    table = server.ask("POST", "/invocations", text.encode(), content_type="text/csv").json
    assert table["predictions"] == [expected]
    name = releases.load(released.release("test")).name
    inputs = [{"name": key, "shape": [1], "datatype": "BYTES", "data": [value]} for key, value in row.items()]
    tensors = server.post(f"/v2/models/{name}/infer", {"inputs": inputs}).json
    assert tensors["outputs"][0]["data"] == [expected]


@pytest.mark.slow
def test_training_sees_what_the_service_sees(released: Project, made: Orders) -> None:
    contract = releases.load(released.release("test")).contract
    data = dataset(open_table(released.root / "orders.csv"), contract)
    decoder = Decoder(contract)
    strings = data.checked.string_matrix()
    for place, row in enumerate(made.dirty[:500]):
        checked = decoder.one(json.dumps(_json(row)).encode())
        assert np.array_equal(checked.numbers, data.checked.numbers[place], equal_nan=True)
        assert checked.strings == strings[place].tolist()
        assert checked.rejected == data.checked.rejected[place]
    assert data.target is not None
    truth = [row["returned"] == "yes" for row in made.clean]
    assert data.target[: len(truth)].tolist() == [
        float(each if contract.classes[1].lower() == "yes" else not each) for each in truth
    ]


@pytest.mark.slow
def test_the_release_holds_the_steps_and_golden_rows_that_need_them(released: Project) -> None:
    release = releases.load(released.release("test"))
    assert release.contract.clean == released.config.clean
    assert "[[clean]]" in (release.path / "contract.toml").read_text()
    assert "[[clean]]" not in released.contract_path.read_text()
    assert releases.replay(release) <= releases.TOLERANCE
    rows = [golden.row for golden in release.golden]
    assert any(row.get("price") == "$1,234.5" for row in rows)
    assert any(row.get("age") == 999 for row in rows)
    assert contracts.digest(released.contract()) == release.contract_digest


@pytest.mark.slow
def test_the_description_says_that_text_is_taken(server: Server) -> None:
    row = server.ask("GET", "/openapi.json").json["components"]["schemas"]["Row"]["properties"]
    assert row["price"]["type"] == ["number", "string", "null"]
    assert "1,234.5" in row["price"]["description"]
    assert "31.1.2013" in row["day"]["description"]
    assert "Cleaned first" in server.ask("GET", "/docs").body.decode()


@pytest.mark.slow
def test_an_outcome_is_cleaned_like_the_target(server: Server, made: Orders) -> None:
    asked = server.post("/v1/predict", _json(made.dirty[0])).json
    for said in ("Yes", "yes ", "NO"):
        assert server.post("/v1/outcomes", {"id": asked["id"], "outcome": said}).json == {"recorded": 1}
    assert server.post("/v1/outcomes", {"id": asked["id"], "outcome": "perhaps"}).status == 422


def test_a_time_column_of_text_is_read_once_its_step_stands_in_the_settings(tmp_path: Path) -> None:
    write_orders(tmp_path / "orders.csv", orders(300).dirty)
    path = init(tmp_path, "orders.csv", target="returned", time="day")
    with pytest.raises(InputError, match="the time column holds text") as error:
        stages.explore(Project(tmp_path))
    path.write_text(path.read_text() + "\n" + error.value.next_step.removeprefix("add to interlock.toml:"))
    project = Project(tmp_path)
    assert "the latest, from 2024-" in stages.explore(project).summary
    assert project.contract()["day"].role == "time"


BY_HAND = """# head
[project]
name = "orders"

# my steps
[[clean]]
column = "city" # keep me
step = "strip"

[[clean]]
column = "city"
step = "spelling"
# the boss says so
spellings = { Boston = ["BOSTON"] }

[data]
source = "orders.csv" # where
target = "returned"
"""


def test_what_people_wrote_among_the_steps_stays_and_new_steps_join_theirs(tmp_path: Path) -> None:
    write_orders(tmp_path / "orders.csv", orders(600).dirty)
    path = tmp_path / FILE
    path.write_text(BY_HAND)
    stages.explore(Project(tmp_path))
    clean.accept(Project(tmp_path), "all")
    text = path.read_text()
    for line in ("# head", "# my steps", 'column = "city" # keep me', "# the boss says so", "# where"):
        assert line in text
    assert "\n\n\n" not in text
    assert all(f"\n\n{head}" in text for head in ("[[clean]]\ncolumn", "[data]"))
    (spelling,) = (
        step for step in read_config(path).clean if (step.column, step.kind) == ("city", "spelling")
    )
    assert ("BOSTON", "Boston") in spelling.spellings
    assert len(spelling.spellings) == 7
    clean.remove(Project(tmp_path), "all")
    assert path.read_text().count("[[clean]]") == 0
    assert "# where" in path.read_text()


def test_an_export_holds_the_values_that_were_explored(project: Project) -> None:
    clean.accept(project, "all")
    project = Project(project.root)
    stages.explore(project)
    table = open_table(export(project, "parquet") / "table.parquet")
    learned = Profile.from_bytes((project.folder("explore") / "profile.bin").read_bytes())
    assert table.count() == learned.rows
    for name in ("price", "discount", "city", "day"):
        assert profile(table)[name].to_bytes() == learned[name].to_bytes(), name

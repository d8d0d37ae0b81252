from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interlock import stages
from interlock.errors import GateError, InputError
from interlock.pipeline import run
from interlock.project import Project
from interlock.stages import RUN, Outcome


class Stages:
    """Stands in for the stages: which ran, and which one fails; the project's records are the real ones."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ran: list[str] = []
        self.fails = ""
        self.changed: dict[str, str] = dict.fromkeys(RUN, "1")
        monkeypatch.setattr(Project, "inputs", lambda _, stage: self.changed[stage])
        monkeypatch.setattr(Project, "changed", lambda _, stage: (f"[{stage}]",))
        for name in RUN:
            monkeypatch.setattr(stages, name, self.stage(name))

    def stage(self, name: str) -> Callable[..., Outcome]:
        def once(project: Project, *, progress: Callable[[str], None]) -> Outcome:
            if project.is_current(name):
                return Outcome(name, "as before", project.root, skipped=True)
            if name == self.fails:
                raise GateError(f"{name} failed")
            self.ran.append(name)
            project.finish(name, inputs=project.inputs(name), output="o", summary="new")
            return Outcome(name, "new", project.root)

        return once


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "interlock.toml").write_text('[project]\nname = "x"\n[data]\nsource = "x.csv"\n')
    return Project(tmp_path)


def told(project: Project, **options: Any) -> list[str]:
    said: list[str] = []
    run(
        project,
        progress=lambda _: None,
        say=said.append,
        show=lambda outcome: said.append(f"{outcome.stage}: {outcome.summary}"),
        **options,
    )
    return said


def test_a_stage_runs_where_something_changed_and_says_why(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Stages(monkeypatch)
    assert told(project)[:2] == ["→ explore: it was never run", "explore: new"]
    assert made.ran == [*RUN]
    assert told(project) == [f"{name}: nothing has changed; as before" for name in RUN]
    made.changed["validate"] = "2"
    assert [line for line in told(project) if "→" in line] == ["→ validate: [validate] changed"]
    assert made.ran == [*RUN, "validate"]


def test_until_and_force(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Stages(monkeypatch)
    told(project, until="develop")
    assert made.ran == ["explore", "develop"]
    assert told(project, until="explore", force=True)[0] == "→ explore: it is run again on demand"
    with pytest.raises(
        InputError, match="there is no such stage to run\n  got: serve\n  next: say explore, "
    ):
        told(project, until="serve")


def test_a_stage_that_fails_ends_the_run_which_goes_on_there(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Stages(monkeypatch)
    made.fails = "validate"
    with pytest.raises(GateError, match="validate failed") as failed:
        told(project)
    assert failed.value.exit_code == 2
    assert made.ran == ["explore", "develop"]
    made.fails = ""
    told(project)
    assert made.ran == [*RUN]

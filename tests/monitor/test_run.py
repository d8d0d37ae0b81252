import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import binom
from tests.fixtures_release import write_release

from interlock.cli import app
from interlock.contract import Column, Contract, Task, Type
from interlock.errors import InputError, TamperedError
from interlock.monitor import Monitoring, load, monitor
from interlock.profile import Profile, Values
from interlock.project import Project
from interlock.registering import registry_of
from interlock.release import Release
from interlock.serve.ledger import Entry, Header, Ledger
from interlock.validate.scores import scores

Traffic = Callable[..., Path]


def subjects(result: Monitoring) -> set[str]:
    return {alarm.subject for alarm in result.alarms}


def test_traffic_like_training_is_calm(traffic: Traffic, release: Release) -> None:
    result = monitor(release, traffic(6000, outcomes=0.75))
    assert result.alarms == ()
    assert result.exit_code == 0
    assert result.summary == "6,000 rows, 75 % with an outcome; calm"
    assert (result.rows, result.arrived, result.unit) == (6000, 4500, "week")
    assert sum(period.rows for period in result.periods) == 6000
    assert [feature.column for feature in result.features] != ["at"]
    assert {feature.column for feature in result.features} == {"temperature", "visits", "member", "city"}
    assert result.account.balanced
    assert result.notes == ()


@pytest.mark.parametrize(
    ("law", "subject", "said"),
    [
        ({"temperature": 4.0}, "temperature", "temperature: mean 9.96 → 4.0"),
        ({"missing": 0.3}, "temperature", "temperature: missing in 5 % → "),
        (
            {"cities": (0.3, 0.5, 0.1, 0.1), "names": ("Bergen", "Oslo", "Trondheim", "Paris")},
            "city",
            "most often 'Paris'",
        ),
        ({"cities": (0.6, 0.2, 0.2)}, "city", "city: other levels in 3"),
        ({"flip": 0.5}, "auc", "on the holdout"),
    ],
)
def test_what_drifted_is_named_with_its_amount(
    traffic: Traffic, release: Release, law: dict[str, object], subject: str, said: str
) -> None:
    result = monitor(release, traffic(5000, **law))
    assert result.exit_code == 1
    assert any(said in alarm.sentence for alarm in result.alarms if alarm.subject == subject)
    assert result.features[0].size >= max(feature.size for feature in result.features)


@pytest.mark.slow
def test_the_latest_period_is_not_lost_among_many_calm_ones(
    traffic: Traffic, release: Release, tmp_path: Path
) -> None:
    calm, hot = traffic(20_000, days=70), traffic(400, temperature=22.0, days=7, seed=9)
    for folder in (calm, hot):
        shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    result = monitor(release, tmp_path)
    # The week of the heat is the first here, so the ledger as a whole and its latest week are calm.
    assert "temperature" not in subjects(result)
    latest = traffic(20_000, days=63)
    late = traffic(800, temperature=22.0, days=70, seed=9)
    for folder in (latest, late):
        shutil.copytree(folder, tmp_path / "two", dirs_exist_ok=True)
    scopes = {
        alarm.scope for alarm in monitor(release, tmp_path / "two").alarms if alarm.subject == "temperature"
    }
    assert scopes
    assert "all rows" not in scopes


def test_refused_rows_and_broken_rules_are_compared_with_the_holdout(
    traffic: Traffic, release: Release
) -> None:
    result = monitor(release, traffic(3000, temperature=55.0))
    told = {shift.sentence for shift in result.requests}
    assert any(sentence.startswith("temperature: values out of range in 0 % → ") for sentence in told)
    assert "0 % → 0 % of the rows refused" in told
    assert "temperature" in subjects(result)


def test_a_release_whose_evidence_cannot_be_read_is_still_compared(
    traffic: Traffic, release: Release
) -> None:
    result = monitor(replace(release, evidence={"auc": 0.7}), traffic(1000))
    assert result.notes == (
        "the release's evidence cannot be read: performance and refusals are compared with nothing",
    )
    assert result.performance[0].chance is None
    assert result.requests == ()
    assert result.features


def test_few_rows_without_outcomes_are_monitored(traffic: Traffic, release: Release) -> None:
    result = monitor(release, traffic(3, outcomes=0))
    assert (result.rows, result.arrived, result.performance, result.exit_code) == (3, 0, (), 0)


def test_a_folder_is_verified_first(traffic: Traffic, release: Release, tmp_path: Path) -> None:
    copy = shutil.copytree(release.path, tmp_path / release.path.name)
    ledger = traffic(100)
    said: list[str] = []
    assert monitor(copy, ledger, progress=said.append).release == release.digest
    assert said[0].startswith("100 rows against the release's profile")
    (copy / "card.md").write_text("better\n", encoding="utf-8")
    with pytest.raises(TamperedError, match=r"card\.md"):
        monitor(copy, ledger)


def test_the_budget_is_shared_by_all_comparisons(traffic: Traffic, release: Release) -> None:
    result = monitor(release, traffic(2000), budget=0.05)
    compared = result.comparisons
    assert sum(result.levels[name] * len(compared[name]) for name in compared) == pytest.approx(0.05)
    assert {name: len(found) for name, found in compared.items()}["performance"] == 8
    assert len(compared["inputs"]) > 15


@pytest.mark.parametrize("budget", [-0.1, 0.0, 1.5])
def test_the_budget_is_a_chance(traffic: Traffic, release: Release, budget: float) -> None:
    with pytest.raises(InputError, match="the budget for false alarms is a chance"):
        monitor(release, traffic(10), budget=budget)


def false_alarms(traffic: Traffic, release: Release, sizes: list[int], budget: float) -> int:
    count = 0
    for seed, rows in enumerate(sizes):
        ledger = traffic(rows, seed=100 + seed, outcomes=0.8)
        count += monitor(release, ledger, budget=budget).exit_code
        shutil.rmtree(ledger)
    return count


@pytest.mark.slow
def test_without_drift_false_alarms_keep_the_budget(traffic: Traffic, release: Release) -> None:
    sizes = np.geomspace(200, 5000, 20).astype(int).tolist()
    assert false_alarms(traffic, release, sizes, 0.1) <= binom.ppf(0.999, 20, 0.1)


@pytest.mark.slow
def test_without_drift_false_alarms_keep_the_budget_in_200_streams(
    traffic: Traffic, release: Release
) -> None:
    sizes = np.geomspace(200, 100_000, 200).astype(int).tolist()
    assert false_alarms(traffic, release, sizes, 0.01) <= binom.ppf(0.999, 200, 0.01)


def other_task(
    release: Release, folder: Path, task: Task, classes: tuple[str, ...], rows: int, *, shifted: float = 0.0
) -> Release:
    """A release of another task, and a ledger of its traffic; the monitor asks no model anything."""
    random = np.random.default_rng(4)
    x = random.normal(shifted, size=rows)
    if task == "multiclass":
        odds = np.exp(np.stack([x, np.zeros(rows), -x], axis=1))
        predictions = odds / odds.sum(axis=1, keepdims=True)
        outcomes = [
            classes[code] for code in (predictions.cumsum(axis=1) < random.random((rows, 1))).sum(axis=1)
        ]
    else:
        predictions, outcomes = 3 * x, (3 * x + random.normal(size=rows)).tolist()
    type_: Type = "category" if classes else "number"
    contract = Contract((Column("x", "number"), Column("y", type_, role="target", unit="kg")), task, classes)
    with Ledger(folder, Header(release=release.digest, numbers=("x",))) as book:
        first = book.reserve(rows)
        book.record(
            Entry(first, "v1", 200, 1.7e9, numbers=x[:, None].tolist(), predictions=predictions.tolist())
        )
        for row, outcome in enumerate(outcomes):
            book.truth(f"{book.writer}-{first + row:x}", outcome)
    target = np.array([classes.index(str(y)) for y in outcomes] if classes else outcomes, np.float64)
    known = Profile.of({"x": Values("number", np.random.default_rng(5).normal(size=20_000))})
    return replace(
        release,
        contract=contract,
        profile=known,
        scores=scores(task, target, predictions, classes),
        evidence={},
    )


@pytest.mark.parametrize(
    ("task", "classes", "metric_names"),
    [
        ("multiclass", ("a", "b", "c"), ["accuracy", "log_loss", "brier"]),
        ("regression", (), ["mae", "rmse", "calibration_in_the_large"]),
    ],
)
def test_other_tasks(
    release: Release, tmp_path: Path, task: Task, classes: tuple[str, ...], metric_names: list[str]
) -> None:
    calm = monitor(other_task(release, tmp_path / "calm", task, classes, 2000), tmp_path / "calm")
    assert [change.metric for change in calm.performance] == metric_names
    assert (calm.arrived, calm.exit_code, calm.prediction.size) == (2000, 0, 0.0)
    assert calm.unit == "hour"
    drifted = monitor(
        other_task(release, tmp_path / "off", task, classes, 500, shifted=1.0), tmp_path / "off"
    )
    assert {alarm.subject for alarm in drifted.alarms} == {"x"}
    assert drifted.prediction.unit == ("" if classes else "kg")
    assert load_result(drifted, tmp_path) == drifted
    assert "What moved" in drifted.report(tmp_path / "r.html").read_text(encoding="utf-8")


def load_result(result: Monitoring, folder: Path) -> Monitoring:
    result.save(folder)
    return load(folder)


def test_after_a_rollback_the_release_that_answers_can_be_named(
    traffic: Traffic, release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest release of the project is another one, and its state stays as it is."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "interlock.toml").write_text('[project]\nname = "shop"\n[data]\nsource = "x.csv"\n')
    newest = write_release(tmp_path / "releases", "binary").path.relative_to(tmp_path)
    Project(tmp_path).finish("release", inputs="sha256:0", output=str(newest), summary="written")
    Project(tmp_path).finish("serve", inputs="sha256:0", output="", summary="served")
    ledger = str(traffic(600))
    refused = CliRunner().invoke(app, ["monitor", "--ledger", ledger])
    assert isinstance(refused.exception, InputError)
    assert refused.exception.where == ledger
    assert "--release" in str(refused.exception)
    done = CliRunner().invoke(app, ["monitor", "--ledger", ledger, "--release", str(release.path)])
    assert done.exit_code in (0, 1), done.output
    assert (tmp_path / ".interlock/monitor" / release.path.name / "report.html").exists()
    assert not Project(tmp_path).is_current("monitor")


def test_after_a_rollback_the_champion_is_watched_and_named(
    traffic: Traffic, release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = f'[project]\nname = "{release.name}"\n[data]\nsource = "x.csv"\n'
    (tmp_path / "interlock.toml").write_text(settings + "[policy.production]\nsignatures = []\n")
    newest = write_release(tmp_path / "releases", "binary", name=release.name).path.relative_to(tmp_path)
    Project(tmp_path).finish("release", inputs="sha256:0", output=str(newest), summary="written")
    with closing(registry_of(Project(tmp_path))) as registry:
        for path in (release.path, newest):
            registry.register(path, person="ada")
            registry.deploy(registry.find(path), "production", person="ada")
        registry.rollback(release.name, "production", person="ada")
    done = CliRunner().invoke(app, ["monitor", "--ledger", str(traffic(600))])
    assert done.exit_code in (0, 1), done.output
    said = f"monitor: {release.path.name}, champion in production (the newest is {newest.name}): 600 rows"
    assert said in done.output
    assert (tmp_path / ".interlock/monitor" / release.path.name / "report.html").exists()
    assert "monitor" not in Project(tmp_path).records()

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests import fixtures_release

import interlock.serve
from interlock import serving
from interlock.cli import app
from interlock.errors import InputError, ProjectError, RegistryError, ReleaseError
from interlock.project import Project
from interlock.registering import registry_of
from interlock.scoring import score
from interlock.sections import Serve
from interlock.serve.limits import Limits
from interlock.serve.platform import NONE, Platform, detect


def test_without_a_platform_the_settings_stay() -> None:
    assert serving.on_platform(Serve(port=9000), NONE) == Serve(port=9000)


def test_a_platform_sets_host_port_and_the_largest_body() -> None:
    found = serving.on_platform(
        Serve(port=9000, limits=Limits(max_rows=5)), Platform(name="sagemaker", port=8080, max_body=100 << 20)
    )
    assert (found.host, found.port) == ("0.0.0.0", 8080)  # noqa: S104
    assert (found.limits.max_body, found.limits.max_rows) == (100 << 20, 5)
    assert found.limits.max_waiting > found.limits.max_body
    assert serving.on_platform(Serve(port=9000), Platform(name="azureml")).port == 9000


def test_a_batch_may_hold_as_many_rows_as_fit() -> None:
    found = serving.on_platform(
        Serve(), detect({"SAGEMAKER_BATCH": "true", "SAGEMAKER_MAX_PAYLOAD_IN_MB": "6"})
    )
    assert found.limits.max_rows == found.limits.max_values == found.limits.max_body == 6 << 20


def test_what_is_said_comes_before_the_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The release, the port and the paths that Vertex AI gives; a port that is said comes first."""
    release = fixtures_release.write_release(tmp_path / "models", "binary")
    asked: list[tuple[Path, dict[str, object]]] = []
    monkeypatch.setattr(interlock.serve, "serve", lambda path, **given: asked.append((path, given)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AIP_HTTP_PORT", "8088")
    monkeypatch.setenv("AIP_PREDICT_ROUTE", "/ask")
    monkeypatch.setenv("AIP_STORAGE_URI", str(tmp_path / "models"))
    serving.serve()
    serving.serve(port=1, host="::1", grpc_port=2)
    (path, first), (_, second) = asked
    assert Path(path) == release.path
    assert (first["host"], first["port"], first["grpc_port"]) == ("0.0.0.0", 8088, None)  # noqa: S104
    assert isinstance(first["platform"], Platform)
    assert first["platform"].predict == "/ask"
    assert (second["host"], second["port"], second["grpc_port"]) == ("::1", 1, 2)


def test_a_release_at_an_address_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AIP_HTTP_PORT", "8080")
    monkeypatch.setenv("AIP_STORAGE_URI", "gs://bucket/model")
    with pytest.raises(InputError, match="nobody fetches it") as wrong:
        serving.serve()
    assert "interlock deploy docker" in str(wrong.value)
    monkeypatch.setenv("AIP_STORAGE_URI", "")
    with pytest.raises(ProjectError):
        serving.serve()


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INTERLOCK_REGISTRY", raising=False)
    return tmp_path


def test_a_challenger_without_a_share_is_told_how(nowhere: Path) -> None:
    with pytest.raises(InputError, match=r"a challenger has a share\n  got: b\n  next: write `--challenger"):
        serving.serve(nowhere / "a", challengers=["b"])


def test_a_registry_needs_a_model_to_follow(nowhere: Path) -> None:
    with pytest.raises(ProjectError, match=r"which model is to be served\?\n  next: name it with `--model"):
        serving.serve(registry=f"sqlite:///{nowhere / 'r.db'}")


def test_following_needs_to_know_where(nowhere: Path) -> None:
    del nowhere
    with pytest.raises(ProjectError, match="here or above"):
        serving.serve(follow=True)


def test_a_registry_of_the_environment_is_enough(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_REGISTRY", f"sqlite:///{nowhere / 'none' / 'r.db'}")
    with pytest.raises(RegistryError):
        serving.serve(follow=True, model="flights", port=0)


def test_a_release_and_a_plan_exclude_each_other(nowhere: Path) -> None:
    (nowhere / "plan.toml").write_text('champion = "x"')
    with pytest.raises(InputError, match=r"a server follows plans, or is told its releases\n  got: both"):
        serving.serve(nowhere / "a", plan=nowhere / "plan.toml", port=0)


def test_what_an_image_brings_along_gives_way_to_a_registry_and_is_spare(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = fixtures_release.write_release(nowhere / "release", "binary").path
    (nowhere / "interlock.toml").write_text('[project]\nname = "flights"\n[data]\nsource = "none"\n')
    asked: list[tuple[Path | None, dict[str, object]]] = []
    monkeypatch.setattr(interlock.serve, "serve", lambda path, **given: asked.append((path, given)))
    monkeypatch.setenv("INTERLOCK_RELEASE", str(release))
    for arguments in (["serve"], ["serve", "--follow"], ["serve", "--follow", str(release)]):
        CliRunner().invoke(app, arguments, auto_envvar_prefix="INTERLOCK", catch_exceptions=False)
    (alone, first), (nothing, second), (named, third) = asked
    assert (alone, first["follow"], first["spare"]) == (release, None, None)
    assert (nothing, second["spare"]) == (None, release)
    assert second["follow"] is not None
    assert (named, third["spare"]) == (release, None)  # which the server then refuses: both were said


@pytest.fixture
def suspended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a registry of its own, in which somebody suspended the release."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "interlock.toml").write_text(
        """[project]
name = "flights"
[data]
source = "x.csv"
[policy.production]
signatures = []
"""
    )
    release = fixtures_release.write_release(tmp_path / "releases", "binary")
    with closing(registry_of(Project(tmp_path))) as registry:
        registry.log.create()
        registry.register(release.path, person="ada")
        registry.suspend(registry.find(release.digest), reason="it is wrong", person="ada")
    return release.path


@pytest.mark.parametrize("role", ["champion", "challenger", "shadow"])
def test_a_suspended_release_is_refused_also_where_it_is_given_as_a_folder(
    suspended: Path, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(interlock.serve, "serve", lambda *_path, **given: asked.append(given["environment"]))
    other = fixtures_release.write_release(suspended.parent, "regression").path
    given = {
        "champion": {"path": suspended},
        "challenger": {"path": other, "challengers": [f"{suspended}=0.5"]},
        "shadow": {"path": other, "shadows": [str(suspended)]},
    }[role]
    with pytest.raises(ReleaseError, match="it was suspended by event"):
        serving.serve(**given, environment="production")  # type: ignore[arg-type]
    serving.serve(**given, environment="dev")  # type: ignore[arg-type]
    assert asked == ["dev"]


def test_a_registry_that_cannot_be_asked_stops_no_service(
    suspended: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(interlock.serve, "serve", lambda path, **_given: asked.append(path))
    Path("registry.db").write_bytes(b"no database")
    serving.serve(suspended, environment="production")
    assert asked == [suspended]
    assert "whether the release is suspended is not known" in caplog.text


def test_a_suspended_release_scores_nothing(suspended: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("distance\n1\n")
    with pytest.raises(ReleaseError, match="it was suspended by event"):
        score("rows.csv", "scores", release=suspended, environment="production", progress=lambda _: None)
    assert not (tmp_path / "scores").exists()

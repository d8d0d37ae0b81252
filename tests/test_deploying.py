from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests import fixtures_release

from interlock import deploying
from interlock.cli import app
from interlock.deploy.settings import Settings
from interlock.deploying import deploy
from interlock.errors import InputError, ProjectError, SignatureError
from interlock.project import Project
from interlock.release import create_key, load_key, sign

SETTINGS = """[project]
name = "Flights, late?"
[data]
source = "flights.csv"
[deploy]
image = "ghcr.io/acme/flights"
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "interlock.toml").write_text(SETTINGS)
    return Project(tmp_path)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return fixtures_release.write_release(tmp_path / "releases").path


def _sign(release: Path, project: Project) -> Project:
    """Sign as one person in both roles, and list that person."""
    key = project.root / "key.pem"
    public = create_key(key)
    for role in ("data_scientist", "ml_engineer"):
        sign(release, role, "ada", load_key(key))
    person = f'[people.ada]\npublic_key = "{public}"\nroles = ["data_scientist", "ml_engineer"]\n'
    (project.root / "interlock.toml").write_text(SETTINGS + person)
    return Project(project.root)


def test_files_stand_under_deploy_in_the_project(project: Project, release: Path) -> None:
    done, notes = deploy(project, "kserve", release=release)
    assert done.folder == project.root / "deploy/kserve"
    assert done.written == ("inferenceservice.yaml",)
    assert "ghcr.io/acme/flights:" in (done.folder / "inferenceservice.yaml").read_text()
    assert notes == ("not for production: a signature is missing, data_scientist, ml_engineer",)


def test_a_signed_release_is_written_for_production(project: Project, release: Path) -> None:
    done, notes = deploy(_sign(release, project), "kubernetes", release=release, image="localhost:5000/x")
    assert notes == ()
    assert "overlays/production/kustomization.yaml" in done.written
    assert (
        "ada as data_scientist (self)" in (done.folder / "overlays/production/kustomization.yaml").read_text()
    )
    assert "newName: localhost:5000/x" in (done.folder / "base/kustomization.yaml").read_text()


def test_an_unsigned_release_is_refused_outside_dev(project: Project, release: Path) -> None:
    with pytest.raises(SignatureError, match="a signature is missing"):
        deploy(project, "cloudrun", release=release, environment="production")
    assert not (project.root / "deploy").exists()


def test_without_a_release_the_next_step_is_named(project: Project) -> None:
    with pytest.raises(ProjectError) as refused:
        deploy(project, "docker")
    assert refused.value.next_step == "run `interlock release` first"


def test_a_canary_needs_both_parts(project: Project, release: Path) -> None:
    other = fixtures_release.write_release(project.root / "others", name="before").path
    with pytest.raises(InputError, match="a canary needs the release that answers, and a share"):
        deploy(project, "kserve", release=release, percent=10)
    done, _ = deploy(project, "kserve", release=release, champion=other, percent=10)
    text = (done.folder / "inferenceservice.yaml").read_text()
    assert f"ghcr.io/acme/flights:{other.name[-12:]}" in text
    assert "trafficPercent: 10" in text


def test_a_wrong_setting_is_named_by_its_key(project: Project, release: Path) -> None:
    with pytest.raises(InputError) as refused:
        deploy(project, "kserve", release=release, image="acme/flights:latest")
    assert refused.value.where == "interlock.toml, [deploy] image"


def test_a_place_that_cannot_be_written_is_said(project: Project, release: Path) -> None:
    (project.root / "file").write_text("")
    with pytest.raises(InputError) as refused:
        deploy(project, "kserve", release=release, into=project.root / "file")
    assert str(project.root / "file") in refused.value.where


def test_the_command_says_what_it_left_alone(
    project: Project, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    command = ["deploy", "azureml", "--release", str(release)]
    first = CliRunner().invoke(app, command)
    assert first.exit_code == 0
    assert "✓ deploy: azureml, 6 files written, 0 as before\n  deploy/azureml" in first.output
    (project.root / "deploy/azureml/main.tf").write_text("# mine\n")
    second = CliRunner().invoke(app, command)
    assert "main.tf was edited and is left alone; what would have been written: main.tf.new" in second.output
    assert (project.root / "deploy/azureml/main.tf").read_text() == "# mine\n"


def test_an_image_has_the_extras_that_the_settings_of_the_service_need(
    project: Project, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the container would end at its start, because gRPC or OIDC is not installed."""
    asked: list[tuple[str, ...]] = []

    def build(_shipped: object, settings: Settings, **_others: object) -> dict[str, str]:
        asked.append(settings.extras)
        return {}

    monkeypatch.setattr(deploying, "context", build)
    deploy(project, "docker", release=release, extras=("ship",))
    (project.root / "interlock.toml").write_text(
        f"""{SETTINGS}
[serve]
grpc_port = 8081
telemetry = "http://collector:4318"
[serve.oidc]
issuer = "https://id.example.com"
audience = "flights"
jwks = "https://id.example.com/jwks.json"
"""
    )
    deploy(Project(project.root), "docker", release=release, extras=("otel",))
    assert asked == [("ship",), ("otel", "grpc", "oidc")]


def test_the_port_of_grpc_comes_from_the_settings_of_the_service(project: Project, release: Path) -> None:
    (project.root / "interlock.toml").write_text(f"{SETTINGS}[serve]\ngrpc_port = 8081\n")
    done, _ = deploy(Project(project.root), "kubernetes", release=release)
    assert "containerPort: 8081" in (done.folder / "base/deployment.yaml").read_text()


@pytest.mark.parametrize("port", [0, 80, 443, 8080, 65536, -1])
def test_a_port_of_grpc_that_is_none_of_its_own_is_refused(
    port: int, project: Project, release: Path
) -> None:
    (project.root / "interlock.toml").write_text(f"{SETTINGS}[serve]\ngrpc_port = {port}\n")
    for platform in ("docker", "kubernetes"):
        with pytest.raises(InputError, match="gRPC in an image needs a port of its own") as refused:
            deploy(Project(project.root), platform, release=release)
        assert (refused.value.where, refused.value.got) == ("interlock.toml, [serve] grpc_port", str(port))
    assert not (project.root / "deploy").exists()


REGISTRY = """
[serve]
follow = true
telemetry = "http://collector:4318"
[registry]
url = "postgresql://ada@db.example.com/interlock"
releases = "s3://models/releases"
webhooks = ["https://hooks.example.com/x"]
"""


def test_a_followed_registry_brings_its_extras_its_ways_and_a_word_about_it(
    project: Project, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.root / "interlock.toml").write_text(SETTINGS + REGISTRY)
    asked: list[tuple[str, ...]] = []

    def build(_shipped: object, settings: Settings, **_others: object) -> dict[str, str]:
        asked.append(settings.extras)
        return {}

    _, notes = deploy(Project(project.root), "kubernetes", release=release)
    _, opened, follows = notes
    assert opened.startswith(
        "pods may reach DNS and, on any host, port 4318 for [serve] telemetry (collector), "
    )
    assert "5432 for [registry] url (db.example.com), 443 for [registry] releases (s3://models)" in opened
    assert follows.endswith(
        "staging and production do, with credentials from the secret flights-late-registry"
    )
    assert "# webhooks of [registry]" in (project.root / "deploy/kubernetes/base/network.yaml").read_text()
    monkeypatch.setattr(deploying, "context", build)
    _, notes = deploy(Project(project.root), "docker", release=release)
    assert asked == [("otel", "registry", "objects")]
    assert notes[1].endswith("the top of the Dockerfile has the command")
    _, notes = deploy(Project(project.root), "vertex", release=release)
    assert notes[1] == "on vertex containers serve the release of their image and follow no registry"


def test_a_registry_of_this_machine_is_said_to_be_out_of_reach(
    project: Project, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.root / "interlock.toml").write_text(f'{SETTINGS}[registry]\nurl = "sqlite:///registry.db"\n')
    monkeypatch.chdir(project.root)
    done = CliRunner().invoke(app, ["deploy", "kubernetes", "--release", str(release)])
    assert done.exit_code == 0
    assert (
        '! [registry] url = "sqlite:///registry.db" is of this machine: no container can follow the registry'
    ) in done.output


def test_tls_needs_both_files_here_as_in_the_service(project: Project, release: Path) -> None:
    (project.root / "interlock.toml").write_text(f'{SETTINGS}[serve]\ntls_certificate = "server.crt"\n')
    with pytest.raises(ProjectError, match="TLS needs a certificate and its key"):
        deploy(Project(project.root), "kubernetes", release=release)

"""The commands of the registry, as a person types them, in processes of their own."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.fixtures_release import write_release

from interlock.cli import app
from interlock.errors import InterlockError, ProjectError
from interlock.project import Project
from interlock.release import Release, verify

GATES = {"auc_minimum": True}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "interlock.toml").write_text('[project]\nname = "flights"\n[data]\nsource = "x.csv"\n')
    monkeypatch.chdir(folder)
    return folder


def newest(root: Path, card: str) -> Release:
    """Write a release and let it be the project's newest."""
    release = write_release(root / "releases", "binary", card=card, gates=GATES)
    output = str(release.path.relative_to(root))
    Project(root).finish("release", inputs="sha256:0", output=output, summary="written")
    return release


def said(*arguments: str) -> str:
    """Return what a command prints; its error is raised."""
    result = CliRunner().invoke(app, arguments, standalone_mode=False, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_one_person_alone_needs_one_command(root: Path) -> None:
    release = newest(root, "# one\n")
    text = said("registry", "deploy", "--solo", "--as", "ada")
    assert text == f"✓ deploy: {release.path.name} is champion in production (event 5)\n"
    log = said("registry", "log").splitlines()
    assert log[0] == "flights"
    assert [line.split()[3] for line in log[1:]] == [
        "registered",
        "validated",
        "signed",
        "signed",
        "deployed",
    ]
    assert log[3].count("as data_scientist (self)") == 1
    assert said("registry", "deploy") == (
        f"· deploy: {release.path.name} is champion in production already\n"
    )


def test_solo_takes_the_newest_release_by_its_name_and_no_other(root: Path) -> None:
    one = newest(root, "# one\n").path.name
    text = said("registry", "deploy", "--solo", one, "--as", "ada")
    assert text == f"✓ deploy: {one} is champion in production (event 5)\n"
    two = newest(root, "# two\n").path.name
    with pytest.raises(ProjectError, match="solo mode signs the project's newest release alone") as refused:
        said("registry", "deploy", "--solo", one)
    assert f"leave RELEASE out ({two})" in refused.value.next_step
    assert len(said("registry", "log").splitlines()) == 6


def test_two_releases_and_back(root: Path) -> None:
    one = newest(root, "# one\n").path.name
    said("registry", "deploy", "--solo", "--as", "ada")
    two = newest(root, "# two\n").path.name
    text = said("registry", "deploy", "--solo", "--as", "ada")
    assert text.splitlines()[1] == f"  before: {one}; back to it: interlock rollback"
    text = said("rollback", "--reason", "slow")
    assert text == f"✓ rollback: {one} is champion in production again (event 11)\n"
    text = said("registry", "challenge", two, "--share", "0.2", "--unit", "carrier")
    assert text == f"✓ challenge: {two} answers 20 %, by carrier in production (event 12)\n"
    assert said("registry", "list") == (
        "flights, 12 events\n"
        f"  production: champion {one}, challenger {two} 20 % by carrier\n"
        f"  release               production\n  {one}  champion\n  {two}  challenger\n"
    )
    assert "is challenger no longer" in said("registry", "challenge", two, "--end")
    assert "is shadow in production" in said("registry", "shadow", two)
    assert "is shadow no longer" in said("registry", "shadow", two, "--end")
    said("registry", "deploy", two)
    text = said("registry", "suspend", two, "--reason", "wrong")
    assert text.splitlines()[1] == f"  production: {one} is champion again"
    assert f"{two}  suspended" in said("registry", "list")
    with pytest.raises(InterlockError, match="policy does not allow this release"):
        said("registry", "deploy", two)
    assert "✓ retire" in said("registry", "retire", two, "--reason", "old")


def test_a_part_that_ends_with_another_verb_is_told(root: Path) -> None:
    one = newest(root, "# one\n").path.name
    said("registry", "deploy", "--solo", "--as", "ada")
    two = newest(root, "# two\n").path.name
    said("registry", "deploy", "--solo")
    said("rollback")
    said("registry", "challenge", two, "--share", "0.2", "--unit", "carrier")
    challenger = f"  production: {two} is challenger no longer; it answered 20 %, by carrier"
    assert said("registry", "shadow", two).splitlines()[1:] == [challenger]
    with pytest.raises(InterlockError, match="is no challenger in production") as refused:
        said("registry", "challenge", two, "--end")
    assert refused.value.got == "shadow"
    assert refused.value.next_step == "`interlock registry shadow RELEASE --end` ends what it is"
    shadow = f"  production: {two} is shadow no longer"
    first, *rest = said("registry", "challenge", two).splitlines()
    assert first.startswith(f"✓ challenge: {two} answers 10 %, by carrier in production (event ")
    assert rest == [shadow]
    assert said("registry", "challenge", two, "--share", "0.2").count("\n") == 1
    before = f"  before: {one}; back to it: interlock rollback"
    assert said("registry", "deploy", two).splitlines()[1:] == [before, challenger]
    said("registry", "challenge", one, "--share", "0.5")
    half = f"  production: {one} is challenger no longer; it answered 50 %, by carrier"
    assert said("rollback").splitlines()[1:] == [half]
    said("registry", "challenge", two, "--share", "0.2")
    assert said("registry", "retire", two, "--reason", "old").splitlines()[1:] == [challenger]


def test_a_release_is_fetched_into_a_folder(root: Path) -> None:
    release = newest(root, "# one\n")
    said("registry", "register", "--as", "ada")
    assert said("registry", "fetch", release.digest[7:19], "here") == f"✓ fetch: here/{release.path.name}\n"
    assert verify(root / "here" / release.path.name).digest == release.digest


def test_verify_says_what_it_rests_on_and_where_the_log_was_changed(root: Path) -> None:
    release = newest(root, "# one\n")
    said("registry", "deploy", "--solo", "--as", "ada")
    assert said("registry", "verify") == (
        "✓ flights: 5 events, each follows from the one before\n"
        "  as far as event 5 it is what was seen by this machine\n"
        "  1 of 1 releases with a part are whole\n"
    )
    (release.path / "card.md").write_text("# better\n")
    result = CliRunner().invoke(app, ["registry", "verify"], standalone_mode=False)
    assert result.exit_code == 1
    assert f"! {release.path.name}: a file of the release is changed" in result.output
    import sqlite3

    with sqlite3.connect(root / "registry.db") as connection:
        connection.execute("DROP TRIGGER interlock_no_update")
        connection.execute("UPDATE interlock_events SET person = 'eve' WHERE number = 4")
    connection.close()
    result = CliRunner().invoke(app, ["registry", "verify"], standalone_mode=False)
    assert result.exit_code == 1
    assert result.output.startswith("! flights, event 4: its content was edited")


def test_a_password_in_the_settings_is_refused(root: Path) -> None:
    with (root / "interlock.toml").open("a") as file:
        file.write('[registry]\nurl = "postgresql://ada:hidden@host/db"\n')
    with pytest.raises(InterlockError, match="must not hold a password") as caught:
        said("registry", "list")
    assert "hidden" not in str(caught.value)
    assert "[registry] url" in caught.value.where
    assert caught.value.next_step.endswith("see docs/registry.md")


def test_without_a_project_the_registry_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newest(root, "# one\n")
    said("registry", "deploy", "--solo", "--as", "ada")
    monkeypatch.chdir(root.parent)
    with pytest.raises(InterlockError, match=r"there is no interlock\.toml here"):
        said("registry", "list")
    monkeypatch.setenv("INTERLOCK_REGISTRY", str(root / "registry.db"))
    assert said("registry", "list").startswith("flights, 5 events\n")
    with pytest.raises(InterlockError, match="there is no earlier champion of flights in production"):
        said("rollback", "--as", "bo")


@pytest.mark.slow
def test_a_rollback_takes_less_than_a_second_with_the_start_of_python(root: Path, tmp_path: Path) -> None:
    for card in ("# one\n", "# two\n"):
        newest(root, card)
        said("registry", "deploy", "--solo", "--as", "ada")
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package is compiled
    command = [sys.executable, "-m", "interlock"]
    subprocess.run([*command, "registry", "log"], check=True, env=environment, capture_output=True)
    took = []
    for _ in range(3):  # the best of three: a busy machine makes the same work cost more
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [*command, "rollback"], check=True, env=environment, capture_output=True, text=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert "is champion in production again" in done.stdout
        took.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
        said("registry", "deploy")
    assert min(took) < 1

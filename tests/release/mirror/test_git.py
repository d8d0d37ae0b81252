from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from tests.release.registry.events import PRODUCTION, A, B, chain, challenged, deployed, event

from interlock.errors import RegistryError
from interlock.release.mirror.delivery import news
from interlock.release.mirror.git import Git, heads, tags
from interlock.release.registry.verify import faults

#: What GTO accepts as a tag, by its documentation: artifact, then a version or a stage, then a number.
GTO = re.compile(
    r"[a-z0-9]([a-z0-9-/]*[a-z0-9])?((#[a-z0-9]([a-z0-9-/]*[a-z0-9])?|@v\d+\.\d+\.\d+)!?)(#\d+)?"
)
STORY = news(
    chain(
        [
            event("registered", A),
            event("registered", B),
            event("registered", A),
            deployed(A),
            challenged(B, 0.1),
            deployed(B),
            event("shadowed", A, PRODUCTION),
            event("shadowed", A, PRODUCTION, ends=True),
            deployed(A, rollback=True),
            event("suspended", A, reason="x"),
            event("retired", B, reason="x"),
        ]
    )
)


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    run(folder, "init", "--quiet")
    commit(folder, "first")
    return folder


def commit(folder: Path, message: str) -> None:
    who = ("-c", "user.name=ada", "-c", "user.email=ada@localhost")
    run(folder, *who, "commit", "--quiet", "--allow-empty", "--no-gpg-sign", "-m", message)


def test_the_tags_of_each_event() -> None:
    assert [[tag.name for tag in tags(each)] for each in STORY] == [
        ["flights@v0.0.1"],
        ["flights@v0.0.2"],
        [],
        ["flights#production#4"],
        ["flights#production-challenger#5"],
        ["flights#production#6", "flights#production-challenger!#6"],
        ["flights#production-shadow#7"],
        ["flights#production-shadow!#8"],
        ["flights#production#9"],
        ["flights#production!#10"],
        ["flights@v0.0.2!"],
    ]
    assert all(GTO.fullmatch(tag.name) for each in STORY for tag in tags(each))


def test_names_that_git_does_not_take_are_written_as_it_takes_them() -> None:
    import msgspec

    odd = msgspec.structs.replace(STORY[0].event, model="Flüge nach ~New York")
    assert [tag.name for tag in tags(STORY[0]._replace(event=odd))] == ["fl-ge-nach-new-york@v0.0.1"]


def test_tags_stand_on_the_commit_of_the_version(repository: Path) -> None:
    mirror = Git(repository)
    mirror.tell(STORY[0])
    commit(repository, "second")
    for each in STORY[1:4]:
        mirror.tell(each)
    at = {name: run(repository, "rev-parse", f"{name}^{{commit}}") for name in run(repository, "tag").split()}
    assert at["flights#production#4"] == at["flights@v0.0.1"] != at["flights@v0.0.2"]
    said = run(repository, "for-each-ref", "--format=%(taggername) %(subject)", "refs/tags/flights@v0.0.1")
    assert said.startswith('ada {"model":"flights","number":1,"event":"sha256:')


def test_telling_twice_changes_nothing(repository: Path) -> None:
    mirror = Git(repository)
    for each in STORY:
        mirror.tell(each)
    before = run(repository, "for-each-ref", "refs/tags")
    for each in STORY:
        mirror.tell(each)
    assert run(repository, "for-each-ref", "refs/tags") == before


def test_the_tags_remember_the_log(repository: Path) -> None:
    mirror = Git(repository)
    assert heads(repository) == {}
    run(repository, "tag", "v1.0")
    for each in STORY:
        mirror.tell(each)
    assert [*heads(repository)] == ["flights"]
    seen = [heads(repository)["flights"]]
    log = [each.event for each in STORY]
    assert [(head.number, head.digest, head.witness) for head in seen] == [
        (11, log[10].digest, "the git tags")
    ]
    assert faults(log, seen) == ()
    assert [fault.number for fault in faults(log[:7], seen)] == [11]


def test_tags_are_pushed_where_that_is_asked(repository: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "init", "--quiet", "--bare", bare], check=True)
    run(repository, "remote", "add", "origin", str(bare))
    Git(repository, "origin").tell(STORY[0])
    assert run(bare, "tag").split() == ["flights@v0.0.1"]


def test_a_remote_that_is_away_loses_no_tag_and_no_password_is_shown(repository: Path) -> None:
    run(repository, "remote", "add", "origin", "http://ada:hidden@127.0.0.1:1/x.git")
    with pytest.raises(RegistryError, match="the git repository does not take the tag") as caught:
        Git(repository, "origin").tell(STORY[0])
    assert "hidden" not in str(caught.value)
    assert run(repository, "tag").split() == ["flights@v0.0.1"]


def test_a_folder_that_is_no_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="the git repository does not take the tag") as caught:
        Git(tmp_path).tell(STORY[0])
    assert "not a git repository" in caught.value.got

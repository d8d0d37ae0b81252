"""Releases in buckets of real servers of this machine."""

from __future__ import annotations

import itertools
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.table.servers import BUCKET, KEY, STORES, Store, free_port, proxy

from interlock.errors import RegistryError, TamperedError
from interlock.release import Release, create_key, load_key, sign, verify
from interlock.release.registry import objects
from interlock.release.registry.objects import Objects

pytestmark = pytest.mark.slow

NOWHERE = f"sha256:{'0' * 64}"
_PLACES = itertools.count()


@pytest.fixture(scope="module", params=STORES)
def server(request: pytest.FixtureRequest) -> Iterator[Store]:
    with STORES[request.param]() as store:
        yield store


@pytest.fixture
def bucket(server: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    server.announce(monkeypatch)
    monkeypatch.setattr(objects, "RETRIES", 1)
    return server


@pytest.fixture
def store(bucket: Store) -> Objects:
    return Objects(f"{bucket.prefix}/place-{next(_PLACES)}/releases")


def written(bucket: Store, store: Objects, name: str, content: bytes) -> None:
    """Write into the bucket behind the store's back, through another client."""
    bucket.write(f"{store.address.partition(f'{BUCKET}/')[2]}/{name}", content)


def test_what_is_pushed_is_fetched_under_its_digest(
    store: Objects, made: tuple[Release, ...], tmp_path: Path
) -> None:
    said: list[str] = []
    kept = store.push(made[0].path, progress=said.append)
    assert kept.digest == made[0].digest
    assert len(said) == len(kept.manifest.files)
    assert store.look(made[0].digest).evidence == made[0].evidence
    assert store.verify(made[0].digest).digest == made[0].digest
    place = store.fetch(made[0].digest, tmp_path / "here", progress=said.append)
    assert said[-1].startswith(f"fetching {made[0].path.name}: scores.bin, ")
    assert place == tmp_path / "here" / made[0].path.name
    assert verify(place).digest == made[0].digest
    before = len(said)
    assert store.fetch(made[0].digest, tmp_path / "here", progress=said.append) == place
    assert len(said) == before  # what is there is not fetched again


def test_signatures_follow(store: Objects, made: tuple[Release, ...], tmp_path: Path) -> None:
    source = tmp_path / "source" / made[0].path.name
    shutil.copytree(made[0].path, source)
    store.push(source)
    place = store.fetch(made[0].digest, tmp_path / "here")
    create_key(tmp_path / "key")
    sign(source, "ml_engineer", "ada", load_key(tmp_path / "key"))
    store.push(source)
    assert store.look(made[0].digest).signatures.keys() == {"ml_engineer"}
    assert store.fetch(made[0].digest, tmp_path / "here") == place
    assert (place / "signatures" / "ml_engineer.json").is_file()


def test_what_is_not_there_is_told(store: Objects, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="there is no such release in the store"):
        store.fetch(NOWHERE, tmp_path / "here")
    with pytest.raises(RegistryError, match="there is no such release in the store"):
        store.look("sha256:../../etc/passwd")
    assert not (tmp_path / "here").exists()


def test_half_a_release_is_told_from_none(
    bucket: Store, store: Objects, made: tuple[Release, ...], tmp_path: Path
) -> None:
    written(bucket, store, f"{made[0].digest[7:]}/card.html", b"<h1>the first that is sent</h1>")
    with pytest.raises(RegistryError, match="only half of this release is in the store") as caught:
        store.fetch(made[0].digest, tmp_path / "here")
    assert caught.value.got == "files, and no manifest.json, which is sent last"
    assert not (tmp_path / "here").exists()
    store.push(made[0].path)
    assert verify(store.fetch(made[0].digest, tmp_path / "here"))


@pytest.mark.parametrize("content", [b"short", b"x" * 100_000])
def test_a_changed_file_is_refused_and_nothing_is_left(
    bucket: Store, store: Objects, made: tuple[Release, ...], tmp_path: Path, content: bytes
) -> None:
    store.push(made[0].path)
    written(bucket, store, f"{made[0].digest[7:]}/golden.json", content)
    for ask in (store.verify, lambda digest: store.fetch(digest, tmp_path / "here")):
        with pytest.raises(TamperedError, match="a file of the release is changed in the store") as caught:
            ask(made[0].digest)
        assert caught.value.where.endswith(f"{made[0].digest[7:]}/golden.json")
    assert [*(tmp_path / "here").iterdir()] == []


def test_another_release_under_this_digest_is_refused(
    bucket: Store, store: Objects, made: tuple[Release, ...], tmp_path: Path
) -> None:
    written(
        bucket, store, f"{made[0].digest[7:]}/manifest.json", (made[1].path / "manifest.json").read_bytes()
    )
    with pytest.raises(TamperedError, match="a file of the release is changed in the store"):
        store.fetch(made[0].digest, tmp_path / "here")
    hostile = (made[0].path / "manifest.json").read_bytes().replace(b"card.html", b"../card.h")
    written(bucket, store, f"{made[0].digest[7:]}/manifest.json", hostile)
    with pytest.raises(TamperedError, match="the manifest of the release is changed"):
        store.fetch(made[0].digest, tmp_path / "here")


def test_a_bucket_that_is_not_there_is_told(bucket: Store, made: tuple[Release, ...]) -> None:
    store = Objects(f"{bucket.prefix.replace(BUCKET, 'no-such-bucket')}/releases")
    with pytest.raises(
        RegistryError, match=r"there is no such bucket|there is no such release|does not answer"
    ):
        store.push(made[0].path)


def test_a_cut_connection_is_taken_up_again(
    store: Objects, bucket: Store, made: tuple[Release, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.push(made[0].path)
    monkeypatch.setattr(objects, "RETRIES", 5)
    with proxy(bucket.port, after=600, times=3) as between:
        bucket.announce(monkeypatch, between.port)
        place = Objects(store.address).fetch(made[0].digest, tmp_path / "here")
        assert verify(place).digest == made[0].digest
        assert between.cut >= 3


def test_a_server_that_is_away_is_told_within_its_time(
    store: Objects, bucket: Store, made: tuple[Release, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.announce(monkeypatch, free_port())
    with pytest.raises(RegistryError, match="the store of releases does not answer") as caught:
        store.look(made[0].digest)
    assert caught.value.next_step == "check the address and the network; nothing was changed"
    for secret in bucket.environment.values():
        assert secret not in str(caught.value)


def test_a_server_that_never_answers_is_given_up(
    store: Objects, bucket: Store, made: tuple[Release, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and says nothing
        bucket.announce(monkeypatch, silent.getsockname()[1])
        started = time.monotonic()
        with pytest.raises(RegistryError, match="the store of releases does not answer"):
            store.look(made[0].digest)
        assert time.monotonic() - started < 30


def test_wrong_credentials_are_told_and_never_shown(
    store: Objects, bucket: Store, made: tuple[Release, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    if "AZURE_STORAGE_CONNECTION_STRING" not in bucket.environment:
        pytest.skip("only Azure's server here asks who it is")
    wrong = "d3Jvbmc="
    string = bucket.environment["AZURE_STORAGE_CONNECTION_STRING"].replace(KEY, wrong)
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", string)
    with pytest.raises(RegistryError, match="the credentials do not open the store of releases") as caught:
        store.push(made[0].path)
    assert wrong not in str(caught.value)
    assert caught.value.next_step == "set the environment variables that docs/registry.md names"

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import msgspec
import pytest
from tests.serve.follow.conftest import WHO, deploy, named

from interlock.errors import InterlockError, RegistryError, ReleaseError, ServeError, TamperedError
from interlock.release import Release
from interlock.release.registry import Policy, Registry
from interlock.serve.follow import Registered
from interlock.serve.follow.begin import begin
from interlock.serve.settings import Settings


def settings(tmp_path: Path) -> Settings:
    where = Registered(f"sqlite:///{tmp_path / 'registry.db'}", str(tmp_path / "store"), "flights")
    ledger = tmp_path / "ledger"
    return Settings(release="", ledger=str(ledger), run=str(ledger / "run"), follow=where)


def test_the_newest_plan_is_brought_here(
    three: tuple[Release, ...], registry: Registry, tmp_path: Path
) -> None:
    registry.shadow(named(three[1]), "dev", person=WHO)
    begun = begin(settings(tmp_path))
    assert (begun.release.digest, begun.trouble) == (three[0].digest, "")
    assert begun.source.startswith("registry ")
    assert {*begun.settings.folders} == {three[0].digest, three[1].digest}
    assert all(Path(each).is_relative_to(tmp_path / "ledger") for each in begun.settings.folders.values())


def test_without_the_registry_the_last_verified_plan_is_served(
    three: tuple[Release, ...], registry: Registry, tmp_path: Path
) -> None:
    with pytest.raises(InterlockError):
        begin(
            Settings(
                release="",
                ledger=str(tmp_path / "other"),
                run="",
                follow=Registered("postgresql://nobody@127.0.0.1:9/none", str(tmp_path), "flights"),
            )
        )
    begin(settings(tmp_path))
    registry.close()
    (tmp_path / "registry.db").rename(tmp_path / "away.db")
    (tmp_path / "registry.db").mkdir()
    begun = begin(settings(tmp_path))
    assert begun.release.digest == three[0].digest
    assert "this is what was verified last: plan " in begun.trouble


def test_a_new_release_that_is_half_does_not_stop_the_old(
    three: tuple[Release, ...], registry: Registry, tmp_path: Path
) -> None:
    begin(settings(tmp_path))
    deploy(registry, three[1])
    (model,) = (tmp_path / "store").glob(f"*{three[1].digest[7:19]}*/model.onnx")
    model.unlink()
    begun = begin(settings(tmp_path))
    assert (begun.release.digest, bool(begun.trouble)) == (three[0].digest, True)


def test_what_was_verified_is_verified_again(
    three: tuple[Release, ...], registry: Registry, tmp_path: Path
) -> None:
    del three
    begun = begin(settings(tmp_path))
    registry.close()
    shutil.rmtree(tmp_path / "store")
    (tmp_path / "registry.db").unlink()
    (tmp_path / "registry.db").mkdir()
    card = Path(begun.settings.release) / "card.md"
    card.chmod(0o644)
    card.write_text("# Better\n")
    with pytest.raises(TamperedError, match=r"card\.md"):
        begin(settings(tmp_path))


def test_nobody_may_answer(three: tuple[Release, ...], registry: Registry, tmp_path: Path) -> None:
    registry.suspend(named(three[0]), person=WHO, reason="wrong")
    with pytest.raises(ServeError, match=r"no release may answer in dev[\s\S]*next: deploy one"):
        begin(settings(tmp_path))


def test_before_the_registry_was_ever_reached_the_spare_release_is_served(
    three: tuple[Release, ...], tmp_path: Path
) -> None:
    alone = settings(tmp_path)
    with pytest.raises(RegistryError):
        begin(alone)
    begun = begin(msgspec.structs.replace(alone, spare=str(three[1].path)))
    assert begun.release.digest == three[1].digest
    assert begun.trouble.endswith("until it is reached: the release that was brought along")
    assert begun.settings.plan is not None
    assert (begun.settings.plan.champion, begun.settings.plan.version) == (three[1].digest, 0)


def test_a_registry_that_answers_goes_before_the_spare_release(
    three: tuple[Release, ...], registry: Registry, tmp_path: Path
) -> None:
    spare = msgspec.structs.replace(settings(tmp_path), spare=str(three[1].path))
    assert begin(spare).release.digest == three[0].digest
    elsewhere = msgspec.structs.replace(spare, ledger=str(tmp_path / "new"), environment="staging")
    with pytest.raises(ReleaseError, match="there is no champion in staging"):
        begin(elsewhere)


def test_a_spare_release_that_was_suspended_is_not_served_where_the_store_is_away(
    three: tuple[Release, ...], registry: Registry, tmp_path: Path
) -> None:
    policies = {"staging": Policy(signatures=())}
    known = dataclasses.replace(registry, policies=policies)
    known.deploy(named(three[0]), "staging", person=WHO)
    shutil.rmtree(tmp_path / "store")
    spare = msgspec.structs.replace(
        settings(tmp_path), spare=str(three[1].path), environment="staging", policies=policies
    )
    assert begin(spare).release.digest == three[1].digest
    known.suspend(named(three[1]), reason="it is wrong", person=WHO)
    with pytest.raises(ReleaseError, match="policy does not allow"):
        begin(spare)

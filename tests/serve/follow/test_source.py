from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.serve.follow.conftest import WHO, deploy, named

from interlock.errors import InputError, RegistryError, ReleaseError
from interlock.release import Release
from interlock.release.plan import Plan, Share
from interlock.release.registry import Policy, Registry
from interlock.serve.follow import Planned, Registered, digest_of
from interlock.serve.follow.source import FromFile, FromRegistry


def from_registry(
    tmp_path: Path, environment: str = "dev", url: str = "", **policies: Policy
) -> FromRegistry:
    where = Registered(url or f"sqlite:///{tmp_path / 'registry.db'}", str(tmp_path / "store"), "flights")
    return FromRegistry(
        where, environment=environment, people={}, policies=policies, folder=tmp_path / "served"
    )


def from_file(path: Path) -> FromFile:
    return FromFile(Planned(str(path)), environment="dev", people={}, policies={})


def test_a_registrys_plan_and_its_releases(
    three: tuple[Release, ...], registry: Registry, tmp_path: Path
) -> None:
    source = from_registry(tmp_path)
    before = source.head()
    registry.deploy(named(three[1]), "dev", person=WHO, alias="challenger", share=0.1, unit="customer")
    registry.shadow(named(three[2]), "dev", person=WHO)
    assert source.head() != before
    plan = source.plan()
    assert plan == Plan(
        champion=three[0].digest,
        challengers=(Share(three[1].digest, 0.1),),
        shadows=(three[2].digest,),
        unit="customer",
        version=plan.version if plan else 0,
    )
    assert [digest_of(source.fetch(release.digest)) for release in three] == [r.digest for r in three]


def test_the_only_champion_may_be_taken_away(
    three: tuple[Release, ...], registry: Registry, tmp_path: Path
) -> None:
    source = from_registry(tmp_path)
    deploy(registry, three[1])
    registry.suspend(named(three[1]), person=WHO, reason="wrong")
    plan = source.plan()
    assert plan is not None
    assert plan.champion == three[0].digest, "the champion before answers again"
    registry.suspend(named(three[0]), person=WHO, reason="wrong too")
    assert source.plan() is None


def test_an_environment_without_a_champion_is_an_error(registry: Registry, tmp_path: Path) -> None:
    del registry
    with pytest.raises(ReleaseError, match=r"there is no champion in staging\n.*dev"):
        from_registry(tmp_path, "staging").plan()


def test_policy_is_asked_with_the_log(three: tuple[Release, ...], registry: Registry, tmp_path: Path) -> None:
    del registry
    from_registry(tmp_path).admit(three[0])
    with pytest.raises(ReleaseError, match=r"a signature is missing|nobody has signed"):
        from_registry(tmp_path, "production").admit(three[0])
    from_registry(tmp_path, "open", open=Policy(signatures=())).admit(three[0])


def test_a_registry_that_is_away(tmp_path: Path) -> None:
    source = from_registry(tmp_path, url="postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(RegistryError):
        source.head()


def test_a_plan_file(three: tuple[Release, ...], tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    folder = os.path.relpath(three[0].path, tmp_path)
    path.write_text(
        f'champion = "{folder}"\nunit = "customer"\nshadows = ["{three[2].path}"]\n'
        f'[[challengers]]\nrelease = "{three[1].path}"\nshare = 0.25\n'
    )
    source = from_file(path)
    before = source.head()
    assert source.plan() == Plan(
        champion=three[0].digest,
        challengers=(Share(three[1].digest, 0.25),),
        shadows=(three[2].digest,),
        unit="customer",
    )
    assert source.fetch(three[0].digest).resolve() == three[0].path.resolve()
    path.write_text(f'champion = "{three[1].path}"\n')
    assert source.head() != before


@pytest.mark.parametrize(
    "text", ["", "champion = 3", "champion =", 'champion = "."\nshadow = "x"', 'champion = "nowhere"']
)
def test_a_plan_file_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"the plan file cannot be used|there is no release in this folder"):
        from_file(path).plan()
    path.unlink()
    with pytest.raises(InputError, match=r"the plan file cannot be used[\s\S]*No such file"):
        from_file(path).head()


def test_shares_that_are_too_much(three: tuple[Release, ...], tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(
        f'champion = "{three[0].path}"\n[[challengers]]\nrelease = "{three[1].path}"\nshare = 1.0\n'
    )
    with pytest.raises(InputError, match="above 0 and together below 1"):
        from_file(path).plan()

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from tests.release.registry.conftest import named
from tests.release.registry.events import PRODUCTION

from interlock.errors import (
    InputError,
    RegistryError,
    ReleaseError,
    SignatureError,
    TamperedError,
)
from interlock.release import Person, Release, create_key, load_key, sign
from interlock.release.plan import Plan, Share
from interlock.release.registry.decision import Named
from interlock.release.registry.policy import Policy
from interlock.release.registry.registry import Registry
from interlock.release.verify import ROLES


def test_registering_notes_what_there_is_and_nothing_twice(
    registry: Registry, made: tuple[Release, ...]
) -> None:
    events = registry.register(made[0].path, person="ada", note="first")
    assert [event.kind for event in events] == ["registered", "validated"]
    assert events[0].details.folder == made[0].path.name
    assert events[1].details.passed == ("auc_minimum",)
    assert registry.register(made[0].path, person="ada") == ()
    assert registry.models() == ("flights",)
    assert registry.head("flights") == 2


def test_signatures_are_noted_by_who_gave_them(
    registry: Registry, made: tuple[Release, ...], tmp_path: Path
) -> None:
    folder = tmp_path / "mine" / made[0].path.name
    shutil.copytree(made[0].path, folder)
    public = create_key(tmp_path / "key")
    for role in ROLES:
        sign(folder, role, "ada", load_key(tmp_path / "key"))
    signed = replace(registry, people={"ada": Person(public, ROLES)})
    events = signed.register(folder, person="ci")
    assert [(event.kind, event.person, event.details.stamp) for event in events[2:]] == [
        ("signed", "ada", "self"),
        ("signed", "ada", "self"),
    ]
    assert signed.deploy(named(made[0]), PRODUCTION, person="bo").details.alias == "champion"
    with pytest.raises(SignatureError, match="the data_scientist who signed is not known"):
        registry.register(folder, person="ci")


def test_plan_deploy_challenge_shadow_withdraw(known: Registry, made: tuple[Release, ...]) -> None:
    one, two, three = map(named, made)
    with pytest.raises(ReleaseError, match="there is no champion in production"):
        known.plan("flights", PRODUCTION)
    known.deploy(one, PRODUCTION, person="ada")
    known.deploy(two, PRODUCTION, person="ada", alias="challenger", share=0.1, unit="carrier")
    event = known.shadow(three, PRODUCTION, person="ada")
    assert known.plan("flights", PRODUCTION) == Plan(
        champion=one.digest,
        challengers=(Share(two.digest, 0.1),),
        shadows=(three.digest,),
        unit="carrier",
        version=event.number,
    )
    with pytest.raises(InputError, match="is no shadow in production") as refused:
        known.withdraw(two, PRODUCTION, person="ada", part="shadow")
    assert refused.value.next_step == "`interlock registry challenge RELEASE --end` ends what it is"
    known.withdraw(two, PRODUCTION, person="ada", part="challenger")
    known.withdraw(three, PRODUCTION, person="ada")
    assert known.plan("flights", PRODUCTION).releases == (one.digest,)
    with pytest.raises(InputError, match="is neither challenger nor shadow in production"):
        known.withdraw(three, PRODUCTION, person="ada")


def test_rollback_suspend_retire(known: Registry, made: tuple[Release, ...]) -> None:
    one, two, _ = map(named, made)
    known.deploy(one, PRODUCTION, person="ada")
    with pytest.raises(ReleaseError, match="there is no earlier champion of flights in production"):
        known.rollback("flights", PRODUCTION, person="bo")
    known.deploy(two, PRODUCTION, person="ada")
    shutil.rmtree(known.store.name)  # a rollback needs the log alone
    event = known.rollback("flights", PRODUCTION, person="bo", reason="slow")
    assert (event.details.rollback, event.details.reason, event.person) == (True, "slow", "bo")
    assert known.plan("flights", PRODUCTION).champion == one.digest
    with pytest.raises(InputError, match="cannot be retired while it answers in production"):
        known.retire(one, person="bo", reason="old")
    known.suspend(one, person="bo", reason="wrong")
    with pytest.raises(ReleaseError, match="there is no champion in production"):
        known.plan("flights", PRODUCTION)
    known.retire(one, person="bo", reason="old")
    for without in (known.suspend, known.retire):
        with pytest.raises(InputError, match="this needs a reason"):
            without(two, person="bo", reason=" ")
    with pytest.raises(InputError, match="an event needs a person"):
        known.suspend(two, person="", reason="x")


def test_policy_is_asked_at_deployment(registry: Registry, made: tuple[Release, ...]) -> None:
    registry.register(made[0].path, person="ada")
    with pytest.raises(SignatureError, match="a signature is missing"):
        registry.deploy(named(made[0]), PRODUCTION, person="ada")
    strict = replace(registry, policies={PRODUCTION: Policy(signatures=(), gates=("parity",))})
    with pytest.raises(ReleaseError, match="policy does not allow this release in production") as caught:
        strict.deploy(named(made[0]), PRODUCTION, person="ada")
    assert caught.value.got == "gate parity was not judged"
    assert registry.head("flights") == 2
    registry.deploy(named(made[0]), "dev", person="ada")


def test_a_release_that_was_validated_again_on_newer_rows_is_fresh(
    registry: Registry, made: tuple[Release, ...]
) -> None:
    old = replace(registry, clock=lambda: datetime.now(UTC) - timedelta(days=30))
    old.register(made[0].path, person="ada")
    strict = replace(registry, policies={PRODUCTION: Policy(signatures=(), fresh_days=7)})
    with pytest.raises(ReleaseError, match="policy does not allow") as caught:
        strict.deploy(named(made[0]), PRODUCTION, person="ada")
    assert caught.value.got == "its evidence is 30 days old, and 7 are allowed"
    newer = f"sha256:{'0' * 64}"
    failed = strict.validated(named(made[0]), person="bo", evidence=newer, failed=["auc_minimum"])
    assert failed.details.failed == ("auc_minimum",)
    with pytest.raises(ReleaseError, match="policy does not allow"):
        strict.deploy(named(made[0]), PRODUCTION, person="ada")
    event = strict.validated(named(made[0]), person="bo", evidence=newer, passed=["auc_minimum"], note="May")
    assert (event.kind, event.details.note, event.details.passed) == ("validated", "May", ("auc_minimum",))
    strict.deploy(named(made[0]), PRODUCTION, person="ada")


def test_a_suspended_release_is_not_deployed_again(known: Registry, made: tuple[Release, ...]) -> None:
    known.suspend(named(made[0]), person="bo", reason="wrong", environment=PRODUCTION)
    with pytest.raises(ReleaseError, match="policy does not allow") as caught:
        known.deploy(named(made[0]), PRODUCTION, person="ada")
    assert caught.value.got == "it was suspended by event 7, and nobody has signed it again"
    known.deploy(named(made[0]), "dev", person="ada")


def test_a_release_that_was_signed_again_is_deployed_again(
    registry: Registry, made: tuple[Release, ...], tmp_path: Path
) -> None:
    folder, key = tmp_path / "store" / made[0].path.name, tmp_path / "key"
    shutil.copytree(made[0].path, folder)
    public = create_key(key)
    strict = replace(
        registry,
        people={"ada": Person(public, ROLES)},
        policies={PRODUCTION: Policy(signatures=("ml_engineer",))},
    )
    strict.register(folder, person="ada")
    sign(folder, "ml_engineer", "ada", load_key(key))
    seen = registry.head("flights")
    strict.deploy(named(made[0]), PRODUCTION, person="ada", follows=seen)
    strict.suspend(named(made[0]), person="bo", reason="wrong")
    with pytest.raises(ReleaseError, match="policy does not allow"):
        strict.deploy(named(made[0]), PRODUCTION, person="ada")
    signature = folder / "signatures" / "ml_engineer.json"
    time = msgspec.json.decode(signature.read_bytes())["time"]
    while msgspec.json.decode(signature.read_bytes())["time"] == time:  # it states whole seconds
        sign(folder, "ml_engineer", "ada", load_key(key))
    strict.deploy(named(made[0]), PRODUCTION, person="ada")
    assert [event.kind for event in strict.events("flights")[2:]] == [
        *("signed", "deployed", "suspended"),
        *("signed", "deployed"),
    ]


def test_what_cannot_be_deployed(known: Registry, made: tuple[Release, ...], tmp_path: Path) -> None:
    one, two, three = map(named, made)
    with pytest.raises(InputError, match="needs a champion beside it in production"):
        known.shadow(one, PRODUCTION, person="ada")
    known.deploy(one, PRODUCTION, person="ada")
    with pytest.raises(InputError, match="is champion already in production"):
        known.deploy(one, PRODUCTION, person="ada")
    known.deploy(two, PRODUCTION, person="ada", alias="challenger", share=0.6)
    for share in (0.4, 0.0, -1.0, 1.0):
        with pytest.raises(InputError, match="a challenger's share is above 0, and the champion keeps some"):
            known.deploy(three, PRODUCTION, person="ada", alias="challenger", share=share)
    with pytest.raises(RegistryError, match="there is no such release in the store"):
        known.deploy(Named("flights", f"sha256:{'0' * 64}"), PRODUCTION, person="ada")
    (tmp_path / "store" / made[2].path.name / "model.onnx").write_bytes(b"another")
    with pytest.raises(TamperedError, match="a file of the release is changed"):
        known.deploy(three, "dev", person="ada")


def test_a_release_is_found_by_what_people_call_it(known: Registry, made: tuple[Release, ...]) -> None:
    expected = named(made[1])
    short = made[1].digest[7:19]
    for reference in (made[1].digest, short, made[1].path.name, made[1].path, f"sha256:{short}"):
        assert known.find(reference) == expected
    with pytest.raises(InputError, match="there is no such release in the registry"):
        known.find("flights-000000000000")

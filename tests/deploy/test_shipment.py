from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tests import fixtures_release

from interlock.deploy.shipment import Shipment, require_admitted, shipment
from interlock.errors import InputError, ReleaseError, SignatureError, TamperedError
from interlock.release import Person, load
from interlock.release.registry.policy import Policy


def test_it_holds_the_bytes_of_the_whole_folder(signed_release: tuple[Path, dict[str, Person]]) -> None:
    path, people = signed_release
    shipped = shipment(path, people)
    there = {
        each.relative_to(path).as_posix(): each.read_bytes() for each in path.rglob("*") if each.is_file()
    }
    assert shipped.files == there
    assert shipped.model == hashlib.sha256(there["model.onnx"]).hexdigest()
    assert (shipped.digest, shipped.contract) == (load(path).digest, load(path).contract_digest)
    assert path.name.endswith(shipped.tag)


def test_it_says_who_signed(signed: Shipment, unsigned: Shipment) -> None:
    assert signed.signed == ("ada as data_scientist", "bob b. as ml_engineer")
    assert set(signed.people) == {"ada", "bob b."}
    assert unsigned.signed == ()


def test_the_environment_gives_python_and_pins(tmp_path: Path, unsigned: Shipment) -> None:
    assert (unsigned.python, unsigned.pins) == ("3.11", {"numpy": "2.4.6"})


def test_policy_says_where_it_may_run(signed: Shipment, unsigned: Shipment) -> None:
    require_admitted(signed, "production")
    require_admitted(unsigned, "dev")
    with pytest.raises(SignatureError) as refused:
        require_admitted(unsigned, "staging")
    assert (refused.value.what, refused.value.got) == (
        "a signature is missing",
        "data_scientist, ml_engineer",
    )
    assert "interlock sign --as NAME" in refused.value.next_step
    with pytest.raises(InputError, match="policy was not asked about this environment"):
        require_admitted(signed, "moon")


def test_a_projects_own_policy_counts(signed_release: tuple[Path, dict[str, Person]]) -> None:
    path, people = signed_release
    policies = {"staging": Policy(signatures=()), "production": Policy(gates=("auc_minimum",))}
    shipped = shipment(path, people, policies=policies, environments=("staging", "production"))
    assert shipped.is_admitted("staging")
    with pytest.raises(ReleaseError) as refused:
        require_admitted(shipped, "production")
    assert refused.value.got == "gate auc_minimum was not judged"


def test_no_release_and_a_spoilt_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="there is no release in this folder"):
        shipment(tmp_path, {})
    path = fixtures_release.write_release(tmp_path).path
    (path / "card.md").write_text("other")
    with pytest.raises(TamperedError):
        shipment(path, {})

from __future__ import annotations

import base64
import json
import shutil
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from interlock.errors import InputError, SignatureError, TamperedError
from interlock.release import (
    ROLES,
    Person,
    Release,
    Role,
    check_signatures,
    create_key,
    load,
    load_key,
    public_key,
    sign,
    write,
)

ADA = Ed25519PrivateKey.from_private_bytes(bytes(32))
BOB = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PEOPLE = {
    "ada": Person(public_key(ADA), ("data_scientist", "ml_engineer")),
    "bob": Person(public_key(BOB), ("ml_engineer",)),
}


def signed(release: Release, *signatures: tuple[Role, str, Ed25519PrivateKey]) -> Release:
    for role, person, key in signatures:
        sign(release.path, role, person, key)
    return load(release.path)


def test_two_people_sign_for_two_roles(release: Release) -> None:
    both = signed(release, ("data_scientist", "ada", ADA), ("ml_engineer", "bob", BOB))
    found = check_signatures(both, PEOPLE, required=ROLES)
    assert [(one.role, one.person, one.self) for one in found] == [
        ("data_scientist", "ada", False),
        ("ml_engineer", "bob", False),
    ]
    assert both.digest == release.digest


def test_one_person_signing_for_both_is_recorded_as_self(release: Release) -> None:
    both = signed(release, ("data_scientist", "ada", ADA), ("ml_engineer", "ada", ADA))
    assert [one.self for one in check_signatures(both, PEOPLE)] == [True, True]


def test_one_key_under_two_names_is_one_person(release: Release) -> None:
    people = {**PEOPLE, "countess": Person(public_key(ADA), ("ml_engineer",))}
    both = signed(release, ("data_scientist", "ada", ADA), ("ml_engineer", "countess", ADA))
    assert [one.self for one in check_signatures(both, people)] == [True, True]


def test_no_signature_is_none_and_is_refused_only_where_one_is_required(release: Release) -> None:
    assert check_signatures(release, PEOPLE) == ()
    with pytest.raises(SignatureError, match=r"missing\n.*\n  got: data_scientist, ml_engineer"):
        check_signatures(release, PEOPLE, required=ROLES)
    one = signed(release, ("ml_engineer", "bob", BOB))
    with pytest.raises(SignatureError, match=r"got: data_scientist\n  next: run `interlock sign"):
        check_signatures(one, PEOPLE, required=ROLES)


def test_a_signature_is_ed25519_over_domain_role_person_digest_and_time(release: Release) -> None:
    path = sign(release.path, "ml_engineer", "bob", BOB)
    record = json.loads(path.read_text())
    lines = ("interlock release signature v1", "ml_engineer", "bob", release.digest, record["time"])
    raw = base64.b64decode(PEOPLE["bob"].public_key)
    Ed25519PublicKey.from_public_bytes(raw).verify(
        base64.b64decode(record["signature"]), "\n".join(lines).encode()
    )


def test_a_bare_signature_over_the_digest_does_not_count(release: Release) -> None:
    path = sign(release.path, "ml_engineer", "bob", BOB)
    record = json.loads(path.read_text())
    other = base64.b64encode(BOB.sign(release.digest.encode())).decode()
    path.write_text(path.read_text().replace(record["signature"], other))
    with pytest.raises(SignatureError, match="was not made with the key of bob"):
        check_signatures(load(release.path), PEOPLE)


def test_an_unknown_person_is_refused(release: Release) -> None:
    one = signed(release, ("ml_engineer", "eve", BOB))
    with pytest.raises(
        SignatureError, match=r"who signed is not known\n.*\n  got: eve\n  next: .*\[people\]"
    ):
        check_signatures(one, PEOPLE)


def test_a_role_that_the_person_does_not_hold_is_refused(release: Release) -> None:
    one = signed(release, ("data_scientist", "bob", BOB))
    with pytest.raises(SignatureError, match="bob may not sign as data_scientist"):
        check_signatures(one, PEOPLE)


def test_another_key_is_refused(release: Release) -> None:
    one = signed(release, ("ml_engineer", "bob", ADA))
    with pytest.raises(SignatureError, match="was not made with the key of bob"):
        check_signatures(one, PEOPLE)


@pytest.mark.parametrize("text", ["", "no key", "AAAA", base64.b64encode(bytes(31)).decode(), "é" * 44])
def test_a_public_key_that_is_none_fits_no_signature(release: Release, text: str) -> None:
    one = signed(release, ("ml_engineer", "bob", BOB))
    with pytest.raises(SignatureError, match="was not made with the key of bob"):
        check_signatures(one, {"bob": Person(text, ROLES)})


def test_a_signature_of_another_release_is_refused(release: Release, parts: dict[str, Any]) -> None:
    other = write(release.path.parent, **{**parts, "name": "other"})
    path = sign(other.path, "ml_engineer", "bob", BOB)
    (release.path / "signatures").mkdir()
    shutil.copy(path, release.path / "signatures")
    with pytest.raises(SignatureError, match=f"is for another release\n.*\n  got: {other.digest}"):
        check_signatures(load(release.path), PEOPLE)


def test_a_signature_under_another_role_is_refused(release: Release) -> None:
    path = sign(release.path, "ml_engineer", "ada", ADA)
    path.rename(path.with_name("data_scientist.json"))
    with pytest.raises(SignatureError, match="the signature of the data_scientist is damaged"):
        check_signatures(load(release.path), PEOPLE)


def test_every_changed_byte_of_a_signature_is_refused(release: Release) -> None:
    one = signed(release, ("ml_engineer", "bob", BOB))
    whole = one.signatures["ml_engineer"]
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        with pytest.raises(SignatureError):
            check_signatures(replace(one, signatures={"ml_engineer": bytes(changed)}), PEOPLE)
    assert check_signatures(one, PEOPLE)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b'{"role": "king"}'])
def test_a_file_that_holds_no_signature_is_refused(release: Release, data: bytes) -> None:
    with pytest.raises(SignatureError, match="the signature of the ml_engineer is damaged"):
        check_signatures(replace(release, signatures={"ml_engineer": data}), PEOPLE)


def test_signing_again_replaces_the_signature_and_leaves_nothing_beside_it(release: Release) -> None:
    again = signed(release, ("ml_engineer", "bob", BOB), ("ml_engineer", "ada", ADA))
    assert [one.person for one in check_signatures(again, PEOPLE)] == ["ada"]
    assert [path.name for path in release.path.parent.iterdir()] == [release.path.name]


def test_a_tampered_release_is_not_signed(release: Release) -> None:
    (release.path / "card.md").write_text("# Perfect\n")
    with pytest.raises(TamperedError, match=r"card\.md"):
        sign(release.path, "ml_engineer", "bob", BOB)
    assert not (release.path / "signatures").exists()


def test_an_unknown_role_and_a_name_over_two_lines_are_refused(release: Release) -> None:
    with pytest.raises(InputError, match=r"no such role\n  got: king\n  next: sign as one of data_scientist"):
        sign(release.path, "king", "bob", BOB)  # type: ignore[arg-type]
    for name in ("", "bob\nml_engineer"):
        with pytest.raises(InputError, match="a signature needs a person's name"):
            sign(release.path, "ml_engineer", name, BOB)


def test_a_signature_that_cannot_be_written_is_said(release: Release) -> None:
    (release.path / "signatures" / "ml_engineer.json").mkdir(parents=True)
    with pytest.raises((SignatureError, TamperedError), match="signatures"):
        sign(release.path, "ml_engineer", "bob", BOB)


def test_a_new_key_is_its_owners_alone_and_signs(tmp_path: Path, release: Release) -> None:
    path = tmp_path / "ada.pem"
    text = create_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
    one = signed(release, ("ml_engineer", "ada", load_key(path)))
    assert check_signatures(one, {"ada": Person(text, ("ml_engineer",))})[0].person == "ada"


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "ada.pem"
    create_key(path)
    before = path.read_bytes()
    with pytest.raises(SignatureError, match=r"cannot be written\n.*\n  got: File exists"):
        create_key(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o660, 0o601])
def test_a_key_that_is_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "ada.pem"
    create_key(path)
    path.chmod(mode)
    with pytest.raises(
        SignatureError, match=rf"open to others\n.*\n  got: mode {mode:04o}\n  next: run `chmod 600"
    ):
        load_key(path)


def keys() -> dict[str, bytes]:
    locked = BestAvailableEncryption(b"secret")
    elliptic = ec.generate_private_key(ec.SECP256R1())
    return {
        "no private key": b"hello",
        "a locked one": ADA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked),
        "another kind": elliptic.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    }


@pytest.mark.parametrize("fault", keys())
def test_other_keys_are_refused(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "key.pem"
    path.touch(0o600)
    path.write_bytes(keys()[fault])
    with pytest.raises(SignatureError, match=fault):
        load_key(path)


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SignatureError, match=r"No such file or directory\n  next: .*makes one"):
        load_key(tmp_path / "ada.pem")

"""Ed25519 signatures of people over a release's digest, by role."""

from __future__ import annotations

import base64
import os
import secrets
import stat
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from interlock.errors import InputError, SignatureError
from interlock.release.manifest import SIGNATURES
from interlock.release.verify import ROLES, Role, read

__all__ = [
    "Person",
    "Signable",
    "Signature",
    "check_signatures",
    "create_key",
    "load_key",
    "public_key",
    "sign",
    "write_signature",
]

_DOMAIN = b"interlock release signature v1\n"
_ADD_PERSON = "list the person, their public key and their roles under [people] of interlock.toml"


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who may sign, as `[people.NAME]` of `interlock.toml` lists them.

    Args:
        public_key: Their Ed25519 public key, 32 bytes in base64.
        roles: What they may sign as.
    """

    public_key: str
    roles: tuple[Role, ...]


class Signable(Protocol):
    """What signatures are checked of: a loaded release, or one that was only read."""

    @property
    def path(self) -> object:
        """Where it is, for errors."""

    @property
    def digest(self) -> str:
        """What was signed."""

    @property
    def signatures(self) -> Mapping[Role, bytes]:
        """The signature files' bytes by role."""


class Signature(NamedTuple):
    """A signature that was checked and is right.

    Args:
        role: As what it was given.
        person: By whom, as `interlock.toml` calls them.
        time: When, by the signer's clock: UTC, ISO 8601.
        self: Whether the same person (the same key) signed in another role as well.
    """

    role: str
    person: str
    time: str
    self: bool

    @property
    def words(self) -> str:
        """Who signed as what, for people.

        Example:
            >>> Signature("ml_engineer", "ada", "2026-01-01T00:00:00Z", self=True).words
            'ada as ml_engineer (self)'
        """
        return f"{self.person} as {self.role}{' (self)' if self.self else ''}"


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    role: Role
    person: str
    digest: str
    time: str
    signature: bytes

    @property
    def payload(self) -> bytes:
        return _DOMAIN + f"{self.role}\n{self.person}\n{self.digest}\n{self.time}".encode()


def create_key(path: str | Path) -> str:
    """Create a private key that only its owner may read (PEM, PKCS 8, mode 0600).

    Args:
        path: Where; an existing file is never overwritten.

    Returns:
        The public key as `interlock.toml` takes it: 32 bytes in base64.

    Raises:
        SignatureError: if the file exists or cannot be written.

    Example:
        >>> import tempfile
        >>> path = tempfile.mkdtemp() + "/ada.pem"
        >>> create_key(path) == public_key(load_key(path))
        True
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    except OSError as error:
        raise SignatureError(
            "the key cannot be written",
            where=path,
            got=error.strerror,
            next_step="give a path that does not exist yet, in a folder that you may write to",
        ) from error
    return public_key(key)


def load_key(path: str | Path) -> Ed25519PrivateKey:
    """Load a private key.

    Args:
        path: A PEM file that only its owner may read.

    Returns:
        The key.

    Raises:
        SignatureError: if the file cannot be read, is open to others, or holds no Ed25519 key.
    """
    try:
        with Path(path).open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            data = file.read(1 << 14)
    except OSError as error:
        raise _key_error("the key cannot be read", path, error.strerror) from error
    if mode & 0o077:
        raise _key_error("the key is open to others", path, f"mode {mode:04o}", f"run `chmod 600 {path}`")
    try:
        key = load_pem_private_key(data, None)
    except (TypeError, ValueError) as error:
        raise _key_error("the file holds no private key, or a locked one", path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _key_error("the key is of another kind", path, type(key).__name__)
    return key


def public_key(key: Ed25519PrivateKey) -> str:
    """Return the public half of `key` as `interlock.toml` takes it: 32 bytes in base64."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def sign(folder: str | Path, role: Role, person: str, private_key: Ed25519PrivateKey) -> Path:
    """Sign a release, after verifying it.

    Args:
        folder: The folder of the release.
        role: As what.
        person: Who, as `interlock.toml` calls them.
        private_key: Theirs, from `load_key`.

    Returns:
        The signature's file. One that stood there for the same role is replaced.

    Raises:
        InputError: if `role` or `person` cannot be signed.
        TamperedError: if the release is not whole.
        SignatureError: if the signature cannot be written.
    """
    _check_names(role, person)
    digest = read(folder).manifest.digest
    record = _Record(role, person, digest, datetime.now(UTC).isoformat(timespec="seconds"), b"")
    record = msgspec.structs.replace(record, signature=private_key.sign(record.payload))
    return write_signature(folder, role, _encode(record))


def write_signature(folder: str | Path, role: Role, data: bytes) -> Path:
    """Put a signature into a release; one that stood there for the same role is replaced.

    Args:
        folder: The folder of the release.
        role: As what it was given.
        data: The bytes of its file.

    Returns:
        The file.

    Raises:
        SignatureError: if it cannot be written.
    """
    root = Path(folder).resolve()
    path = root / SIGNATURES / f"{role}.json"
    beside = (
        root.parent / f".signing-{secrets.token_hex(4)}"
    )  # in the release itself it would be one file too many
    try:
        path.parent.mkdir(exist_ok=True)
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        raise SignatureError("the signature cannot be written", where=path, got=error.strerror) from error
    finally:
        beside.unlink(missing_ok=True)
    return path


def check_signatures(
    release: Signable, people: Mapping[str, Person], *, required: Collection[Role] = ()
) -> tuple[Signature, ...]:
    """Check every signature of a release.

    Args:
        release: The release, loaded or read.
        people: Who may sign, by name, as `interlock.toml` lists them.
        required: The roles without whose signature the release is refused; `ROLES` outside `dev`.

    Returns:
        The signatures, in the order of `ROLES`; empty where nobody has signed.

    Raises:
        SignatureError: if a signature is damaged, of an unknown person, of a role that the person does not
            hold, of another key or another release, or if a required one is missing.
    """
    missing = [role for role in ROLES if role in required and role not in release.signatures]
    if missing:
        raise _refused(
            release,
            "a signature is missing",
            ", ".join(missing),
            f"run `interlock sign --as NAME --role {missing[0]}`",
        )
    records = [_checked(release, role, people) for role in ROLES if role in release.signatures]
    keys = [people[record.person].public_key for record in records]
    return tuple(
        Signature(record.role, record.person, record.time, keys.count(key) > 1)
        for record, key in zip(records, keys, strict=True)
    )


def _checked(release: Signable, role: Role, people: Mapping[str, Person]) -> _Record:
    """Return the record of one signature once everything about it is right."""
    data = release.signatures[role]
    try:
        record = msgspec.json.decode(data, type=_Record)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _refused(release, f"the signature of the {role} is damaged", error) from error
    if _encode(record) != data or record.role != role:
        raise _refused(release, f"the signature of the {role} is damaged", "changed bytes")
    if record.digest != release.digest:
        raise _refused(release, f"the signature of the {role} is for another release", record.digest)
    person = people.get(record.person)
    if person is None:
        raise _refused(release, f"the {role} who signed is not known", record.person, _ADD_PERSON)
    if role not in person.roles:
        raise _refused(
            release, f"{record.person} may not sign as {role}", ", ".join(person.roles), _ADD_PERSON
        )
    if not _is_valid(record, person):
        raise _refused(release, f"the signature of the {role} was not made with the key of {record.person}")
    return record


def _is_valid(record: _Record, person: Person) -> bool:
    try:
        raw = base64.b64decode(person.public_key, validate=True)
        Ed25519PublicKey.from_public_bytes(raw).verify(record.signature, record.payload)
    except (InvalidSignature, ValueError):
        return False
    return True


def _refused(release: Signable, what: str, got: object = "", next_step: str = "") -> SignatureError:
    return SignatureError(
        what,
        where=release.path,
        got=got,
        next_step=next_step or "sign the release again with `interlock sign --as NAME`",
    )


def _key_error(what: str, path: str | Path, got: object = "", next_step: str = "") -> SignatureError:
    return SignatureError(
        what,
        where=path,
        got=got,
        next_step=next_step
        or "give the file of a private key; `interlock sign --as NAME` makes one the first time",
    )


def _check_names(role: str, person: str) -> None:
    if role not in ROLES:
        raise InputError("there is no such role", got=role, next_step=f"sign as one of {', '.join(ROLES)}")
    if not person or not person.isprintable():
        step = "say who signs: `interlock sign --as NAME`"
        raise InputError("a signature needs a person's name", got=repr(person), next_step=step)


def _encode(record: _Record) -> bytes:
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"

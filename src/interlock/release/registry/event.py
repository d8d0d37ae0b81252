"""One line of a model's log: who did what with which release, when, and after which line."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, get_args

import msgspec

__all__ = ["KINDS", "Details", "Event", "Kind", "canonical", "digest_of", "following", "sealed"]

Kind = Literal["registered", "validated", "signed", "deployed", "shadowed", "suspended", "retired"]

#: All kinds of events, in the order of a release's life.
KINDS: tuple[Kind, ...] = get_args(Kind)

_DOMAIN = b"interlock registry event v1\n"


class Details(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an event says beyond who, what and when; what does not belong to its kind is empty.

    Args:
        folder: Of `registered`: the name of the release's folder, for people.
        alias: Of `deployed`: as what.
        share: Of a challenger: its share of the units, between 0 and 1.
        unit: Of a challenger: the column whose value decides who answers; empty for each request by itself.
        ends: Of a challenger or a shadow: it no longer is one.
        rollback: Of `deployed`: the champion before is champion again.
        role: Of `signed`: as what the person signed.
        signed_at: Of `signed`: when, by the signer's clock.
        stamp: `self` where one key signed in all roles.
        evidence: Of `validated`: the digest of the evidence.
        passed: Of `validated`: the gates that passed.
        failed: Of `validated`: the gates that failed.
        reason: Of `suspended`, `retired` and a rollback: why.
        note: Whatever the person wants to say.
    """

    folder: str = ""
    alias: Literal["", "champion", "challenger"] = ""
    share: float = 0.0
    unit: str = ""
    ends: bool = False
    rollback: bool = False
    role: str = ""
    signed_at: str = ""
    stamp: Literal["", "self"] = ""
    evidence: str = ""
    passed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    reason: str = ""
    note: str = ""


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event of a model.

    Args:
        model: What people call the model: the name in the releases' manifests.
        number: Which event of the model this is, from 1 on.
        kind: What was done.
        release: To which release: its digest.
        environment: Where, such as `production`; empty for everywhere.
        person: By whom, as they say; a `signed` event names the person whose key signed.
        time: When, by the clock of whoever did it: UTC, ISO 8601. The number orders events, not the time.
        details: What else there is to say.
        previous: The digest of the event before; empty for the first.
        digest: Of all the above, `sha256:` and 64 hexadecimal digits.
    """

    model: str
    number: Annotated[int, msgspec.Meta(ge=1)]
    kind: Kind
    release: str
    environment: str = ""
    person: str
    time: str
    details: Details = Details()
    previous: str = ""
    digest: str = ""


def canonical(event: Event) -> bytes:
    """Return the bytes that an event's digest is made of: always the same for the same event.

    Example:
        >>> first = Event(model="m", number=1, kind="registered", release="sha256:1", person="ada", time="")
        >>> canonical(first) == canonical(sealed(first))
        True
    """
    return _DOMAIN + msgspec.json.encode(msgspec.structs.replace(event, digest=""), order="sorted")


def digest_of(event: Event) -> str:
    """Return the digest that an event must have."""
    return f"sha256:{hashlib.sha256(canonical(event)).hexdigest()}"


def sealed(event: Event) -> Event:
    """Return an event with its digest."""
    return msgspec.structs.replace(event, digest=digest_of(event))


def following(before: Event | None, event: Event) -> Event:
    """Return `event` as the one after `before`: numbered, chained and sealed.

    Example:
        >>> one = Event(model="m", number=1, kind="registered", release="sha256:1", person="ada", time="")
        >>> first = following(None, one)
        >>> second = following(first, one)
        >>> second.number, second.previous == first.digest
        (2, True)
    """
    number, previous = (before.number + 1, before.digest) if before else (1, "")
    return sealed(msgspec.structs.replace(event, number=number, previous=previous))

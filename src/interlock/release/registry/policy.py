"""What an environment asks of a release, and a pure function that says what of it is not met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from interlock.errors import ReleaseError, TamperedError
from interlock.release.registry.event import Event
from interlock.release.registry.state import Known, State, state
from interlock.release.sign import Person, Signable, Signature, check_signatures
from interlock.release.verify import ROLES, Role

__all__ = ["DEV", "Facts", "Judged", "Policy", "admit", "facts", "policy_of", "refusals", "require"]

#: Where everything that is whole may run.
DEV = "dev"
#: How far clocks may differ.
_SKEW = timedelta(hours=1)


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[policy.ENVIRONMENT]` of `interlock.toml`.

    Args:
        signatures: The roles that must have signed.
        one_person: Whether one person, that is one key, may give all of them; it is stamped `self`.
        gates: Gates that must have been judged and passed; one that failed is never allowed.
        fresh_days: How old the evidence may be, in days; as old as it is where that is not given.
    """

    signatures: tuple[Role, ...] = ROLES
    one_person: bool = True
    gates: tuple[str, ...] = ()
    fresh_days: float | None = None


class Judged(Signable, Protocol):
    """A release as policy looks at it: loaded, or kept in a store."""

    @property
    def evidence_digest(self) -> str:
        """The digest of its evidence."""

    @property
    def evidence(self) -> Any:
        """What validation measured, as it recorded it."""


class Facts(msgspec.Struct, frozen=True):
    """What policy looks at in a release.

    Args:
        release: Its digest.
        evidence: The digest of its evidence.
        gates: Whether each gate passed, by its name.
    """

    release: str
    evidence: str
    gates: Mapping[str, bool]


def facts(release: Judged) -> Facts:
    """Return what policy looks at in a release.

    Raises:
        ReleaseError: If the evidence has gates in another form.
    """
    evidence = release.evidence
    gates = evidence.get("gates", []) if isinstance(evidence, Mapping) else []
    try:
        passed = {str(gate["name"]): bool(gate["passed"]) for gate in gates}
    except (KeyError, TypeError) as error:
        raise ReleaseError(
            "the gates of the evidence cannot be read",
            where="evidence.json",
            got=error,
            next_step="validate it again with this version of Interlock",
        ) from error
    return Facts(release.digest, release.evidence_digest, passed)


def policy_of(policies: Mapping[str, Policy], environment: str) -> Policy | None:
    """Return an environment's policy; None for `dev` where nothing is asked of it.

    Example:
        >>> policy_of({}, "dev") is None, policy_of({}, "production") == Policy()
        (True, True)
    """
    return policies.get(environment, None if environment == DEV else Policy())


def refusals(
    release: Facts,
    signatures: Sequence[Signature],
    events: Sequence[Event],
    policy: Policy | None,
    *,
    environment: str,
    now: datetime,
) -> tuple[str, ...]:
    """Return why a release may not run in an environment, in words; empty where it may.

    Args:
        release: What it is.
        signatures: Those that were checked and are right.
        events: Of its model; empty where no registry is known.
        policy: What the environment asks; None asks for nothing.
        environment: Such as `production`.
        now: The time, with a zone.

    Returns:
        One sentence for each thing that is not met.

    Example:
        >>> release = Facts("sha256:1", "sha256:2", {"auc_minimum": True})
        >>> now = datetime(2026, 1, 1, tzinfo=UTC)
        >>> refusals(release, [], [], Policy(), environment="production", now=now)
        ('nobody has signed it as data_scientist', 'nobody has signed it as ml_engineer')
    """
    if policy is None:
        return ()
    known = state(events)
    return (
        *_signatures(signatures, policy),
        *_gates(release, policy),
        *_freshness(release, signatures, events, policy, environment=environment, now=now),
        *_standing(release, known, policy, environment),
    )


def require(
    release: Facts,
    signatures: Sequence[Signature],
    events: Sequence[Event],
    policy: Policy | None,
    *,
    environment: str,
    now: datetime | None = None,
    where: object = "",
) -> None:
    """Refuse a release that policy does not allow; arguments as `refusals`.

    Raises:
        ReleaseError: That names everything that is not met.
    """
    moment = now or datetime.now(UTC)
    found = refusals(release, signatures, events, policy, environment=environment, now=moment)
    if found:
        raise ReleaseError(
            f"policy does not allow this release in {environment}",
            where=where or release.release,
            got="; ".join(found),
            next_step=f"mend that, or change [policy.{environment}] of interlock.toml",
        )


def admit(
    release: Judged,
    people: Mapping[str, Person],
    *,
    environment: str,
    policies: Mapping[str, Policy],
    events: Sequence[Event] = (),
    now: datetime | None = None,
) -> tuple[Signature, ...]:
    """Let a release into an environment, once its signatures are right and policy is met.

    Args:
        release: Loaded, or kept in a store.
        people: Who may sign, by name.
        environment: Such as `production`.
        policies: What each environment asks, by its name.
        events: Of its model; empty where no registry is known: then suspension is not known either.
        now: The time, with a zone; that of this machine by default.

    Returns:
        The signatures.

    Raises:
        SignatureError: If a signature is wrong, or one that policy asks for is missing.
        ReleaseError: If policy does not allow it; the error names everything that is not met.
    """
    policy = policy_of(policies, environment)
    signatures = check_signatures(release, people, required=policy.signatures if policy else ())
    found = facts(release)
    require(found, signatures, events, policy, environment=environment, now=now, where=release.path)
    return signatures


def _signatures(signatures: Sequence[Signature], policy: Policy) -> list[str]:
    given = {signature.role for signature in signatures}
    found = [f"nobody has signed it as {role}" for role in policy.signatures if role not in given]
    alone = [signature for signature in signatures if signature.self and signature.role in policy.signatures]
    if not policy.one_person and alone:
        roles = " and ".join(signature.role for signature in alone)
        found.append(f"one person signed as {roles}, and `one_person = false` asks for two")
    return found


def _gates(release: Facts, policy: Policy) -> list[str]:
    failed = [f"gate {name} failed" for name, passed in release.gates.items() if not passed]
    absent = [f"gate {name} was not judged" for name in policy.gates if name not in release.gates]
    return failed + absent


def _freshness(
    release: Facts,
    signatures: Sequence[Signature],
    events: Sequence[Event],
    policy: Policy,
    *,
    environment: str,
    now: datetime,
) -> list[str]:
    if policy.fresh_days is None or _was_rolled_back_to(release.release, events, environment):
        return []
    made = _made(release, signatures, events)
    if made is None:
        return ["how old its evidence is is not known: register or sign it"]
    age = now - made
    if age < -_SKEW:
        return [f"its evidence is of {made.isoformat()}, which is to come: a clock is wrong"]
    if age > timedelta(days=policy.fresh_days):
        days = age / timedelta(days=1)
        return [f"its evidence is {days:.3g} days old, and {policy.fresh_days:g} are allowed"]
    return []


def _was_rolled_back_to(release: str, events: Sequence[Event], environment: str) -> bool:
    """Tell whether it answers because a rollback brought it back: then an old model beats a bad one."""
    deployed = [
        event
        for event in events
        if event.kind == "deployed"
        and event.environment == environment
        and event.details.alias != "challenger"
    ]
    return bool(deployed) and deployed[-1].release == release and deployed[-1].details.rollback


def _made(release: Facts, signatures: Sequence[Signature], events: Sequence[Event]) -> datetime | None:
    """Return when the release was last validated, as far as that is known.

    Its own evidence is no younger than the first signature over it, whenever it was registered. A later
    validation on other rows counts by its event.
    """
    times = [_moment(signature.time) for signature in signatures]
    known = [
        (event.details.evidence, _moment(event.time))
        for event in events
        if event.kind == "validated" and event.release == release.release and not event.details.failed
    ]
    own = [time for evidence, time in known if evidence == release.evidence]
    later = [time for evidence, time in known if evidence != release.evidence]
    first = [min([*own, *times])] if own or times else []
    return max([*first, *later], default=None)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise TamperedError("a time is no time", got=text, next_step="`interlock registry verify`") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _standing(release: Facts, of: State, policy: Policy, environment: str) -> list[str]:
    known = of.releases.get(release.release, Known())
    if known.retirement(environment):
        return ["it is retired"]
    number = known.suspension(environment)
    if not number:
        return []
    if not policy.signatures:
        again = any(signed > number for signed in known.signed.values())
        return [] if again else [f"it was suspended by event {number}, and nobody has signed it again"]
    awaited = [role for role in policy.signatures if known.signed.get(role, 0) < number]
    words = f"it was suspended by event {number}, and nobody has signed it again as {' and '.join(awaited)}"
    return [words] if awaited else []

"""What is to be appended, decided on the events as they are: pure, so that it can be decided again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from interlock.errors import InputError, ReleaseError
from interlock.release.registry.event import Details, Event, Kind
from interlock.release.registry.policy import facts
from interlock.release.registry.state import Environment, state, status
from interlock.release.registry.store import Held
from interlock.release.sign import Signature

__all__ = [
    "Named",
    "Part",
    "deployed",
    "draft",
    "registration",
    "retired",
    "rolled_back",
    "unless_noted",
    "withdrawn",
]


Part = Literal["challenger", "shadow"]


class Named(NamedTuple):
    """A release that the log knows.

    Args:
        model: What people call the model.
        digest: The release's digest.
    """

    model: str
    digest: str


def draft(
    kind: Kind, release: Named, person: str, environment: str = "", details: Details | None = None
) -> Event:
    """Return an event that has no place in the log yet.

    Args:
        kind: What is done.
        release: To which release.
        person: By whom.
        environment: Where; empty for everywhere.
        details: What else there is to say; of what takes a release out of service, a reason.

    Raises:
        InputError: If nobody does it, or a reason is missing.
    """
    if not person.strip() or not person.isprintable():
        raise InputError("an event needs a person", got=repr(person), next_step="say who: `--as NAME`")
    said = details or Details()
    if kind in ("suspended", "retired") and not said.reason.strip():
        raise InputError("this needs a reason", got="none", next_step="say why: `--reason TEXT`")
    return Event(
        model=release.model,
        number=1,
        kind=kind,
        release=release.digest,
        environment=environment,
        person=person,
        time="",
        details=said,
    )


def registration(
    kept: Held, signatures: Sequence[Signature], person: str, note: str = ""
) -> tuple[Event, ...]:
    """Return everything that there is to note about a release that is kept.

    Args:
        kept: The release.
        signatures: Those that were checked and are right.
        person: Who registers it.
        note: Whatever there is to say about it.
    """
    release, found = Named(kept.manifest.name, kept.digest), facts(kept)
    judged = Details(
        evidence=found.evidence,
        passed=tuple(sorted(name for name, passed in found.gates.items() if passed)),
        failed=tuple(sorted(name for name, passed in found.gates.items() if not passed)),
    )
    signed = [
        draft(
            "signed",
            release,
            each.person,
            details=Details(role=each.role, signed_at=each.time, stamp="self" if each.self else ""),
        )
        for each in signatures
    ]
    registered = draft("registered", release, person, details=Details(folder=kept.manifest.folder, note=note))
    validated = [draft("validated", release, person, details=judged)] if found.gates else []
    return (registered, *validated, *signed)


def unless_noted(events: Sequence[Event], event: Event) -> Event | None:
    """Return an event of a registration, unless one says the same already."""
    return None if any(_says_the_same(each, event) for each in events) else event


def _says_the_same(was: Event, now: Event) -> bool:
    if (was.kind, was.release) != (now.kind, now.release):
        return False
    if now.kind == "signed":
        names = ("role", "signed_at", "stamp")
        same = all(getattr(was.details, name) == getattr(now.details, name) for name in names)
        return same and was.person == now.person
    return now.kind == "registered" or was.details.evidence == now.details.evidence


def deployed(events: Sequence[Event], event: Event) -> Event:
    """Return an event that gives a release a part, if it is known and can have that part.

    Raises:
        InputError: If it cannot: it is not registered, champion already, has no champion beside it, or
            would leave the champion nothing.
    """
    of, release, details = state(events), Named(event.model, event.release), event.details
    here = of.environments.get(event.environment, Environment())
    known = of.releases.get(release.digest)
    if known is None or not known.registered:
        raise _not_so(release, event.environment, "not registered", "is not known")
    if release.digest == here.champion:
        raise _not_so(release, event.environment, "champion", "is champion already")
    if details.alias != "champion" and not here.champion:
        raise _not_so(release, event.environment, "no champion", "needs a champion beside it")
    if details.alias == "challenger":
        _check_share(event, here)
    return event


def _check_share(event: Event, here: Environment) -> None:
    others = sum(each.share for each in here.challengers if each.release != event.release)
    if not 0 < event.details.share < 1 or others + event.details.share >= 1:
        raise InputError(
            "a challenger's share is above 0, and the champion keeps some",
            where=f"{event.model}, {event.environment}",
            got=f"{event.details.share:g}, where other challengers have {others:g}",
            next_step="give a share such as 0.1",
        )


def withdrawn(
    events: Sequence[Event],
    release: Named,
    environment: str,
    person: str,
    note: str,
    wanted: Part | None = None,
) -> Event:
    """Return the event that ends the part of a challenger or a shadow; `wanted` is the one that is meant.

    Raises:
        InputError: If it is neither, or not what was meant.
    """
    part = status(state(events), release.digest, environment)
    if part not in ("challenger", "shadow"):
        raise _not_so(release, environment, part, "is neither challenger nor shadow")
    if wanted and part != wanted:
        verb = "challenge" if part == "challenger" else "shadow"
        advice = f"`interlock registry {verb} RELEASE --end` ends what it is"
        raise _not_so(release, environment, part, f"is no {wanted}", advice)
    alias: Literal["", "challenger"] = "challenger" if part == "challenger" else ""
    details = Details(alias=alias, ends=True, note=note)
    return draft("deployed" if alias else "shadowed", release, person, environment, details)


def retired(events: Sequence[Event], event: Event) -> Event:
    """Return an event that retires a release, unless it answers.

    Raises:
        InputError: If it is champion: another has to take its place first.
    """
    for name, each in state(events).environments.items():
        if event.environment in ("", name) and each.champion == event.release:
            release = Named(event.model, event.release)
            raise _not_so(release, name, "champion", "cannot be retired while it answers")
    return event


def rolled_back(events: Sequence[Event], model: str, environment: str, person: str, reason: str) -> Event:
    """Return the event that makes the champion before champion again.

    Raises:
        ReleaseError: If there is none.
    """
    here = state(events).environments.get(environment, Environment())
    if not here.before:
        raise ReleaseError(
            f"there is no earlier champion of {model} in {environment} to go back to",
            got=here.champion or "no champion at all",
            next_step="deploy another release, or suspend this one with `interlock registry suspend`",
        )
    details = Details(alias="champion", rollback=True, reason=reason)
    return draft("deployed", Named(model, here.before[-1]), person, environment, details)


def _not_so(
    release: Named,
    environment: str,
    got: str,
    what: str,
    advice: str = "`interlock registry list` shows who has which part",
) -> InputError:
    return InputError(
        f"{release.digest.removeprefix('sha256:')[:12]} {what} in {environment}",
        where=release.model,
        got=got,
        next_step=advice,
    )

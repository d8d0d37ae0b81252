"""Where a model stands, as a function of its events alone: nothing is remembered that is not derived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from interlock.errors import ReleaseError
from interlock.release.plan import Plan, Share
from interlock.release.registry.event import Event

__all__ = ["Environment", "Known", "State", "Status", "after", "plan", "plan_of", "state", "status"]

Status = Literal[
    "unknown",
    "registered",
    "validated",
    "signed",
    "challenger",
    "shadow",
    "champion",
    "suspended",
    "retired",
]


class Known(msgspec.Struct, frozen=True):
    """What the log says of one release; numbers are those of events, 0 for never.

    Args:
        folder: The name of its folder, for people.
        registered: When it was registered first.
        validated: When it was validated last.
        signed: When it was signed last, by role.
        suspended: When it was suspended last, by environment; empty for everywhere.
        retired: When it was retired, by environment.
    """

    folder: str = ""
    registered: int = 0
    validated: int = 0
    signed: Mapping[str, int] = MappingProxyType({})
    suspended: Mapping[str, int] = MappingProxyType({})
    retired: Mapping[str, int] = MappingProxyType({})

    def suspension(self, environment: str) -> int:
        """The number of the last event that suspended it here or everywhere; 0 for none."""
        return max(self.suspended.get("", 0), self.suspended.get(environment, 0))

    def retirement(self, environment: str) -> int:
        """The number of the last event that retired it here or everywhere; 0 for none."""
        return max(self.retired.get("", 0), self.retired.get(environment, 0))


class Environment(msgspec.Struct, frozen=True):
    """The aliases of one environment.

    Args:
        champion: Digest of the release that answers; empty for none.
        before: The champions before it, the latest last: what a rollback goes back to.
        challengers: Those that answer a share.
        shadows: Those that are asked and not heard.
        unit: The column whose value decides who answers.
        version: Number of the event that last changed any of this.
    """

    champion: str = ""
    before: tuple[str, ...] = ()
    challengers: tuple[Share, ...] = ()
    shadows: tuple[str, ...] = ()
    unit: str = ""
    version: int = 0


class State(msgspec.Struct, frozen=True):
    """Where a model stands after an event.

    Args:
        number: Of that event; 0 before the first.
        head: Its digest.
        releases: What is known of each release, by its digest, in the order of registration.
        environments: The aliases, by the environment's name.
    """

    number: int = 0
    head: str = ""
    releases: Mapping[str, Known] = MappingProxyType({})
    environments: Mapping[str, Environment] = MappingProxyType({})


def state(events: Iterable[Event]) -> State:
    """Return where a model stands after all its events.

    Example:
        >>> one = Event(model="m", number=1, kind="registered", release="sha256:1", person="ada", time="")
        >>> state([one]).releases["sha256:1"].registered
        1
    """
    return reduce(after, events, State())


def after(before: State, event: Event) -> State:
    """Return where a model stands after one more event: `state` of all is this of the last, and so on."""
    known = before.releases.get(event.release, Known())
    return State(
        number=event.number,
        head=event.digest,
        releases={**before.releases, event.release: _known(known, event)},
        environments=_environments(before.environments, event),
    )


def status(of: State, release: str, environment: str) -> Status:
    """Return what a release is in an environment: its alias, what stops it, or how far it has come.

    Example:
        >>> status(State(), "sha256:1", "production")
        'unknown'
    """
    here, known = of.environments.get(environment, Environment()), of.releases.get(release)
    aliases: tuple[tuple[Status, bool], ...] = (
        ("champion", release == here.champion),
        ("challenger", release in [each.release for each in here.challengers]),
        ("shadow", release in here.shadows),
    )
    alias = next((name for name, holds in aliases if holds), None)
    if known is None:
        return "unknown"
    return alias or _standing(known, environment)


def _standing(known: Known, environment: str) -> Status:
    stopped, ended = known.suspension(environment), known.retirement(environment)
    if ended > stopped:
        return "retired"
    if stopped > max(known.signed.values(), default=0):
        return "suspended"
    if known.signed:
        return "signed"
    return "validated" if known.validated else "registered"


def plan(events: Iterable[Event], environment: str) -> Plan:
    """Return what a server of an environment executes.

    Args:
        events: Of one model, from the first on.
        environment: Such as `production`.

    Returns:
        The champion, the challengers with their shares, and the shadows.

    Raises:
        ReleaseError: If there is no champion.
    """
    return plan_of(state(events), environment)


def plan_of(of: State, environment: str) -> Plan:
    """Return what a server of an environment executes, as `plan`."""
    here = of.environments.get(environment, Environment())
    if not here.champion:
        raise ReleaseError(
            f"there is no champion in {environment}",
            got=f"champions in {', '.join(_served(of)) or 'no environment'}",
            next_step=f"run `interlock registry deploy RELEASE --environment {environment}`",
        )
    return Plan(
        champion=here.champion,
        challengers=here.challengers,
        shadows=here.shadows,
        unit=here.unit,
        version=here.version,
    )


def _served(of: State) -> list[str]:
    return sorted(name for name, each in of.environments.items() if each.champion)


def _known(known: Known, event: Event) -> Known:
    number, details = event.number, event.details
    match event.kind:
        case "registered":
            changes: dict[str, Any] = {"registered": known.registered or number, "folder": details.folder}
        case "validated":
            changes = {"validated": number}
        case "signed":
            changes = {"signed": {**known.signed, details.role: number}}
        case "suspended" | "retired" as kind:
            changes = {kind: {**getattr(known, kind), event.environment: number}}
        case _:
            changes = {}
    return msgspec.structs.replace(known, **changes)


def _environments(before: Mapping[str, Environment], event: Event) -> Mapping[str, Environment]:
    if event.kind in ("registered", "validated", "signed"):
        return before
    names = [event.environment] if event.environment else [*before]
    return {**before, **{name: _moved(before.get(name, Environment()), event) for name in names}}


def _moved(here: Environment, event: Event) -> Environment:
    """Return the aliases after an event, with its number where it changed any."""
    release, details = event.release, event.details
    match event.kind:
        case "deployed" if details.alias == "challenger":
            moved = _without_part(here, release) if details.ends else _challenged(here, event)
        case "deployed":
            moved = _crowned(here, release, rollback=details.rollback)
        case "shadowed":
            moved = _without_part(here, release) if details.ends else _shadowed(here, release)
        case _:
            moved = _dropped(here, release)
    return here if moved == here else msgspec.structs.replace(moved, version=event.number)


def _crowned(here: Environment, release: str, *, rollback: bool) -> Environment:
    if release == here.champion:
        return here
    before = here.before
    if rollback and release in before:
        before = before[: len(before) - 1 - before[::-1].index(release)]
    elif here.champion:
        before = (*before, here.champion)
    return msgspec.structs.replace(_without_part(here, release), champion=release, before=before)


def _challenged(here: Environment, event: Event) -> Environment:
    """Give a challenger its share; what would leave nothing to the champion changes nothing."""
    rest = _without_part(here, event.release)
    challengers = (*rest.challengers, Share(event.release, event.details.share))
    whole = sum(each.share for each in challengers)
    if event.release == here.champion or not 0 < event.details.share < 1 or whole >= 1:
        return here
    unit = event.details.unit or here.unit
    return msgspec.structs.replace(rest, challengers=challengers, unit=unit)


def _shadowed(here: Environment, release: str) -> Environment:
    if release == here.champion:
        return here
    rest = _without_part(here, release)
    return msgspec.structs.replace(rest, shadows=(*rest.shadows, release))


def _dropped(here: Environment, release: str) -> Environment:
    """Take a release out of everything; where it was champion, the one before is champion again."""
    before = tuple(each for each in here.before if each != release)
    rest = msgspec.structs.replace(_without_part(here, release), before=before)
    if release != here.champion:
        return rest
    champion, before = (before[-1], before[:-1]) if before else ("", ())
    return msgspec.structs.replace(_without_part(rest, champion), champion=champion, before=before)


def _without_part(here: Environment, release: str) -> Environment:
    return msgspec.structs.replace(
        here,
        challengers=tuple(each for each in here.challengers if each.release != release),
        shadows=tuple(each for each in here.shadows if each != release),
    )

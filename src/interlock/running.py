"""What servers really run, beside what the registry says: also where several answer behind one address."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from interlock.errors import InputError
from interlock.release.plan import Plan
from interlock.release.registry import Registry
from interlock.serve.conform import untrusted

__all__ = ["Found", "ask", "compared"]

_TIMES = 20
_SECONDS = 5.0
_PATH = "/v1/running"


class _Running(msgspec.Struct, frozen=True):
    model: str
    environment: str
    plan: Plan
    away: str = ""
    refused: str = ""


class Found(NamedTuple):
    """What one address said.

    Args:
        url: The address.
        plans: Each plan that was met, with how often; workers and servers behind one address may differ.
        model: Name of the model.
        environment: As the server says.
        trouble: What the servers say is in the way of the newest plan; empty where nothing is.
    """

    url: str
    plans: tuple[tuple[Plan, int], ...]
    model: str
    environment: str
    trouble: str = ""


def ask(url: str, key: str = "", times: int = _TIMES) -> Found:
    """Ask an address several times, each time on a connection of its own.

    Args:
        url: Of a server, or of what stands before several.
        key: An API key that may know versions; empty for none.
        times: How often.

    Raises:
        InputError: If it does not answer, or with something else.
    """
    answers = [_once(url, key) for _ in range(times)]
    counted = Counter(msgspec.json.encode(each.plan) for each in answers)
    troubles = {each.away or each.refused for each in answers} - {""}
    return Found(
        url,
        tuple((msgspec.json.decode(plan, type=Plan), count) for plan, count in counted.most_common()),
        answers[0].model,
        answers[0].environment,
        "; ".join(sorted(troubles)),
    )


def compared(found: Sequence[Found], registry: Registry | None) -> tuple[tuple[str, ...], bool]:
    """Return lines for people, and whether all servers run what they should.

    Args:
        found: What addresses said.
        registry: What they should run; where None, all should run the same.
    """
    lines, sound = list[str](), True
    wanted = {(each.model, each.environment): _wanted(registry, each) for each in found}
    if registry is None:
        first = next((plan for each in found for plan, _ in each.plans), None)
        wanted = dict.fromkeys(wanted, first)
    for each in found:
        meant = wanted[each.model, each.environment]
        for plan, count in each.plans:
            same = meant is not None and _parts(plan) == _parts(meant)
            sound = sound and same
            share = "" if len(each.plans) == 1 else f", {count} of {sum(n for _, n in each.plans)} answers"
            lines.append(f"{'✓' if same else '!'} {each.url}: {_words(plan)}{share}")
        if each.trouble:
            lines.append(f"  ! {each.trouble}")
    for (model, environment), meant in wanted.items():
        if meant is not None and not sound:
            who = "the registry says" if registry is not None else "the first says"
            lines.append(f"  {who}, of {model} in {environment}: {_words(meant)}")
    return tuple(lines), sound


def _wanted(registry: Registry | None, found: Found) -> Plan | None:
    return registry.plan(found.model, found.environment) if registry is not None else None


def _parts(plan: Plan) -> object:
    """Return what of a plan answers differ by."""
    return plan.champion, plan.challengers, plan.shadows, plan.unit


def _words(plan: Plan) -> str:
    challengers = [f", challenger {each.release[:19]} ({each.share:.3g})" for each in plan.challengers]
    shadows = [f", shadow {digest[:19]}" for digest in plan.shadows]
    version = f" (plan {plan.version})" if plan.version else ""
    return f"champion {plan.champion[:19]}{''.join([*challengers, *shadows])}{version}"


def _once(url: str, key: str) -> _Running:
    headers = {"connection": "close"} | ({"authorization": f"Bearer {key}"} if key else {})
    if not url.startswith(("http://", "https://")):
        raise InputError(
            "this is no address of a server", got=url, next_step="give one such as http://host:8080"
        )
    request = urllib.request.Request(url.rstrip("/") + _PATH, headers=headers)  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
            return msgspec.json.decode(response.read(), type=_Running)
    except (OSError, msgspec.DecodeError, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else None
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise untrusted(url, reason) from error
        closed = isinstance(error, urllib.error.HTTPError) and error.code in (401, 403)
        raise InputError(
            "the server does not say what it runs",
            where=url,
            got=error,
            next_step="give an API key that may know `versions`, with --key or INTERLOCK_KEY"
            if closed
            else "see whether it runs, and is an Interlock server of this version",
        ) from error

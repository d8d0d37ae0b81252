"""A check of a contract: what it is about, what it expects, and what it got."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from interlock.serve.conform.ask import Ask, Reply
from interlock.serve.conform.sample import Sample

__all__ = [
    "Check",
    "Found",
    "Wrong",
    "check",
    "get",
    "perform",
    "post",
    "require",
    "require_error",
    "require_status",
    "table",
]

_SHOWN = 120  # characters of an answer
_JSON = {"content-type": "application/json"}


class Wrong(Exception):  # noqa: N818  (a finding, not a failure)
    """What a check got, where that is not what it expects."""


class Check(NamedTuple):
    """One sentence of a contract.

    Args:
        protocol: Whose contract.
        what: What is asked.
        expected: What has to come back.
        run: Asks, and raises `Wrong` where something else comes back.
    """

    protocol: str
    what: str
    expected: str
    run: Callable[[Ask, Sample], None]


class Found(NamedTuple):
    """What a check came to.

    Args:
        protocol: Whose contract.
        what: What was asked.
        expected: What has to come back.
        got: What came back instead; empty where the check passed.
    """

    protocol: str
    what: str
    expected: str
    got: str = ""

    @property
    def passed(self) -> bool:
        """Whether what came back is what was expected."""
        return not self.got


def check(protocol: str, what: str, expected: str) -> Callable[[Callable[[Ask, Sample], None]], Check]:
    """Make a check of a function.

    Args:
        protocol: Whose contract.
        what: What is asked.
        expected: What has to come back.
    """
    return lambda run: Check(protocol, what, expected, run)


def perform(checks: Iterable[Check], ask: Ask, sample: Sample) -> list[Found]:
    """Run checks, one after the other.

    Args:
        checks: In the order of the table.
        ask: Sends a request.
        sample: What to send.

    Raises:
        InputError: If the server does not answer at all.
    """
    return [Found(*each[:3], _got(each, ask, sample)) for each in checks]


def get(ask: Ask, path: str, **headers: str) -> Reply:
    """Get a path."""
    return ask("GET", path, b"", _names(headers))


def post(ask: Ask, path: str, value: Any, **headers: str) -> Reply:
    """Post a value as JSON, or bytes as they are.

    Args:
        ask: Sends a request.
        path: Where to.
        value: Bytes, or a JSON value.
        headers: By name with underscores; JSON is the content type unless another is given.
    """
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return ask("POST", path, body, {**_JSON, **_names(headers)})


def require(condition: object, got: object) -> None:
    """Find fault unless a condition holds.

    Args:
        condition: What has to hold.
        got: What came back instead.

    Raises:
        Wrong: If it does not hold.
    """
    if not condition:
        text = got if isinstance(got, str) else json.dumps(got, default=str)
        raise Wrong(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def require_status(reply: Reply, *statuses: int) -> Reply:
    """Find fault with any other status; return the reply."""
    text = " ".join(reply.body.decode("utf-8", "replace").split())
    require(reply.status in statuses, f"{reply.status} {text}")
    return reply


def require_error(reply: Reply, *statuses: int, key: str = "error") -> None:
    """Find fault unless this is an error with one of the statuses, and a text under `key`."""
    require_status(reply, *statuses)
    value = reply.json
    require(isinstance(value, dict) and isinstance(value.get(key), str), f"{reply.status} {reply.json}")


def table(found: Sequence[Found]) -> str:
    """Return the checks as a table of text, with what went wrong below each that failed.

    Example:
        >>> print(table([Found("mlflow", "GET /ping", "200"), Found("mlflow", "GET /version", "200", "404")]))
        mlflow  ✓  GET /ping
        mlflow  ✗  GET /version
                   expected  200
                   got       404
        2 checks, 1 passed, 1 failed
    """
    width = max((len(each.protocol) for each in found), default=0)
    lines: list[str] = []
    for each in found:
        lines.append(f"{each.protocol:{width}}  {'✓' if each.passed else '✗'}  {each.what}")
        if not each.passed:
            lines += [f"{'':{width + 5}}expected  {each.expected}", f"{'':{width + 5}}got       {each.got}"]
    passed = sum(each.passed for each in found)
    return "\n".join([*lines, f"{len(found)} checks, {passed} passed, {len(found) - passed} failed"])


def _got(each: Check, ask: Ask, sample: Sample) -> str:
    try:
        each.run(ask, sample)
    except Wrong as wrong:
        return str(wrong) or "something else"
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        return f"an answer of another form ({type(error).__name__}: {error})"
    return ""


def _names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}

"""The last plan that was executed, kept on disk: what a server begins with when nobody answers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from interlock.atomic import write_atomically
from interlock.errors import InputError
from interlock.release.plan import Plan

__all__ = ["Verified", "recall", "remember"]

_FILE = "plan.json"


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """A plan whose releases were whole, allowed and replayed.

    Args:
        plan: Who had which part.
        folders: Where each release is, by digest.
        source: Who said so.
        environment: Where.
        time: When it was executed, seconds since 1970, by this machine's clock.
    """

    plan: Plan
    folders: dict[str, str]
    source: str
    environment: str
    time: float

    @property
    def words(self) -> str:
        """For people."""
        when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.time))
        return f"plan {self.plan.version}, executed at {when}"


def remember(folder: Path, plan: Plan, folders: Mapping[str, str], source: str, environment: str) -> None:
    """Keep a plan that is being executed; a disk that refuses stops nothing.

    Args:
        folder: Beside the ledger.
        plan: Executed.
        folders: Of its releases, by digest.
        source: Who said so.
        environment: Where.
    """
    kept = Verified(
        plan=plan, folders=dict(folders), source=source, environment=environment, time=time.time()
    )
    with suppress(InputError):
        write_atomically(folder / _FILE, msgspec.json.format(msgspec.json.encode(kept)))


def recall(folder: Path, source: str, environment: str) -> Verified | None:
    """Return what was kept last for the same source and environment; None where there is nothing.

    Args:
        folder: Beside the ledger.
        source: As it was kept.
        environment: As it was kept.
    """
    try:
        kept = msgspec.json.decode((folder / _FILE).read_bytes(), type=Verified)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, ValueError):
        return None
    return kept if (kept.source, kept.environment) == (source, environment) else None

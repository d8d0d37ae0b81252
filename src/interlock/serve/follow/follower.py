"""Follows a source of plans in a thread: loads what is new, and lets the event loop take it over."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

from interlock.errors import InterlockError
from interlock.release.plan import Plan
from interlock.serve.follow.begin import folder_of, open_source
from interlock.serve.follow.source import Source
from interlock.serve.follow.verified import remember
from interlock.serve.loading import parts_of
from interlock.serve.settings import Settings
from interlock.serve.traffic import Challenger, Parts, Shadow, Traffic, close_all

__all__ = ["Follower", "following"]

_LOG = logging.getLogger("interlock.serve")
#: How soon a plan that was refused is tried again: what it names may have arrived meanwhile.
_AGAIN_SECONDS = 5.0
_CLOSE_SECONDS = 10.0


class Follower:
    """Keeps a worker's traffic at the plan of a source. Whatever goes wrong, what is served goes on.

    Args:
        settings: Of the worker.
        traffic: Of the worker.
        loop: That answers; plans are executed on its thread.
    """

    def __init__(self, settings: Settings, traffic: Traffic, loop: asyncio.AbstractEventLoop) -> None:
        self._settings, self._traffic, self._loop = settings, traffic, loop
        self._source: Source | None = None
        self._head: object = None
        self._again = 0.0
        self._wake, self._ending = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def wake(self) -> None:
        """Look at once, even where nothing seems to have changed."""
        self._head, self._again = None, 0.0
        self._wake.set()

    def stop(self) -> None:
        """Follow no longer."""
        self._ending = True
        self._wake.set()

    def look(self) -> None:
        """Ask the source once, and do what it says."""
        standing = self._traffic.standing
        try:
            source = self._source = self._source or open_source(self._settings)
            head = source.head()
        except Exception as error:  # noqa: BLE001  (a driver may raise anything; it is away)
            self._away(error)
            return
        standing.seen = time.monotonic()
        if standing.away:
            _LOG.warning("%s is reached again", source.name)
            standing.away = ""
        if head == self._head and not (standing.refused and time.monotonic() >= self._again):
            return
        try:
            self._execute(source, source.plan())
        except InterlockError as error:
            self._refused(str(error))
        except Exception as error:  # noqa: BLE001  (whatever it is, what is served goes on)
            _LOG.exception("a plan could not be executed")
            self._refused(f"{type(error).__name__}")
        else:
            standing.refused = ""
        self._head = head

    def _run(self) -> None:
        follow = self._settings.follow
        seconds = follow.poll_seconds if follow is not None else 1.0
        while not self._ending:
            self.look()
            self._wake.wait(seconds * random.uniform(0.8, 1.2))  # noqa: S311  (that not all ask at once)
            self._wake.clear()

    def _execute(self, source: Source, plan: Plan | None) -> None:
        traffic = self._traffic
        if plan is None:
            self._on_loop(lambda: traffic.halt("no release may answer: the registry has no champion"))
            _LOG.error("%s has no champion any more: predictions are refused", source.name)
            return
        if plan == traffic.plan and traffic.champion.ready:
            return
        parts = parts_of(self._settings, plan, source.fetch, traffic, source.admit)
        left = self._on_loop(lambda: traffic.execute(parts))
        remember(folder_of(self._settings), plan, _folders(parts), source.name, self._settings.environment)
        _LOG.warning("plan %d: champion %s", plan.version, plan.champion)
        close_all(left or (), _CLOSE_SECONDS)

    def _on_loop(self, call: Any) -> Any:
        """Do something between two requests, and wait until it is done."""
        done, result = threading.Event(), list[Any]()

        def run() -> None:
            result.append(call())
            done.set()

        self._loop.call_soon_threadsafe(run)
        while not done.wait(1.0):
            if self._loop.is_closed():
                return None
        return result[0]

    def _away(self, error: Exception) -> None:
        standing = self._traffic.standing
        if not standing.away:
            what = error.what if isinstance(error, InterlockError) else type(error).__name__
            _LOG.error("%s (%s); what is served goes on", what, standing.source)
            standing.away = what

    def _refused(self, why: str) -> None:
        standing = self._traffic.standing
        if standing.refused != why:
            _LOG.error("the newest plan is refused, the one before goes on: %s", why.replace("\n", "; "))
        standing.refused = why
        self._again = time.monotonic() + _AGAIN_SECONDS


def _folders(parts: Parts) -> dict[str, str]:
    """Return where each release is, by digest."""
    beside: Iterable[Challenger | Shadow] = (*parts.challengers.values(), *parts.shadows.values())
    services = (parts.champion, *(each.service for each in beside))
    return {each.release.digest: str(each.release.path) for each in services}


@asynccontextmanager
async def following(settings: Settings, traffic: Traffic) -> AsyncIterator[None]:
    """Follow the source of the settings while the context lasts.

    Args:
        settings: Of the worker, with a source.
        traffic: Of the worker.
    """
    follower = Follower(settings, traffic, asyncio.get_running_loop())
    follower.start()
    with suppress(RuntimeError, ValueError):  # outside of the main thread no signal can be obeyed
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, follower.wake)
    try:
        yield
    finally:
        follower.stop()

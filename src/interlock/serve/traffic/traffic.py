"""The releases that one worker serves: who answers a request, and how that is changed while requests come."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import NamedTuple

from interlock.release.plan import Plan
from interlock.serve.inference import names
from interlock.serve.message import Refusal, Request
from interlock.serve.routes import Route
from interlock.serve.service import Service
from interlock.serve.standing import Standing
from interlock.serve.traffic.assign import assigned, drawn
from interlock.serve.traffic.challenger import Challenger
from interlock.serve.traffic.shadow import Shadow
from interlock.serve.traffic.unit import Units

__all__ = ["Parts", "Traffic", "close_all"]

_LOG = logging.getLogger("interlock.serve")
#: How long a challenger or shadow may take to finish when the server stops.
_CLOSE_SECONDS = 10.0


class Parts(NamedTuple):
    """What a plan needs, ready to answer.

    Args:
        plan: Who has which part.
        champion: Answers on the event loop's thread.
        challengers: By digest.
        shadows: By digest.
    """

    plan: Plan
    champion: Service
    challengers: dict[str, Challenger]
    shadows: dict[str, Shadow]


def close_all(left: Iterable[Service | Challenger | Shadow], seconds: float) -> None:
    """Finish what is served no more; not on the event loop's thread.

    Args:
        left: As `execute` returned it.
        seconds: How long each may take.
    """
    for each in left:
        if isinstance(each, Service):
            each.close()
        else:
            each.close(seconds)


class Traffic:
    """What one worker serves. All of it happens on the event loop's thread.

    Args:
        parts: What it begins with.
        keep: How many former champions stay ready, for a rollback without loading.
    """

    def __init__(self, parts: Parts, *, keep: int = 1) -> None:
        self._keep = keep
        self.warm: list[Service] = []
        self._take(parts)
        #: Files of all counters that this worker ever had, so that their sums never go back.
        self.counters = [service.metrics.path for service in self.services]
        self.standing = Standing(parts.plan)
        self._tell()

    def _take(self, parts: Parts) -> None:
        """Serve these."""
        self.parts, self.plan, self.champion = parts, parts.plan, parts.champion
        self.challengers, self.shadows = parts.challengers, tuple(parts.shadows.values())
        self._units = Units(parts.plan.unit) if parts.plan.unit else None

    @property
    def services(self) -> tuple[Service, ...]:
        """All that are loaded: the champion, those kept warm, challengers, shadows."""
        beside: Iterable[Challenger | Shadow] = (*self.challengers.values(), *self.shadows)
        return (self.champion, *self.warm, *(each.service for each in beside))

    def choose(self, route: Route, request: Request) -> Challenger | None:
        """Return the challenger that is to answer; None for the champion.

        Args:
            route: That the request takes.
            request: Whose rows hold the unit. All rows of a request get one release: where they belong to
                several, or one has no unit, that is the champion.
        """
        if not route.predicts or not self.challengers:
            return None
        if self._units is None:
            return self.challengers.get(drawn(self.plan))
        if route.rows is None:
            return None
        try:
            rows = route.rows(self.champion, request)
        except Refusal:
            return None  # the champion says what is wrong with it
        units = self._units.of(rows)
        chosen = {self.plan.champion if unit is None else assigned(self.plan, unit) for unit in units}
        if len(chosen) == 1:
            return self.challengers.get(chosen.pop())
        for digest in chosen - {self.plan.champion}:
            self.challengers[digest].skip("mixed")
        return None

    @property
    def has_others(self) -> bool:
        """Whether somebody can be asked for who is not the champion."""
        return bool(self.warm or self.challengers)

    @property
    def has_threads(self) -> bool:
        """Whether releases work in threads beside the event loop, which want the interpreter too."""
        return bool(self.challengers or self.shadows)

    def versioned(self, version: str) -> Service | Challenger | None:
        """Return what is asked for by a release's digest or its beginning; None where it is not loaded.

        Args:
            version: As a request says it. Shadows are never returned: nobody is to get their answers.
        """
        for service in (self.champion, *self.warm):
            if names(service.release.digest, version):
                return service
        found = [each for digest, each in self.challengers.items() if names(digest, version)]
        return found[0] if found else None

    def copy(self, route: Route, request: Request, answered: str) -> None:
        """Give the shadows a copy of an answered request.

        Args:
            route: That it took.
            request: As it came.
            answered: Id of the first prediction that the client got.
        """
        for shadow in self.shadows:
            shadow.offer(route, request, answered)

    def execute(self, parts: Parts) -> list[Service | Challenger | Shadow]:
        """Serve these from now on; no request sees anything between the two.

        Args:
            parts: Ready; what goes on keeps its service.

        Returns:
            What is served no more, for `close_all`.
        """
        before, left = self.parts, list[Service | Challenger | Shadow]()
        if parts.champion is not before.champion:
            self.warm = [before.champion, *(each for each in self.warm if each is not parts.champion)]
            before.champion.ledger.flush_soon()
            left += self.warm[self._keep :]
            self.warm = self.warm[: self._keep]
        left += [
            each for digest, each in before.challengers.items() if parts.challengers.get(digest) is not each
        ]
        left += [each for digest, each in before.shadows.items() if parts.shadows.get(digest) is not each]
        self._take(parts)
        self.champion.ready, self.champion.reason = True, ""
        self._tell()
        self.counters += [
            each.metrics.path for each in self.services if each.metrics.path not in self.counters
        ]
        return left

    def halt(self, reason: str) -> None:
        """Answer no prediction until the next plan: nobody is left who may.

        Args:
            reason: Told to clients.
        """
        self.challengers = {}
        self.champion.ready, self.champion.reason = False, reason

    def leave(self, reason: str) -> None:
        """Tell whoever asks that traffic should go elsewhere; requests are still answered."""
        for service in self.services:
            service.leaving = reason

    def stop(self, reason: str) -> None:
        """Answer no prediction any more."""
        for service in self.services:
            service.ready, service.reason = False, reason

    def tick(self) -> None:
        """Take over what the ledgers counted; called twice a second."""
        for service in self.services:
            service.tick()

    def _tell(self) -> None:
        """Let every service know how the worker stands."""
        self.standing.plan = self.plan
        for service in self.services:
            service.standing = self.standing

    def close(self) -> int:
        """Finish what has begun and write all ledgers.

        Returns:
            How many requests are lost because a ledger could not be written.
        """
        close_all((*self.challengers.values(), *self.shadows, self.champion, *self.warm), _CLOSE_SECONDS)
        lost = sum(service.ledger.lost for service in self.services)
        if lost:
            _LOG.error("%d requests are in no ledger", lost)
        return lost

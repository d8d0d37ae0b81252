"""A shadow: it is asked what the client asked, after the client has the answer, and nobody waits for it."""

from __future__ import annotations

import logging
from typing import NamedTuple

from interlock.serve.ledger.format import Entry
from interlock.serve.message import Refusal, Request
from interlock.serve.routes import Route
from interlock.serve.service import Service
from interlock.serve.traffic.lane import Lane

__all__ = ["Shadow"]

_LOG = logging.getLogger("interlock.serve")
#: Requests that may wait; more are dropped and counted.
_MOST_WAITING = 1024


class _Job(NamedTuple):
    route: Route
    request: Request
    answered: str


class Shadow:
    """One release whose answers are logged and never returned.

    Its ledger is a folder of its own, so that the account of what was answered stays what it is. Each entry
    names the prediction that the client got for the same row.

    Args:
        service: Ready, for this shadow alone, with the shadow's ledger.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self._lane = Lane(f"shadow {service.release.digest[:19]}", self._work, most=_MOST_WAITING)
        self._failed = False

    def offer(self, route: Route, request: Request, answered: str) -> None:
        """Take a copy of an answered request, or drop it; returns at once.

        Args:
            route: That it took.
            request: As it came.
            answered: Id of the first prediction that the client got.
        """
        if not self._lane.offer(_Job(route, request, answered), len(request.body)):
            self.service.metrics.shadow_dropped()

    def close(self, seconds: float) -> bool:
        """Score what waits, and write the ledger; arguments and result as `Challenger.close`."""
        ended = self._lane.close(seconds)
        self.service.close()
        return ended and not self.service.ledger.lost

    def _work(self, job: _Job) -> None:
        with self.service.ledger.noting(lambda entry: _link(entry, job.answered)):
            try:
                job.route.handle(self.service, job.request)
            except Refusal as refusal:
                self.service.refuse(refusal, job.route.protocol, job.request.body)
            except Exception:  # noqa: BLE001  (nobody waits for the answer; what is wrong is said once)
                self._fail(job)

    def _fail(self, job: _Job) -> None:
        if not self._failed:
            _LOG.exception("shadow %s failed; its ledger has the others", self.service.release.digest)
        self._failed = True
        self.service.refuse(Refusal(500, "internal", ""), job.route.protocol, job.request.body)


def _link(entry: Entry, answered: str) -> None:
    entry.shadow_of = answered

"""A challenger: it answers its share in a thread of its own, within a deadline, or the champion does."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import suppress
from contextvars import Context, copy_context
from typing import NamedTuple

from interlock.serve.ledger.format import Entry, prediction_id
from interlock.serve.message import Refusal, Request, Response
from interlock.serve.metrics import Fallback
from interlock.serve.routes import Handler
from interlock.serve.service import Service
from interlock.serve.traffic.lane import Lane

__all__ = ["Answered", "Challenger"]

_LOG = logging.getLogger("interlock.serve")
_OK = 200
_MOST_WAITING = 64


class Answered(NamedTuple):
    """A challenger's answer.

    Args:
        response: For the client.
        id: Of its first prediction.
    """

    response: Response
    id: str


class _Job(NamedTuple):
    handle: Handler
    request: Request
    context: Context
    claim: threading.Lock
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Answered | Fallback]


class _DeclinedError(Exception):
    """The answer must not be given, nor recorded: it comes too late, or is none."""

    def __init__(self, reason: Fallback) -> None:
        super().__init__(reason)
        self.reason: Fallback = reason


class Challenger:
    """One release that answers some requests, and cannot harm any.

    Its thread alone uses its service. Who answers is settled by a lock that only one can take: the
    challenger just before it records the request, or the deadline. So a request is in the ledger once, as it
    was answered, and a challenger that refuses or fails leaves no entry: the champion's says so.

    Args:
        service: Ready, and for this challenger alone.
        seconds: The deadline.
    """

    def __init__(self, service: Service, *, seconds: float = 0.05) -> None:
        self.service, self.seconds = service, seconds
        self._lane = Lane(f"challenger {service.release.digest[:19]}", self._work, most=_MOST_WAITING)
        self._said: set[Fallback] = set()

    async def ask(self, handle: Handler, request: Request) -> Answered | Fallback:
        """Return its answer; or why there is none, not later than the deadline.

        Args:
            handle: Of the route.
            request: For the handler.
        """
        loop = asyncio.get_running_loop()
        job = _Job(handle, request, copy_context(), threading.Lock(), loop, loop.create_future())
        if not self._lane.offer(job, len(request.body)):
            return self.skip("busy")
        await asyncio.wait((job.answer,), timeout=self.seconds)
        if not job.answer.done() and job.claim.acquire(blocking=False):
            return self.skip("late")
        outcome = await job.answer  # done, or claimed: then the answer is written already
        return outcome if isinstance(outcome, Answered) else self.skip(outcome)

    def skip(self, reason: Fallback) -> Fallback:
        """Count that the champion answers instead; only the first of a kind is said."""
        self.service.metrics.fallback(reason)
        if reason not in self._said:
            self._said.add(reason)
            digest = self.service.release.digest
            _LOG.warning(
                "the champion answers for challenger %s (%s); metrics count how often", digest, reason
            )
        return reason

    def close(self, seconds: float) -> bool:
        """Answer what waits, and write the ledger.

        Args:
            seconds: How long to wait for the thread.

        Returns:
            Whether everything is written.
        """
        ended = self._lane.close(seconds)
        self.service.close()
        return ended and not self.service.ledger.lost

    def _work(self, job: _Job) -> None:
        if job.claim.locked():
            return
        outcome: Answered | Fallback
        try:
            with self.service.ledger.noting(lambda entry: _claim(job, entry)):
                first = self.service.ledger.reserve(0)
                response = job.context.run(job.handle, self.service, job.request)
            outcome = Answered(response, prediction_id(self.service.ledger.writer, first))
        except _DeclinedError as declined:
            outcome = declined.reason
        except Refusal as refusal:
            outcome = "refused" if refusal.status < 500 else "error"
        except Exception:  # noqa: BLE001  (whatever it is, the champion answers)
            _LOG.exception("challenger %s failed", self.service.release.digest)
            outcome = "error"
        with suppress(RuntimeError):  # the loop is closed: nobody waits for a late answer any more
            job.loop.call_soon_threadsafe(_settle, job.answer, outcome)


def _claim(job: _Job, entry: Entry) -> None:
    """Let an answer through to the ledger if it is one and nobody was faster."""
    if entry.status != _OK:
        raise _DeclinedError("refused")
    if not job.claim.acquire(blocking=False):
        raise _DeclinedError("late")


def _settle(answer: asyncio.Future[Answered | Fallback], outcome: Answered | Fallback) -> None:
    if not answer.done():
        answer.set_result(outcome)

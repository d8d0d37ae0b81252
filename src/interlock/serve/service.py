"""What all protocols share: decode by contract, predict, account for the request in ledger and metrics."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from interlock.contract import CheckedRow, Decoder
from interlock.errors import InputError
from interlock.release import Release, replay
from interlock.serve.answer import MOST_FLAGS, Answers
from interlock.serve.exposition import exposition
from interlock.serve.ledger import Entry
from interlock.serve.ledger.noted import NotedLedger
from interlock.serve.message import Refusal, Response
from interlock.serve.metrics import Metrics
from interlock.serve.reasons import Reasons
from interlock.serve.scorer import Ends, Prediction, Scorer
from interlock.serve.standing import Standing
from interlock.serve.trace import REQUEST_ID, Observed

__all__ = ["Scored", "Service"]

#: How much of a refused request's body the ledger keeps, bytes.
_BODY_KEPT = 2048


class Scored(NamedTuple):
    """Rows with their predictions.

    Args:
        first: Number of the first row's prediction id.
        rows: As the contract checked them.
        predictions: One a row; None for a rejected row.
        intervals: One a row; None for a rejected row; empty where the model gives none.
    """

    first: int
    rows: list[CheckedRow]
    predictions: list[Prediction]
    intervals: Sequence[Ends] = ()


class Service:
    """One worker's release, ledger and counters.

    Args:
        release: Loaded and verified.
        ledger: Where this worker writes.
        metrics: This worker's counters.
        folder: Where all workers' counters are.
        max_rows: Most rows in one request.
    """

    def __init__(
        self, release: Release, ledger: NotedLedger, metrics: Metrics, folder: Path, *, max_rows: int = 10_000
    ) -> None:
        self.release, self.ledger, self.metrics = release, ledger, metrics
        self.max_rows = max_rows
        self.contract = release.contract
        self.decoder = Decoder(release.contract)
        self.scorer = Scorer(release.model)
        self.reasons = Reasons(release)
        self.answers = Answers(release.contract, release.digest, ledger.writer, release.model.threshold)
        self.ready, self.reason = False, "the golden rows have not been replayed yet"
        #: When the TLS certificate expires, Unix time; None without TLS.
        self.expires: float | None = None
        self.leaving = ""
        #: How the worker stands; None where it was not told.
        self.standing: Standing | None = None
        self._folder = folder

    def prepare(self) -> None:
        """Replay the golden rows; ready only if every one gets the answer that it was released with.

        Raises:
            ReleaseError: If one does not.
        """
        replay(self.release)
        self.scorer.choose(
            [self.decoder.one(msgspec.json.encode(golden.row)) for golden in self.release.golden]
        )
        self.ready, self.reason = True, ""

    def predict_one(self, body: bytes) -> Response:
        """Answer a request of one row in the form of `/v1/predict`: the shortest way through the house.

        Args:
            body: A JSON object.

        Returns:
            The answer, under the prediction's id.

        Raises:
            Refusal: If it gets no prediction.
        """
        started = time.perf_counter()
        if not self.ready:
            raise Refusal(503, "not_ready", self.reason)
        try:
            row = self.decoder.one(body)
        except InputError as error:
            raise _malformed(error) from None
        if row.rejected:
            raise self.rejected(Scored(self.ledger.reserve(1), [row], [None]), "v1", body, started)
        return self.predict_each([row], [started])[0]

    def predict_each(
        self, rows: Sequence[CheckedRow], started: Sequence[float], seen: Sequence[Observed | None] = ()
    ) -> list[Response]:
        """Answer requests of one row each, by one call of the model, in the form of `/v1/predict`.

        Args:
            rows: One a request, none of them rejected.
            started: `time.perf_counter()` when each body was there.
            seen: What each request says of itself, where somebody looks at one; else nobody does, or it is
                the one that is looked at at the moment.

        Returns:
            The answers, each under its prediction's id.

        Raises:
            ReleaseError: If the model answers with something that is not a finite number; then nothing is
                recorded.
        """
        predicted = self.scorer.each(rows)
        first = self.ledger.reserve(len(rows))
        asked = [*zip(range(first, first + len(rows)), rows, predicted, strict=True)]
        answers = [self.answers.one(number, found, row.flags, ends) for number, row, (found, ends) in asked]
        ended, now = time.perf_counter(), time.time()
        latencies = [ended - each for each in started]
        entries = [
            Entry(
                number,
                "v1",
                200,
                now - latency,
                latency,
                [row.numbers],
                [row.strings],
                [prediction],
                _kept(row) if row.flags else [],
            )
            for (number, row, (prediction, _)), latency in zip(asked, latencies, strict=True)
        ]
        for entry, each in zip(entries, seen, strict=False):
            if each is not None:
                self.ledger.link(entry, each)
        self.ledger.record(*entries)
        self.metrics.answered("v1", latencies, rows)
        return [
            Response(200, answer, headers=((REQUEST_ID, self.answers.id(number)),))
            for number, answer in enumerate(answers, first)
        ]

    def score(self, decode: Callable[[], list[CheckedRow]]) -> Scored:
        """Decode, check and predict many rows.

        Args:
            decode: Gives the checked rows.

        Returns:
            The rows with their predictions; rejected rows have none.

        Raises:
            Refusal: If the request as a whole cannot be answered.
        """
        if not self.ready:
            raise Refusal(503, "not_ready", self.reason)
        try:
            rows = decode()
        except InputError as error:
            raise _malformed(error) from None
        if not rows:
            raise Refusal(400, "empty", "the request holds no row")
        if len(rows) > self.max_rows:
            raise Refusal(
                413, "rows", f"the request holds {len(rows)} rows; at most {self.max_rows} are taken"
            )
        predictions, ends = self.scorer.many(rows)
        return Scored(
            self.ledger.reserve(len(rows)), rows, predictions, ends if self.scorer.intervals else ()
        )

    def account(self, scored: Scored, protocol: str, status: int, started: float, body: bytes = b"") -> None:
        """Record an answered, or a rejected, request.

        Args:
            scored: Its rows.
            protocol: `v1`, `v2` or `mlflow`.
            status: HTTP status of the answer.
            started: `time.perf_counter()` when the body was there.
            body: As received; its beginning is kept where a row was rejected.
        """
        latency = time.perf_counter() - started
        rows = scored.rows
        rejected = [i for i, row in enumerate(rows) if row.rejected]
        self.ledger.record(
            Entry(
                scored.first,
                protocol,
                status,
                time.time() - latency,
                latency,
                [row.numbers for row in rows],
                [row.strings for row in rows],
                list(scored.predictions) if status == 200 else [None] * len(rows),
                _kept(*rows) if any(row.flags for row in rows) else [],
                rejected,
                body=body[:_BODY_KEPT] if rejected else b"",
            )
        )
        self.metrics.request(protocol, status)
        self.metrics.latency(protocol, latency)
        self.metrics.rows(rows)

    def rejected(self, scored: Scored, protocol: str, body: bytes, started: float) -> Refusal:
        """Record a request that is refused for its rows, and return the refusal to raise."""
        self.account(scored, protocol, 422, started, body)
        violations = [(i, row.flags) for i, row in enumerate(scored.rows) if row.rejected]
        message = "the contract rejects this request"
        return Refusal(422, "rejected", message, violations=violations, first=scored.first)

    def refuse(self, refusal: Refusal, protocol: str, body: bytes) -> int:
        """Record a refused request, unless it has been; return the number of its id."""
        if refusal.first is not None:
            return refusal.first
        first = self.ledger.reserve(1)
        self.ledger.record(
            Entry(first, protocol, refusal.status, time.time(), error=refusal.code, body=body[:_BODY_KEPT])
        )
        self.metrics.request(protocol, refusal.status)
        return first

    @property
    def health(self) -> tuple[bool, str]:
        """Whether traffic should be sent here, and if not why; it may still be answered while leaving."""
        return self.ready and not self.leaving, self.leaving or self.reason

    def close(self) -> None:
        """Write the ledger to its end, and say so in the metrics."""
        self.ledger.close()
        self.tick()

    def tick(self) -> None:
        """Take over the ledger's counts, so that every worker's metrics have them; called twice a second."""
        self.metrics.ledger(self.ledger.counts._asdict(), self.ledger.waiting_bytes)

    def exposition(self) -> str:
        """Return the metrics of all workers in the text format of Prometheus."""
        self.tick()
        info = {
            "model": self.release.name,
            "release": self.release.digest,
            "contract": self.release.contract_digest,
        }
        gauges = self.standing.gauges() if self.standing else {}
        if self.expires is not None:
            gauges["interlock_certificate_expires_timestamp_seconds"] = self.expires
        return exposition(self.contract, sorted(self._folder.glob("*.metrics")), info, gauges)


def _kept(*rows: CheckedRow) -> list[list[tuple[str, str, str]]]:
    """Return flags as the ledger keeps them."""
    return [[*row.flags[:MOST_FLAGS]] for row in rows]


def _malformed(error: InputError) -> Refusal:
    return Refusal(400, "malformed", error.what)

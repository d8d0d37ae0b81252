"""A ledger in the formats of other systems: CloudEvents 1.0, SageMaker Data Capture and ground truth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from interlock.serve.ledger import Truth
from interlock.shipping import cloudevents, sagemaker
from interlock.shipping.destination import Destination
from interlock.shipping.shipped import reaching
from interlock.shipping.source import Source, open_ledger

__all__ = ["FORMATS", "Exported", "export"]

#: So many lines stand in one file at most, so that memory stays bounded.
FILE_LINES = 50_000


class Exported(NamedTuple):
    """What was written.

    Args:
        rows: Rows of the ledger.
        outcomes: Outcomes.
        files: Files.
    """

    rows: int
    outcomes: int
    files: int

    @property
    def sentence(self) -> str:
        """What it came to, in words."""
        return f"{self.rows:,} rows and {self.outcomes:,} outcomes in {self.files:,} files"


class _Line(NamedTuple):
    """One event on its way: the folder that it belongs to, and what it says."""

    folder: str
    value: dict[str, Any]


def export(ledger: str | Path, kind: str, address: str, *, source: str = "interlock") -> Exported:
    """Write what a service logged in the format of another system.

    Running it again writes the same files over the old ones.

    Args:
        ledger: The folder of a service, or where one was shipped to.
        kind: `cloudevents` (a structured event a line), `cloudevents-batch`, or `sagemaker` (Data Capture
            under `capture/`, ground truth under `groundtruth/`; rows without a prediction are in neither).
        address: A folder or an address such as `s3://bucket/events`.
        source: Of CloudEvents: a URI reference of the service.

    Returns:
        What was written.

    Raises:
        InputError: If there is no ledger, or the destination refuses.
    """
    return FORMATS[kind](open_ledger(ledger), Destination.at(address), source)


def _events(what: Source, destination: Destination, source: str) -> Exported:
    return _cloudevents(what, destination, source, "jsonl", cloudevents.lines)


def _batches(what: Source, destination: Destination, source: str) -> Exported:
    return _cloudevents(what, destination, source, "json", lambda events: cloudevents.batch(list(events)))


def _cloudevents(
    what: Source,
    destination: Destination,
    source: str,
    suffix: str,
    content: Callable[[Iterable[dict[str, Any]]], bytes],
) -> Exported:
    rows = (_Line("predictions", cloudevents.of_record(*each, source)) for each in what.rows())
    told = (_Line("outcomes", event) for event in _outcomes(what.outcomes(), source))
    return _write(destination, rows, told, suffix, content)


def _outcomes(found: Iterable[Truth], source: str) -> Iterator[dict[str, Any]]:
    before: Counter[str] = Counter()
    for truth in found:
        yield cloudevents.of_outcome(truth, before[truth.id], source)
        before[truth.id] += 1


def _sagemaker(what: Source, destination: Destination, _: str) -> Exported:
    rows = (
        _Line(f"capture/{sagemaker.folder(record.time)}", sagemaker.capture(record))
        for record in what.records()
        if record.prediction is not None
    )
    told = (
        _Line(f"groundtruth/{sagemaker.folder(truth.time)}", sagemaker.ground_truth(truth))
        for truth in what.outcomes()
    )
    return _write(destination, rows, told, "jsonl", lambda values: b"".join(map(sagemaker.line, values)))


def _write(
    destination: Destination,
    rows: Iterable[_Line],
    outcomes: Iterable[_Line],
    suffix: str,
    content: Callable[[Iterable[dict[str, Any]]], bytes],
) -> Exported:
    """Write lines by folder; never more than one file's lines are held."""
    files: Counter[str] = Counter()

    def put(folder: str, values: list[dict[str, Any]]) -> None:
        destination.put(f"{folder}/{files[folder]:06d}.{suffix}", content(values))
        files[folder] += 1

    with reaching(destination):
        counts = [_spread(lines, put) for lines in (rows, outcomes)]
    return Exported(counts[0], counts[1], files.total())


def _spread(lines: Iterable[_Line], put: Callable[[str, list[dict[str, Any]]], None]) -> int:
    waiting: dict[str, list[dict[str, Any]]] = defaultdict(list)
    count = 0
    for count, line in enumerate(lines, start=1):
        waiting[line.folder].append(line.value)
        if count % FILE_LINES == 0:
            for folder, values in waiting.items():
                put(folder, values)
            waiting.clear()
    for folder, values in waiting.items():
        put(folder, values)
    return count


#: What can be written, by its name on the command line.
FORMATS: dict[str, Callable[[Source, Destination, str], Exported]] = {
    "cloudevents": _events,
    "cloudevents-batch": _batches,
    "sagemaker": _sagemaker,
}

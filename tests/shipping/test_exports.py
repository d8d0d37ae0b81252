from __future__ import annotations

import csv
import json
import time
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from tests.serve.ledger.folders import entry, header_of, row, write

from interlock.contract import MISSING
from interlock.serve.ledger import Entry, Ledger
from interlock.shipping import exports, ship
from interlock.shipping.exports import export

#: 2025-10-09 08:53:20 UTC.
MOMENT = 1_760_000_000.0


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Two rows of one request, one refused, one that could not be read, an outcome that was corrected."""
    folder = tmp_path / "ledger"
    with Ledger(folder, header_of()) as book:
        book.record(entry(book, 7, 8, time=MOMENT))
        flags = [[("age", "range", "reject")]]
        book.record(entry(book, 9, time=MOMENT, predictions=[None], rejected=[0], flags=flags, status=422))
        book.record(Entry(book.reserve(1), "v1", 400, MOMENT, error="malformed", body=b"{"))
        book.record(entry(book, 10, time=MOMENT + 3600, predictions=[[0.25, 0.75]]))
        book.truth(f"{book.writer}-0", "no")
        book.truth(f"{book.writer}-0", outcome=True)
    return folder


def data_of(event: CloudEvent) -> dict[str, Any]:
    data = event.get_data()
    assert isinstance(data, dict)
    return data


def parsed(text: bytes) -> CloudEvent:
    """Read an event with the SDK of the CNCF, which refuses one that is not as the specification says."""
    event = JSONFormat().read(None, text)
    assert isinstance(event, CloudEvent)
    return event


def test_structured_events_are_read_by_the_real_sdk(ledger: Path, tmp_path: Path) -> None:
    found = export(ledger, "cloudevents", str(tmp_path / "events"), source="/services/churn")
    assert (found.rows, found.outcomes, found.files) == (5, 2, 2)
    lines = (tmp_path / "events" / "predictions" / "000000.jsonl").read_bytes().splitlines()
    events = [parsed(line) for line in lines]
    told = [
        parsed(line) for line in (tmp_path / "events" / "outcomes" / "000000.jsonl").read_bytes().splitlines()
    ]
    every = [(event.get_source(), event.get_id()) for event in [*events, *told]]
    assert len(set(every)) == len(every) == 7
    assert {event.get_specversion() for event in events} == {"1.0"}
    assert {event.get_type() for event in events} == {"io.interlock.prediction"}
    moment = events[0].get_time()
    assert moment is not None
    assert moment.timestamp() == MOMENT
    assert events[0].get_dataschema() == "sha256:cd"
    numbers, strings = row(8)
    names = ("age", "customer", "seen", "member", "city", "email")
    data = [data_of(event) for event in events]
    assert data[1]["inputs"] == dict(zip(names, [*numbers, *strings], strict=True))
    assert (data[1]["prediction"], data[1]["row"], data[1]["rows"]) == (0.008, 1, 2)
    assert data[0]["inputs"]["age"] is None  # person 7 has none
    assert [event.get_subject() for event in told] == [events[0].get_id()] * 2
    assert [data_of(event)["outcome"] for event in told] == ["no", True]
    assert (data[2]["rejected"], data[2]["prediction"], data[2]["flags"][0]["code"]) == (True, None, "range")
    assert (data[3]["inputs"], data[3]["error"]) == (None, "malformed")
    assert data[4]["prediction"] == [0.25, 0.75]


def test_batches_are_arrays_of_events(ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "FILE_LINES", 2)
    assert export(ledger, "cloudevents-batch", str(tmp_path / "events")).files == 4
    ids = []
    for path in sorted((tmp_path / "events" / "predictions").iterdir()):
        ids += [parsed(json.dumps(each).encode()).get_id() for each in json.loads(path.read_bytes())]
    assert len(ids) == len(set(ids)) == 5


def test_data_capture_and_ground_truth_lie_by_hour_and_join(ledger: Path, tmp_path: Path) -> None:
    found = export(ledger, "sagemaker", str(tmp_path / "out"))
    assert (found.rows, found.outcomes) == (3, 2)  # the two without a prediction are in no file
    folders = {
        path.parent.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.jsonl")
    }
    now = time.strftime("%Y/%m/%d/%H", time.gmtime())
    assert folders == {"capture/2025/10/09/08", "capture/2025/10/09/09", f"groundtruth/{now}"}
    (path,) = (tmp_path / "out" / "capture/2025/10/09/08").iterdir()
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert lines[0]["eventVersion"] == "0"
    assert lines[0]["eventMetadata"]["inferenceTime"] == "2025-10-09T08:53:20Z"
    given = lines[1]["captureData"]["endpointInput"]
    assert (given["encoding"], given["mode"], given["observedContentType"]) == ("CSV", "INPUT", "text/csv")
    numbers, strings = row(8)
    assert next(csv.reader([given["data"]])) == [*map(str, numbers), *strings]
    assert next(csv.reader([lines[0]["captureData"]["endpointInput"]["data"]]))[0] == ""
    assert MISSING not in path.read_text("utf-8")
    assert lines[1]["captureData"]["endpointOutput"]["data"] == "0.008"
    (path,) = (tmp_path / "out" / f"groundtruth/{now}").iterdir()
    truths = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [each["groundTruthData"] for each in truths] == [
        {"data": "no", "encoding": "CSV"},
        {"data": "1", "encoding": "CSV"},
    ]
    assert truths[0]["eventMetadata"]["eventId"] == lines[0]["eventMetadata"]["eventId"]


def test_shipped_rows_are_exported_alike(tmp_path: Path) -> None:
    write(tmp_path / "ledger", range(30))
    ship(tmp_path / "ledger", tmp_path / "lake")
    for place in ("ledger", "lake"):
        export(tmp_path / place, "cloudevents", str(tmp_path / f"from-{place}"))
    files = [tmp_path / f"from-{place}" / "predictions" / "000000.jsonl" for place in ("ledger", "lake")]
    assert files[0].read_bytes() == files[1].read_bytes()

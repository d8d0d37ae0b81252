from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator

import msgspec
import pytest

from interlock.serve.logs import JsonFormatter, LineWriter, TextFormatter, configure, line
from interlock.serve.trace import CURRENT, observe

SAID = "Ada Lovelace, born 1815"


def raised() -> logging.LogRecord:
    try:
        float(SAID)
    except ValueError:
        record = logging.LogRecord(
            "interlock.serve", logging.ERROR, "", 0, "internal error %s", ("a-1",), None
        )
        record.exc_info = sys.exc_info()
        return record
    raise AssertionError


def test_an_exception_is_told_by_its_type_and_place_and_never_by_its_message() -> None:
    for formatter in (JsonFormatter(), TextFormatter()):
        said = formatter.format(raised())
        assert "ValueError" in said
        assert "test_logs.py" in said
        assert "internal error a-1" in said
        assert SAID not in said


def test_json_is_one_line_with_the_request_that_is_being_answered() -> None:
    before = CURRENT.set(observe({b"x-request-id": b"order-7"}))
    try:
        said = JsonFormatter().format(raised())
        assert "request_id=order-7" in TextFormatter().format(raised()).splitlines()[0]
    finally:
        CURRENT.reset(before)
    assert "\n" not in said
    values = msgspec.json.decode(said)
    assert values["request_id"] == "order-7"
    assert (values["level"], values["logger"], values["exception"]) == (
        "error",
        "interlock.serve",
        "ValueError",
    )
    assert len(values["trace_id"]) == 32
    assert "request_id" not in msgspec.json.decode(JsonFormatter().format(raised()))


@pytest.fixture
def loggers() -> Iterator[logging.Logger]:
    kept = {name: logging.getLogger(name) for name in ("interlock", "uvicorn", "opentelemetry")}
    before = {n: (logger.handlers, logger.propagate, logger.level) for n, logger in kept.items()}
    yield kept["interlock"]
    for name, logger in kept.items():
        logger.handlers, logger.propagate = before[name][:2]
        logger.setLevel(before[name][2])


def test_json_is_sent_to_standard_error(loggers: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    configure("json")
    logging.getLogger("interlock.ledger").warning("full: %d", 3)
    loggers.info("not said")
    said = [msgspec.json.decode(text) for text in capsys.readouterr().err.splitlines()]
    assert [(each["logger"], each["message"]) for each in said] == [("interlock.ledger", "full: 3")]


def test_a_program_that_configured_logging_keeps_it(loggers: logging.Logger) -> None:
    before = loggers.handlers, loggers.propagate
    configure("text")  # pytest has handlers of its own
    assert (loggers.handlers, loggers.propagate) == before


def test_lines_come_whole_and_in_order() -> None:
    reader, writer = os.pipe()
    lines = LineWriter(writer, seconds=0.01)
    sent = [b"%d" % number * 40 for number in range(300)]
    for each in sent:
        lines.put(each)
    lines.close()
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        assert file.read().splitlines() == sent
    assert lines.left_out == 0


def test_a_reader_that_does_not_read_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    filled = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            filled += os.write(writer, b"." * 4096)
    os.set_blocking(writer, True)
    lines = LineWriter(writer, capacity=100, seconds=0.01)
    for _ in range(1000):
        lines.put(b"x" * 100)
    assert lines.left_out >= 1000 - 100 - 4096 // 101 - 1  # what waits, and a page that is being written
    with os.fdopen(reader, "rb") as file:
        file.read(filled)  # now somebody reads
        lines.close()
        os.close(writer)
        assert file.read().count(b"\n") == 1000 - lines.left_out
    assert f"{lines.left_out} lines of the log were left out" in caplog.text


def test_a_line_leaves_out_what_is_empty() -> None:
    values = msgspec.json.decode(
        line("json", 1.5, "GET /v2 200", {"rows": None, "status": 200, "trace_id": ""})
    )
    assert values == {
        "time": "1970-01-01T00:00:01.500Z",
        "level": "info",
        "logger": "interlock.access",
        "message": "GET /v2 200",
        "status": 200,
    }

"""Requests of one connection keep their order, whoever answers them."""

from __future__ import annotations

import json
import math
import socket
from pathlib import Path

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import running
from tests.serve.test_protocol import answers, request

from interlock.release import Release


@pytest.mark.slow
def test_pipelined_requests_are_answered_in_order_by_champion_and_challenger(
    three: tuple[Release, ...], tmp_path: Path
) -> None:
    """The models differ by 0.1 in the log-odds, so each answer tells the request that it belongs to."""
    challengers = {str(three[1].path): 0.5}
    with (
        running(three[0].path, tmp_path, challengers=challengers, challenger_ms=5000) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection,
    ):
        rows = [{**GOOD, "distance": float(distance)} for distance in range(0, 3000, 50)]
        connection.sendall(b"".join(request(json.dumps(row).encode()) for row in rows))
        found = [json.loads(body) for _, _, body in answers(connection, len(rows))]
        assert server.stop() == 0
    extra = {three[0].digest: 0.0, three[1].digest: 0.1}
    assert {answer["release"] for answer in found} == {*extra}
    first = math.log(found[0]["prediction"] / (1 - found[0]["prediction"])) - extra[found[0]["release"]]
    for row, answer in zip(rows, found, strict=True):
        odds = math.log(answer["prediction"] / (1 - answer["prediction"]))
        assert odds - extra[answer["release"]] - first == pytest.approx(0.001 * row["distance"], abs=1e-9)

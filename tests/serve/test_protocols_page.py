"""What `docs/protocols.md` shows is sent as it stands there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import Server

from interlock.serve.conform import PROTOCOLS

PAGE = (Path(__file__).parents[2] / "docs" / "protocols.md").read_text("utf-8")
COMMANDS = re.findall(r"```\n\$ (curl .*?)\n```", PAGE, re.DOTALL)


def found(answer: Any) -> float:
    """Return the prediction, wherever a protocol has it."""
    if isinstance(answer, float):
        return answer
    if "outputs" in answer:
        return float(answer["outputs"][0]["data"][0])
    prediction = answer["predictions"][0] if "predictions" in answer else answer["prediction"]
    return float(prediction["prediction"] if isinstance(prediction, dict) else prediction)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_every_example_gets_the_same_number(server: Server) -> None:
    expected = server.post("/v1/predict", GOOD).json["prediction"]
    assert len(COMMANDS) == 7
    for command in COMMANDS:
        here = command.replace("localhost:8080", f"127.0.0.1:{server.port}").replace("/flights", "/binary")
        done = subprocess.run(
            ["sh", "-c", f"{here} --silent --fail-with-body"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (here, done.stdout, done.stderr)
        assert found(json.loads(done.stdout)) == expected, command


def test_the_protocols_of_conform_are_named() -> None:
    assert ", ".join(f"`{name}`" for name in PROTOCOLS) in PAGE
